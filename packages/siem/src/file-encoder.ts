/** How files are compressed: one stream for each file, with points up to which it can be read. */
import { setImmediate } from 'node:timers/promises'
import { constants, createGzip, createZstdCompress } from 'node:zlib'

/** How files are compressed. */
export type Compression = 'none' | 'gzip' | 'zstd'

/** What each kind of file is called. */
export const fileExtensions: Readonly<Record<Compression, string>> = {
  none: '.ndjson',
  gzip: '.ndjson.gz',
  zstd: '.ndjson.zst',
}

/** Encodes the contents of one file. */
export interface FileEncoder {
  /** What has to be written, so that all pieces up to here can be read. */
  encode(pieces: readonly Uint8Array[]): Promise<readonly Uint8Array[]>
  /** What has to stand at the end of the file. */
  end(): Promise<readonly Uint8Array[]>
  /** Gives memory back. */
  discard(): void
}

/** Builds the encoder of one file. */
export function createFileEncoder(compression: Compression): FileEncoder {
  if (compression === 'none') {
    return { encode: async (pieces) => pieces, end: async () => [], discard() {} }
  }
  const stream = compression === 'gzip' ? createGzip() : createZstdCompress()
  const flushPoint = compression === 'gzip' ? constants.Z_SYNC_FLUSH : constants.ZSTD_e_flush
  let encoded: Buffer[] = []
  stream.on('data', (chunk: Buffer) => encoded.push(chunk))

  async function take(act: (done: () => void) => void): Promise<readonly Buffer[]> {
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject)
      act(() => {
        stream.off('error', reject)
        resolve()
      })
    })
    // The last pieces may still be on their way to the listener.
    await setImmediate()
    const taken = encoded
    encoded = []
    return taken
  }

  return {
    encode: (pieces) =>
      take((done) => {
        for (const piece of pieces) stream.write(piece)
        stream.flush(flushPoint, done)
      }),
    end: () => take((done) => stream.once('end', done).end()),
    discard: () => stream.destroy(),
  }
}
