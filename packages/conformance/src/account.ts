/** What became of some input, in one value that can be compared, added up, and held against a golden. */
import { expect } from 'vitest'
import { type ExactJson, parseExactly } from './exact-json.ts'
import { isKeptOut, isRejected, withoutOrigin } from './outcome.ts'

/** What a transform gives back for some input. */
export interface TransformResult {
  readonly output: Uint8Array
  readonly ledger: Ledger
  readonly rejections: readonly object[]
}

interface Ledger extends Readonly<Record<'lines' | (typeof columns)[number], number>> {
  readonly rejections: Counts
  readonly filters: Counts
  readonly notes: Counts
  readonly lanes: Counts
}

type Counts = { readonly [name: string]: number }

const columns = [
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

/** A result as plain values. */
export interface Account {
  /** The events as text, one line each. */
  readonly output: string
  readonly rejections: readonly object[]
  /** The ledger's numbers, and rejected and filtered lines by code and rule; no zeros. */
  readonly counts: Counts
  readonly notes: Counts
}

/** The account of a result; every result must be balanced. */
export function accountOf({ output, ledger, rejections }: TransformResult): Account {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output)
  expect({
    'the columns together': columns.reduce((total, column) => total + ledger[column], 0),
    'rejected lines by code': addUp(ledger.rejections),
    'filtered lines by rule': addUp(ledger.filters),
    'lines by lane': addUp(ledger.lanes),
    'rejections handed out': rejections.length,
    'events written': text.split('\n').length - 1,
  }).toEqual({
    'the columns together': ledger.lines,
    'rejected lines by code': ledger.rejected,
    'filtered lines by rule': ledger.filtered,
    'lines by lane': ledger.lines,
    'rejections handed out': ledger.rejected,
    'events written': ledger.emitted,
  })
  // Which lane takes a line must not matter.
  const { rejections: codes, filters, notes, lanes: _, ...numbers } = ledger
  return {
    output: text,
    rejections: rejections.map(withoutOrigin),
    counts: withoutZeros({ ...numbers, ...named('rejection', codes), ...named('filter', filters) }),
    notes: withoutZeros(notes),
  }
}

/** The account of several results in a row. */
export function sum(accounts: readonly Account[]): Account {
  return {
    output: accounts.map(({ output }) => output).join(''),
    rejections: accounts.flatMap(({ rejections }) => rejections),
    counts: accounts.reduce<Counts>((total, { counts }) => add(total, counts), {}),
    notes: accounts.reduce<Counts>((total, { notes }) => add(total, notes), {}),
  }
}

/** The events of an account, with all digits of their integers. */
export function eventsOf({ output }: Account): readonly ExactJson[] {
  return output.split('\n').slice(0, -1).map(parseExactly)
}

/** What a golden asks for when its line comes alone. */
export function expectation(golden: ExactJson): {
  readonly events: readonly ExactJson[]
  readonly rejections: readonly object[]
  readonly counts: Counts
} {
  if (isRejected(golden)) {
    const { code } = golden.rejection as { readonly code: string }
    const counts = { lines: 1, rejected: 1, [`rejection ${code}`]: 1 }
    return { events: [], rejections: [golden.rejection], counts }
  }
  const column = isKeptOut(golden) ? golden.kept_out : 'emitted'
  const events = isKeptOut(golden) ? [] : [golden]
  return { events, rejections: [], counts: { lines: 1, [column]: 1 } }
}

/** Adds counts by name. */
export function add(left: Counts, right: Counts): Counts {
  const total: Record<string, number> = { ...left }
  for (const [name, count] of Object.entries(right)) total[name] = (total[name] ?? 0) + count
  return total
}

function addUp(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function named(kind: string, counts: Counts): Counts {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [`${kind} ${name}`, count]),
  )
}

function withoutZeros(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
}
