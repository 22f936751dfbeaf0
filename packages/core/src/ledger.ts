/** The account of a run: every line that came in stands in exactly one column. */

/** The columns a line can end in. */
export const ledgerColumns = [
  'emitted',
  'nodata',
  'skipdata',
  'filtered',
  'merged',
  'rejected',
  'header',
  'blank',
  'control',
] as const

/** One column of the ledger. */
export type LedgerColumn = (typeof ledgerColumns)[number]

/** Things seen and tolerated; a line may have several, and still stands in one column. */
export type Note =
  | 'byte_order_mark'
  | 'crlf'
  | 'spacing'
  | 'comment'
  | 'milliseconds'
  | 'implausible_time'

/**
 * lines = emitted + nodata + skipdata + filtered + merged + rejected + header + blank + control.
 * `emitted` is what was written, whatever its log status; `nodata` and `skipdata` count lines that
 * were kept out because of it.
 */
export interface Ledger extends Record<LedgerColumn, number> {
  lines: number
  /** Rejected lines by code. */
  rejections: Record<string, number>
  /** Filtered lines by the name of the rule. */
  filters: Record<string, number>
  notes: Partial<Record<Note, number>>
  /**
   * Lines by what took them: an engine by its name, `object`, the reference, or `envelope` for
   * control messages and records that could not be opened.
   */
  lanes: Record<string, number>
}

/** A ledger with nothing in it. */
export function emptyLedger(): Ledger {
  return {
    lines: 0,
    emitted: 0,
    nodata: 0,
    skipdata: 0,
    filtered: 0,
    merged: 0,
    rejected: 0,
    header: 0,
    blank: 0,
    control: 0,
    rejections: {},
    filters: {},
    notes: {},
    lanes: {},
  }
}

/** Adds the counts of `from` to `into`. */
export function addLedger(into: Ledger, from: Ledger): void {
  into.lines += from.lines
  for (const column of ledgerColumns) into[column] += from[column]
  addCounts(into.rejections, from.rejections)
  addCounts(into.filters, from.filters)
  addCounts(into.notes, from.notes)
  addCounts(into.lanes, from.lanes)
}

function addCounts(into: Record<string, number>, from: Record<string, number>): void {
  for (const [name, times] of Object.entries(from)) tallyMany(into, name, times)
}

/** Counts one line in a column. */
export function count(ledger: Ledger, column: LedgerColumn): void {
  ledger.lines++
  ledger[column]++
}

/** Adds one to a named count. */
export function tally(counts: Record<string, number>, name: string): void {
  tallyMany(counts, name, 1)
}

/** Adds to a named count. */
export function tallyMany(counts: Record<string, number>, name: string, times: number): void {
  counts[name] = (counts[name] ?? 0) + times
}

/** Whether every line is accounted for: the equation, and the break-downs of two columns. */
export function isBalanced(ledger: Ledger): boolean {
  const sum = ledgerColumns.reduce((total, column) => total + ledger[column], 0)
  return (
    ledger.lines === sum &&
    ledger.rejected === total(ledger.rejections) &&
    ledger.filtered === total(ledger.filters)
  )
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0)
}
