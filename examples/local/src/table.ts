import Table from 'cli-table3'
import type { Row } from './database.ts'

/** Rows as a table for a terminal, numbers to the right. */
export function formatTable(rows: readonly Row[]): string {
  const [first] = rows
  if (first === undefined) return '(no rows)'
  const names = Object.keys(first)
  const table = new Table({
    head: names,
    colAligns: names.map((name) => (isNumeric(first[name]) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push(names.map((name) => cell(row[name])))
  return table.toString()
}

function cell(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function isNumeric(value: Row[string] | undefined): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[0-9][0-9,.]*$/.test(value))
}
