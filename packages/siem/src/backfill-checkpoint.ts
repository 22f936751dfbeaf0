/** Which files of a backfill were delivered, so that a second run sends nothing twice. */
import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory, syncDirectory } from './durable-directory.ts'
import { createGroupCommit } from './group-commit.ts'

/** A file or an object. With another size or time it is another one. */
export interface BackfillFile {
  readonly path: string
  readonly size: number
  /** As in Node's `Stats`; of an S3 object, when it was last modified. */
  readonly mtimeMs: number
}

/** What was delivered. */
export interface BackfillCheckpoint {
  isDone(file: BackfillFile): boolean
  /** Resolves when it is durable. To be called when all of the file is stored. */
  done(file: BackfillFile): Promise<void>
  close(): Promise<void>
}

/**
 * Builds a checkpoint in a file, to which it only appends: one line of JSON for each file that is
 * done. A line that was cut off or damaged means that its file is delivered again.
 */
export async function createBackfillCheckpoint(path: string): Promise<BackfillCheckpoint> {
  const lines = new Set((await readText(path)).split('\n'))
  await makeDirectory(dirname(path))
  const handle = await open(path, 'a')
  await syncDirectory(dirname(path))

  const commit = createGroupCommit<string>(async (group) => {
    // The first line ending keeps what was cut off before from spoiling a line.
    await handle.appendFile(`\n${group.join('\n')}\n`)
    await handle.datasync()
  })

  return {
    isDone: (file) => lines.has(toLine(file)),
    async done(file) {
      const line = toLine(file)
      await commit(line)
      lines.add(line)
    },
    close: () => handle.close(),
  }
}

function toLine({ path, size, mtimeMs }: BackfillFile): string {
  return JSON.stringify([path, size, mtimeMs])
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
