/** The answer of a query, for a person. */
import { type Answer, type Chart, chartPoints } from '@flowlogs/query'
import Table from 'cli-table3'
import { toBars, toSparkline } from './text-chart.ts'

/** A table with numbers on the right, and a chart; one row alone is written downwards. */
export function formatAnswer(answer: Answer, chart: Chart | undefined): string {
  const { columns, rows } = answer
  if (rows.length === 0) return 'no rows\n'
  const values = chart ? chartPoints(answer, chart).map(({ value }) => value) : []
  if (rows.length === 1) {
    return formatRows(
      ['', ''],
      columns.map(({ name }, index) => [name, rows[0]?.[index] ?? '']),
      ['left', columns.every(({ isNumber }) => isNumber) ? 'right' : 'left'],
    )
  }
  const bars = chart?.kind === 'bar' ? toBars(values) : undefined
  const table = formatRows(
    [...columns.map(({ name }) => name), ...(bars ? [''] : [])],
    rows.map((row, index) => [
      ...row.map((cell) => cell ?? ''),
      ...(bars ? [bars[index] ?? ''] : []),
    ]),
    [...columns.map(({ isNumber }) => (isNumber ? 'right' : 'left')), 'left'],
  )
  if (chart?.kind !== 'line' || values.length === 0) return table
  return `${table}\n${chart.value}  ${toSparkline(values)}\n`
}

function formatRows(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly ('left' | 'right')[],
): string {
  const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left']
  const more = ['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid']
  const table = new Table({
    ...(head.some((name) => name !== '') && { head: [...head] }),
    colAligns: [...alignments],
    chars: { ...Object.fromEntries([...none, ...more].map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => [...row]))
  const lines = table.toString().split('\n')
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}
