/** The ledger, for a person. */
import { type Ledger, ledgerColumns } from '@flowlogs/core'
import type { Delivered } from './destination.ts'

/** What happened besides the ledger. */
export interface SummaryExtras {
  readonly delivered?: Delivered | undefined
  /** Inputs that an earlier run had finished. */
  readonly skipped?: number
}

/** The account of a run in columns; rows of zero are left out, except the first two. */
export function summarize(ledger: Ledger, extras: SummaryExtras = {}): string {
  const rows = [
    ...(['lines', ...ledgerColumns] as const)
      .filter((name) => name === 'lines' || name === 'emitted' || ledger[name] > 0)
      .map((name) => ({ name, count: grouped(ledger[name]), details: detailsOf(ledger, name) })),
    ...deliveryRows(extras),
  ]
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

function deliveryRows({ delivered, skipped = 0 }: SummaryExtras) {
  const { accepted = 0, duplicates = 0, deadLettered = 0, reasons = {} } = delivered ?? {}
  return [
    { name: 'accepted', number: accepted, details: 'by the receiver' },
    { name: 'duplicates', number: duplicates, details: 'that the receiver had already' },
    { name: 'dead letters', number: deadLettered, details: describe(reasons) },
    { name: 'skipped', number: skipped, details: 'inputs that an earlier run had finished' },
  ]
    .filter(({ name, number }) => number > 0 || (name === 'accepted' && delivered))
    .map(({ name, number, details }) => ({ name, count: grouped(number), details }))
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

// By hand, since the first use of a locale takes 10 ms.
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}
