/** What to do with the files of a sink that did not come to close them. */
import { createReadStream } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, createGunzip, createZstdDecompress } from 'node:zlib'
import { createAppendFile } from './append-file.ts'
import { syncDirectory } from './durable-directory.ts'
import { type Compression, createFileEncoder, fileExtensions } from './file-encoder.ts'
import { partial } from './file-sink.ts'

/**
 * Completes the files that a crash left in a directory: all whole lines are kept, and the file gets
 * its name. Returns the new paths. No sink may be writing there.
 */
export async function recoverFiles(directory: string): Promise<string[]> {
  const paths: string[] = []
  for (const name of (await readdir(directory)).filter((each) => each.endsWith(partial)).sort()) {
    const path = join(directory, name.slice(0, -partial.length))
    const compression = compressionOf(path)
    if (compression && (await recover(path, compression))) paths.push(path)
  }
  return paths
}

function compressionOf(path: string): Compression | undefined {
  const kinds = Object.entries(fileExtensions) as [Compression, string][]
  return kinds.find(([, extension]) => path.endsWith(extension))?.[0]
}

async function recover(path: string, compression: Compression): Promise<boolean> {
  const copy = `${path}.recovering`
  await rm(copy, { force: true })
  const file = await createAppendFile(copy)
  const encoder = createFileEncoder(compression)
  let carry: Buffer = Buffer.alloc(0)
  let hasLines = false
  try {
    for await (const chunk of decode(`${path}${partial}`, compression)) {
      const end = chunk.lastIndexOf(newline) + 1
      if (end > 0) {
        await file.append(await encoder.encode([carry, chunk.subarray(0, end)]))
        carry = Buffer.alloc(0)
        hasLines = true
      }
      carry = Buffer.concat([carry, chunk.subarray(end)])
    }
    await file.append(await encoder.end())
  } finally {
    encoder.discard()
    await file.close()
  }
  if (hasLines) await rename(copy, path)
  else await rm(copy)
  await syncDirectory(join(path, '..'))
  await rm(`${path}${partial}`)
  return hasLines
}

const newline = 10

/** The contents up to the last point that was flushed: the end of a stream may be missing. */
function decode(path: string, compression: Compression): AsyncIterable<Buffer> {
  const bytes = createReadStream(path, { highWaterMark: 1024 * 1024 })
  if (compression === 'none') return bytes
  const decoder =
    compression === 'gzip'
      ? createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 1024 * 1024 })
      : createZstdDecompress({ finishFlush: constants.ZSTD_e_flush, chunkSize: 1024 * 1024 })
  bytes.once('error', (error) => decoder.destroy(error))
  return bytes.pipe(decoder)
}
