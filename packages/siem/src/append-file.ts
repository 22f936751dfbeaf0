/** A file that only grows. */
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from './durable-directory.ts'

/** A new file. After a failure nothing more can be appended. */
export interface AppendFile {
  /** Bytes that are durable. */
  size(): number
  /** Resolves when the pieces are durable. If it rejects, what it left of them is cut off, if that can be done. */
  append(pieces: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Creates a file whose name is durable; there must be none of that name. */
export async function createAppendFile(path: string): Promise<AppendFile> {
  const handle = await open(path, 'wx')
  try {
    await syncDirectory(dirname(path))
  } catch (error) {
    await handle.close()
    throw error
  }
  let size = 0
  let failure: unknown

  return {
    size: () => size,
    async append(pieces) {
      if (failure) throw failure
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
      try {
        const { bytesWritten } = await handle.writev([...pieces])
        if (bytesWritten < length) {
          await handle.appendFile(Buffer.concat(pieces).subarray(bytesWritten))
        }
        await handle.datasync()
        size += length
      } catch (error) {
        failure = error
        await handle.truncate(size).catch(() => {})
        throw error
      }
    },
    close: () => handle.close(),
  }
}
