/** The inputs that were delivered, so that a run that was interrupted can be taken up. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { usageError } from './failure.ts'
import type { Input } from './inputs.ts'

/** Knows the inputs that earlier runs have finished. */
export interface Checkpoint {
  /** Whether the input was delivered, and has not changed since. */
  isDone(input: Input): boolean
  /** Notes that all events of the input are stored. */
  mark(input: Input): void
}

/** Opens the file, which has one line of JSON for each input; creates it when there is none. */
export function openCheckpoint(path: string): Checkpoint {
  const done = new Set<string>()
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  for (const line of text.split('\n')) {
    const entry = parseEntry(line)
    if (entry !== undefined) done.add(entry)
    // A process that was killed may have left half a line.
    else if (line !== '' && !'{"path":'.startsWith(line.slice(0, 8))) {
      throw usageError(`--checkpoint ${path} is no checkpoint: ${line.slice(0, 80)}`)
    }
  }
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n')
  return {
    isDone: (input) => done.has(entryOf(input)),
    mark(input) {
      if (input.path !== undefined) appendFileSync(path, `${entryOf(input)}\n`, { flush: true })
    },
  }
}

function entryOf({ path, size, modified }: Input): string {
  return JSON.stringify({ path, size, modified })
}

function parseEntry(line: string): string | undefined {
  try {
    const { path, size, modified } = JSON.parse(line)
    return typeof path === 'string' ? JSON.stringify({ path, size, modified }) : undefined
  } catch {
    return undefined
  }
}
