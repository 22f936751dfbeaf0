/** Directories whose names survive a power cut. */
import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** Makes a directory, and those above it that are missing. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true })
  if (first === undefined) return
  const top = dirname(resolve(first))
  for (let path = resolve(directory); path !== top; ) {
    path = dirname(path)
    await syncDirectory(path)
  }
}

/** Makes the names in a directory durable, after a file in it was created or renamed. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows has no such thing; its file systems journal names by themselves.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
