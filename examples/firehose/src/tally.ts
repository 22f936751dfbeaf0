/** Flow records that ended alike. */
export interface Totals {
  lines: number
  packets: number
  bytes: number
}

/** By action (`ACCEPT`, `REJECT`), or by log status where there is no action (`NODATA`, `SKIPDATA`). */
export type Outcomes = Record<string, Totals>

/** Counts lines by outcome. */
export interface Tally {
  add(line: string): void
  readonly outcomes: Outcomes
}

/** Counts the lines of a format. */
export function createTally(format: readonly string[]): Tally {
  const [action, status, packets, bytes] = ['action', 'log-status', 'packets', 'bytes'].map(
    (name) => format.indexOf(name),
  )
  const outcomes: Outcomes = {}
  return {
    outcomes,
    add(line) {
      const values = line.split(' ')
      const at = (index: number | undefined) => values[index ?? -1] ?? '-'
      const outcome = at(action) === '-' ? at(status) : at(action)
      outcomes[outcome] ??= { lines: 0, packets: 0, bytes: 0 }
      const totals = outcomes[outcome]
      totals.lines += 1
      totals.packets += numberOf(at(packets))
      totals.bytes += numberOf(at(bytes))
    },
  }
}

function numberOf(text: string): number {
  return text === '-' ? 0 : Number(text)
}
