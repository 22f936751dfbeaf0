import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Report } from './report.ts'
import type { Outcomes } from './tally.ts'

/** What a run has sent, for whoever wants to know whether all of it has arrived. */
export interface SentLedger {
  /** Whether the run is over, and everything delivered or given up. */
  ended: boolean
  report: Report
  /** Of the lines that were put in; every line counts once, however often it was sent. */
  outcomes: Outcomes
}

/** Replaces the file as a whole, so that a reader never sees half of it. */
export function writeLedger(path: string, ledger: SentLedger): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(ledger, undefined, 2)}\n`)
  renameSync(`${path}.new`, path)
}

export function readLedger(path: string): SentLedger {
  return JSON.parse(readFileSync(path, 'utf8'))
}
