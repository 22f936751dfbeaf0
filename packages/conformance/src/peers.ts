/**
 * Peer tests: files named `*.peers.test.ts`, which `pnpm test:peers` runs against real programs of
 * others. What is not on the machine is left out, and the end of the run says what was real.
 */
import { appendFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import { peerNotes } from './peers-report.ts'

/** A peer that is here, or the reason why it is not. */
export type Found<Peer> = { readonly peer: Peer } | { readonly missing: string }

/** Registers tests against a peer; without it, one that is skipped and names the reason. */
export function describePeer<Peer>(
  name: string,
  found: Found<Peer>,
  register: (peer: Peer) => void,
): void {
  const isMissing = 'missing' in found
  const file = process.env[peerNotes]
  if (file)
    appendFileSync(file, isMissing ? `missing: ${name}: ${found.missing}\n` : `real: ${name}\n`)
  describe(name, () => {
    if (isMissing) test.skip(found.missing, () => {})
    else register(found.peer)
  })
}
