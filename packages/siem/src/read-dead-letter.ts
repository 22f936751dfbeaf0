/** Dead letters, read back for a replay. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeadLetterEntry } from './dead-letter.ts'

/** A dead letter, or a line that is none: the end of a write that was cut off, say. */
export type ReadEntry =
  | (DeadLetterEntry & { readonly time: string })
  | { readonly unreadable: string }

/** The entries of a file, or of all files of a directory by name. */
export async function* readDeadLetter(path: string): AsyncGenerator<ReadEntry> {
  const isDirectory = (await stat(path)).isDirectory()
  const names = isDirectory ? (await readdir(path)).filter((name) => name.endsWith('.ndjson')) : []
  const files = isDirectory ? names.sort().map((name) => join(path, name)) : [path]
  for (const file of files) {
    for await (const line of linesOf(file)) if (line.length > 0) yield parseEntry(line)
  }
}

const newline = 10

async function* linesOf(file: string): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...pieces, chunk.subarray(from, end)])
      pieces = []
      from = end + 1
    }
    pieces.push(chunk.subarray(from))
  }
  yield Buffer.concat(pieces)
}

// Inside JSON text the quotes would be escaped, so this is the member itself.
const eventMember = Buffer.from(',"event":')

function parseEntry(line: Buffer): ReadEntry {
  try {
    const { v, ...entry } = JSON.parse(line.toString())
    if (v === 1 && 'rejection' in entry) return entry
    if (v === 1 && 'event' in entry) {
      // Cut out, not written anew: numbers of an event may be larger than JavaScript's.
      const event = line.subarray(line.indexOf(eventMember) + eventMember.length, -1)
      JSON.parse(event.toString())
      return { ...entry, event }
    }
  } catch {}
  return { unreadable: line.toString() }
}
