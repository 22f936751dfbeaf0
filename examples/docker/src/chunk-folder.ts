import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Chunks of events on disk, until they are delivered. */
export interface ChunkFolder {
  /** Resolves when the events are on disk. */
  add(events: readonly object[]): Promise<void>
  /** Delivers what is there, the oldest first; stops at what cannot be delivered, and rejects. */
  deliver(deliver: (events: readonly object[]) => Promise<void>): Promise<void>
}

const ending = '.ndjson'

/** Opens the folder; what it has from before is delivered, too. */
export function openChunkFolder(folder: string): ChunkFolder {
  mkdirSync(folder, { recursive: true })
  return {
    async add(events) {
      const path = join(folder, `${Date.now()}-${randomUUID()}`)
      const file = await open(path, 'w')
      await file.writeFile(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
      await file.sync()
      await file.close()
      // Whole, or not there.
      await rename(path, `${path}${ending}`)
    },
    async deliver(deliver) {
      const chunks = readdirSync(folder).filter((name) => name.endsWith(ending))
      for (const chunk of chunks.sort()) {
        const path = join(folder, chunk)
        const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
        await deliver(lines.map((line) => JSON.parse(line)))
        await unlink(path)
      }
    },
  }
}
