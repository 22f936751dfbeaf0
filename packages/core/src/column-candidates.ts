/** Which fields a column can be by itself, before it is seen beside the others. */
import { isAddress } from './address.ts'
import { fieldShapes, isVpcFlags } from './field-shapes.ts'
import { type FieldFamily, type FieldName, fields } from './fields.ts'
import type { InferenceRule } from './inference-rules.ts'
import type { LineColumn, LineColumns } from './line-columns.ts'

/** Why a field is out of question for a column. */
export interface Struck {
  readonly rule: InferenceRule
  /** The index of the line that decided, where one did. */
  readonly line?: number
  /** The other column that takes part in the rule, if one does. */
  readonly beside?: number
}

/** The fields that a column can be, and why it is none of the others. */
export interface ColumnCandidates {
  readonly fields: ReadonlySet<string>
  readonly struck: ReadonlyMap<string, Struck>
}

const neverAbsent: ReadonlySet<string> = new Set(['version', 'start', 'end', 'log-status'])
const alwaysRecorded: ReadonlySet<string> = new Set([
  'account-id',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'action',
  'vpc-id',
  'subnet-id',
  'type',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'region',
  'flow-direction',
])
const fewLines = 3
const manyLines = 30
const manyNumbers = 8

/** Numbers that only one field shows, if there are enough of them. */
const ownNumbers: readonly {
  readonly name: FieldName
  readonly test: (distinct: ReadonlyMap<string, number>) => boolean
}[] = [
  {
    name: 'protocol',
    test: (distinct) => distinct.has('6') && distinct.has('17') && isAllOf(distinct, protocols),
  },
  {
    name: 'tcp-flags',
    test: (distinct) =>
      distinct.has('0') &&
      (distinct.has('2') || distinct.has('18')) &&
      isAllOf(distinct, flagValues),
  },
]
const protocols: ReadonlySet<string> = new Set('0 1 2 4 6 17 41 47 50 51 58 89 132'.split(' '))
const flagValues: ReadonlySet<string> = new Set('0 1 2 3 4 5 6 7 18 19 22 23'.split(' '))

function isAllOf(distinct: ReadonlyMap<string, number>, set: ReadonlySet<string>): boolean {
  return [...distinct.keys()].every((value) => set.has(value))
}

function isNumber(name: FieldName): boolean {
  return fieldShapes[name].kind === 'plain' && fieldShapes[name].fits('4')
}

/** Whether each line holds an address: if so, it is the record of a flow. */
export function linesWithAddress({ columns, numbers }: LineColumns): readonly boolean[] {
  return numbers.map((_, line) => columns.some(({ values }) => isAddress(values[line] as string)))
}

/** Judges a column by its values alone, for one family of flow logs. */
export function columnCandidates(
  column: LineColumn,
  family: Exclude<FieldFamily, 'both'>,
  hasAddress: readonly boolean[],
  isStrict: boolean,
): ColumnCandidates {
  const struck = new Map<string, Struck>()
  const kept = new Set<string>()
  const presume = isStrict ? undefined : createPresumptions(column, family, hasAddress)
  for (const { name, family: of } of fields) {
    const reason =
      (of !== family && of !== 'both' ? ({ rule: 'family' } as const) : undefined) ??
      documented(column, name, family) ??
      presume?.(name)
    if (reason) struck.set(name, reason)
    else kept.add(name)
  }
  return { fields: kept, struck }
}

function documented(column: LineColumn, name: FieldName, family: FieldFamily): Struck | undefined {
  const { fits } = fieldShapes[name]
  for (const [value, line] of column.distinct) {
    if (!fits(value)) return { rule: 'shape', line }
    if (name === 'tcp-flags' && family === 'vpc' && !isVpcFlags(value))
      return { rule: 'shape', line }
  }
  if (name === 'packets' || name === 'bytes') {
    const least = leastOf[name]
    const line = firstBelow(column, least)
    if (line !== undefined) return { rule: 'least', line }
  }
  if (column.firstDash !== undefined && neverAbsent.has(name)) {
    return { rule: 'never-absent', line: column.firstDash }
  }
  if (name === 'version' && column.distinct.size > 1) {
    return { rule: 'one-version', line: [...column.distinct.values()][1] as number }
  }
  return undefined
}

/** A record has a packet at least, and an IP packet 20 bytes. */
const leastOf = { packets: 1, bytes: 20 } as const

function firstBelow({ distinct }: LineColumn, least: number): number | undefined {
  return [...distinct].find(([value]) => Number(value) < least)?.[1]
}

/** What is true of every flow log we know of, though no documentation says so. */
function createPresumptions(
  column: LineColumn,
  family: FieldFamily,
  hasAddress: readonly boolean[],
): (name: FieldName) => Struck | undefined {
  const { distinct, values } = column
  const first = [...distinct.values()][0]
  const all = (test: (value: string) => boolean): boolean =>
    first !== undefined && [...distinct.keys()].every(test)
  const isTelling = fields.some(({ name }) => {
    const { kind, fits } = fieldShapes[name]
    return kind === 'telling' && all(fits)
  })
  const isPublishedName =
    fields.some(({ name }) => all(fieldShapes[name].isPublished ?? (() => false))) &&
    (distinct.size > 1 || all((value) => value.includes('_')))
  const isHexadecimal = all((value) =>
    /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12,}(?:-[0-9]+)?$/.test(value),
  )
  const present = values.filter((value) => value !== '-').length
  const isMany = present >= manyLines
  const isTimes = present >= fewLines && all((value) => /^1[0-9]{9}$/.test(value))
  const isAccounts = present >= fewLines && all((value) => /^(?:[0-9]{12}|unknown)$/.test(value))
  const isManyNumbers = distinct.size > manyNumbers && all((value) => /^[0-9]+$/.test(value))
  // Transit gateways count lost packets, which can be such numbers, too.
  const own = isMany && family === 'vpc' ? ownNumbers.find(({ test }) => test(distinct)) : undefined
  const absentBeside = values.findIndex((value, line) => value === '-' && hasAddress[line])
  return (name) => {
    const { kind, isPublished } = fieldShapes[name]
    if (isPublished) {
      for (const [value, line] of distinct) {
        if (!isPublished(value)) return { rule: 'published', line }
      }
    }
    if (kind === 'free' && first !== undefined) {
      const isEcsId = name.startsWith('ecs-') && name.endsWith('-id')
      if (isTelling || isAccounts || isPublishedName || (isHexadecimal && !isEcsId)) {
        return { rule: 'looks-telling', line: first }
      }
      if (isManyNumbers) return { rule: 'too-many-numbers', line: first }
    }
    if (own && own.name !== name && (isNumber(name) || kind === 'free'))
      return { rule: 'typical-numbers', line: first as number }
    if (name === 'packets' && isMany && firstBelow(column, leastOf.bytes) === undefined) {
      return { rule: 'small-flows', line: first as number }
    }
    const isMisread = isTimes
      ? /account-id$|^packets|^bytes/
      : isAccounts
        ? /^packets|^bytes/
        : undefined
    if (isMisread?.test(name)) return { rule: 'looks-alike', line: first as number }
    if (absentBeside !== -1 && alwaysRecorded.has(name)) {
      return { rule: 'always-recorded', line: absentBeside }
    }
    return undefined
  }
}
