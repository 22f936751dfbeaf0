import { type ReadEntry, readDeadLetter } from './read-dead-letter.ts'

/** All entries of a dead letter. */
export async function readAll(path: string): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = []
  for await (const entry of readDeadLetter(path)) entries.push(entry)
  return entries
}
