/** How hyparquet inflates the pages of a file: with Node's own codecs, and not without end. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type Compressors, snappyUncompress } from 'hyparquet'

type Inflate = (bytes: Uint8Array, size: number) => Uint8Array

// AWS and all common writers make pages of about 1 MiB.
const maxPageBytes = 256 * 1024 * 1024

/** Builds the codecs; together they inflate at most so many bytes. */
export function createCompressors(maxInflatedBytes: number): Compressors {
  let total = 0

  function within(inflate: Inflate): Inflate {
    return (bytes, size) => {
      total += size
      if (size > maxPageBytes) throw new Error(`a page has ${size} bytes`)
      if (total > maxInflatedBytes)
        throw new Error(`the pages have more than ${maxInflatedBytes} bytes`)
      if (size === 0) return new Uint8Array(0)
      const page = inflate(bytes, size)
      // Node's Buffer is slower to read.
      return new Uint8Array(page.buffer, page.byteOffset, page.length)
    }
  }

  return {
    SNAPPY: within((bytes, size) => {
      const page = new Uint8Array(size)
      snappyUncompress(bytes, page)
      return page
    }),
    GZIP: within((bytes, size) => gunzipSync(bytes, { maxOutputLength: size })),
    BROTLI: within((bytes, size) => brotliDecompressSync(bytes, { maxOutputLength: size })),
    ZSTD: within((bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: size })),
  }
}
