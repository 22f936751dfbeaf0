/** What the end of a run of peer tests says: vitest's main process and its workers share one file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Names the file that tests note their peers in. */
export const peerNotes = 'FLOWLOGS_PEERS_NOTES'

/** Vitest calls this before the workers start. */
export function setup(): void {
  if (!process.env.PEERS) return
  process.env[peerNotes] = join(mkdtempSync(join(tmpdir(), 'flowlogs-notes-')), 'peers')
}

/** Vitest calls this at the end: which peers were real, and which were not there. */
export function teardown(): void {
  const file = process.env[peerNotes]
  if (file === undefined) return
  const notes = readNotes(file)
  const real = notes.filter((each) => each.startsWith('real: ')).length
  console.log(`PEERS: ${real} real, ${notes.length - real} missing`)
  for (const each of notes) console.log(`  ${each}`)
  rmSync(dirname(file), { recursive: true, force: true })
}

function readNotes(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).sort()
  } catch {
    // No test has noted anything.
    return []
  }
}
