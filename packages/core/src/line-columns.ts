/** Lines whose format is not known, as columns of values. */
import { isAddress } from './address.ts'
import { type Format, formatOf, headerNames } from './format.ts'
import { splitLine } from './parser.ts'

/** One column of some lines: everything that is known of an unknown field. */
export interface LineColumn {
  /** Position from 0. */
  readonly index: number
  /** One value of each line, in order. */
  readonly values: readonly string[]
  /** The values other than `-`, each with the index of the first line that has it. */
  readonly distinct: ReadonlyMap<string, number>
  /** The index of the first line with `-`, if there is one. */
  readonly firstDash: number | undefined
}

/** Lines of one count of values, as columns. */
export interface LineColumns {
  readonly columns: readonly LineColumn[]
  /** The number of each line in the input, from 1. */
  readonly numbers: readonly number[]
  /** How many lines have which count of values; what is not a record is left out. */
  readonly counts: Readonly<Record<number, number>>
  /** Numbers of lines that look damaged, since a value is unlike nearly all others of its column. */
  readonly setAside: readonly number[]
}

/**
 * The lines with the commonest count of values, as columns. Blank lines, comments, control messages
 * and header lines are left out.
 */
export function gatherColumns(lines: Iterable<string>): LineColumns {
  const byCount = new Map<number, { rows: (readonly string[])[]; numbers: number[] }>()
  let number = 0
  for (const line of lines) {
    number++
    const values = valuesOf(line)
    if (values === undefined) continue
    const group = byCount.get(values.length) ?? { rows: [], numbers: [] }
    byCount.set(values.length, group)
    group.rows.push(values)
    group.numbers.push(number)
  }
  const groups = [...byCount].sort(
    ([leftCount, left], [rightCount, right]) =>
      right.rows.length - left.rows.length || rightCount - leftCount,
  )
  const [count, all] = groups[0] ?? [0, { rows: [], numbers: [] }]
  const odd = oddRows(all.rows, count)
  const isKept = (_: unknown, row: number): boolean => !odd.has(row)
  const rows = all.rows.filter(isKept)
  return {
    columns: Array.from({ length: count }, (_, index) => columnOf(rows, index)),
    numbers: all.numbers.filter(isKept),
    setAside: all.numbers.filter((_, row) => odd.has(row)),
    counts: Object.fromEntries(groups.map(([each, group]) => [each, group.rows.length])),
  }
}

const manyRows = 100
const rareShare = 0.01

/**
 * Rows with a value of a kind that is rare in its column. To leave a good one out does no harm:
 * fewer lines rule less out.
 */
function oddRows(rows: readonly (readonly string[])[], count: number): ReadonlySet<number> {
  const odd = new Set<number>()
  if (rows.length < manyRows) return odd
  for (let index = 0; index < count; index++) {
    const byKind = new Map<string, number[]>()
    for (const [row, values] of rows.entries()) {
      const kind = kindOf(values[index] as string)
      if (kind === '-') continue
      const members = byKind.get(kind) ?? []
      byKind.set(kind, members)
      members.push(row)
    }
    const total = [...byKind.values()].reduce((sum, { length }) => sum + length, 0)
    for (const members of byKind.values()) {
      if (total >= manyRows && members.length <= total * rareShare)
        for (const row of members) odd.add(row)
    }
  }
  return odd
}

function kindOf(value: string): string {
  if (value === '-') return value
  if (/^[0-9]+$/.test(value)) return 'number'
  if (isAddress(value)) return 'address'
  return /^[a-z]+-/.exec(value)?.[0] ?? 'text'
}

/** The format that a header line announces, or undefined when the line is none. */
export function parseHeader(line: string): Format | undefined {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line
  const names = headerNames(splitLine(text, Number.POSITIVE_INFINITY).values)
  return names && formatOf(names)
}

/** The values of a record, or undefined for what is none. */
function valuesOf(line: string): readonly string[] | undefined {
  if (line.startsWith('CWL CONTROL MESSAGE')) return undefined
  const { values } = splitLine(line.endsWith('\n') ? line.slice(0, -1) : line, Infinity)
  // AWS percent-encodes tags, so a value never begins with #.
  const comment = values.findIndex((value) => value.startsWith('#'))
  const kept = comment === -1 ? values : values.slice(0, comment)
  return kept.length === 0 || headerNames(kept) !== undefined ? undefined : kept
}

function columnOf(rows: readonly (readonly string[])[], index: number): LineColumn {
  const values = rows.map((row) => row[index] as string)
  const distinct = new Map<string, number>()
  let firstDash: number | undefined
  for (const [line, value] of values.entries()) {
    if (value === '-') firstDash ??= line
    else if (!distinct.has(value)) distinct.set(value, line)
  }
  return { index, values, distinct, firstDash }
}
