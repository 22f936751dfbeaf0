import type { Chart } from './query.ts'

/** A table that a query has given. */
export interface Answer {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[]
  /** Values as text; null where there is none. */
  readonly rows: readonly (readonly (string | null)[])[]
}

/** One row of a chart. */
export interface ChartPoint {
  /** What stands before the first column with a number. */
  readonly label: string
  readonly value: number
}

/** The points of a chart; none if the answer has no such column. */
export function chartPoints({ columns, rows }: Answer, chart: Chart): readonly ChartPoint[] {
  const at = columns.findIndex(({ name, isNumber }) => name === chart.value && isNumber)
  if (at === -1) return []
  const measured = columns.findIndex(({ name }) => measureNames.has(name))
  const labels = measured === -1 ? at : Math.min(at, measured)
  return rows.map((row) => ({
    label: row
      .slice(0, labels)
      .filter((cell) => cell !== null)
      .join(' '),
    value: Number(row[at] ?? 0),
  }))
}

/** Columns that count something, and so do not tell rows apart. */
const measureNames = new Set([
  'records',
  'packets',
  'bytes',
  'sources',
  'destinations',
  'ports',
  'hosts',
])
