/** The ledger, for a person. */
import { type Ledger, ledgerColumns } from '@flowlogs/core'

/** The account of a run in columns; rows of zero are left out, except the first two. */
export function summarize(ledger: Ledger): string {
  const rows = (['lines', ...ledgerColumns] as const)
    .filter((name) => name === 'lines' || name === 'emitted' || ledger[name] > 0)
    .map((name) => ({ name, count: grouped(ledger[name]), details: detailsOf(ledger, name) }))
  const more = [
    ['notes', describe(ledger.notes)],
    ['lanes', describe(ledger.lanes)],
  ] as const
  const nameWidth = Math.max(...rows.map(({ name }) => name.length)) + 2
  const countWidth = Math.max(...rows.map(({ count }) => count.length))
  const lines = rows.map(({ name, count, details }) =>
    `${name.padEnd(nameWidth)}${count.padStart(countWidth)}  ${details}`.trimEnd(),
  )
  for (const [name, text] of more) if (text !== '') lines.push(`${name.padEnd(nameWidth)}${text}`)
  return lines.map((line) => `${line}\n`).join('')
}

function detailsOf(ledger: Ledger, name: string): string {
  if (name === 'rejected') return describe(ledger.rejections)
  return name === 'filtered' ? describe(ledger.filters) : ''
}

function describe(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${grouped(count)}`)
    .join(', ')
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
