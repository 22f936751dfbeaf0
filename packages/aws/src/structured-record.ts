/** A record whose fields have names, as JSON carries it → the line that AWS would have written. */
import { fieldKey, presets, type Rejection } from '@flowlogs/core'
import { toJsonText } from './exact-json.ts'
import { isMistakable } from './mistakable-line.ts'
import { type Member, type Rival, recordShape, type ShapeProblem } from './record-shape.ts'
import { createToText, type ToText } from './value-text.ts'

/** A flow log line, and the names of its fields. */
interface StructuredLine {
  /** The names with dashes, separated by spaces. */
  readonly format: string
  readonly line: string
}

/**
 * Reads one record: its line, or why it has none, or undefined when the object is no flow log
 * record. Never throws. `text` is what the record was parsed from, for rejections.
 */
export type StructuredReader = (
  record: object,
  text?: string,
) => StructuredLine | Rejection | undefined

type Values = Readonly<Record<string, unknown>>

/** What is done with records that have these names in this order. */
interface Plan {
  readonly names: readonly string[]
  /** Undefined when the names are not those of a flow log. */
  readonly layout: Layout | ShapeProblem | undefined
}

interface Layout {
  readonly format: string
  readonly columns: readonly Column[]
  readonly rivals: readonly Rival[]
}

interface Column {
  readonly name: string
  /** The member that has the value; undefined when the record has none for this field. */
  readonly member: string | undefined
  readonly toText: ToText
}

/** What no line can carry: the value of a field, or the record as a whole. */
interface Failure {
  readonly name?: string
  readonly value: unknown
}

/** Hostile records could have names without end. */
const maxPlans = 256

/** The fields of each preset, the smallest first. */
const layouts: readonly (readonly string[])[] = (
  ['v2', 'v3', 'v4', 'v5', 'tgw', 'v7', 'v8', 'v9', 'v10', 'v11'] as const
).map((preset) => presets[preset].split(' '))

/** Every field, for a record that no preset has the fields of. */
const everyName: readonly string[] = [
  ...new Set([...presets.v11.split(' '), ...presets.tgw.split(' ')]),
]

/**
 * Builds a reader. A record becomes a line of `format`, the names of the fields that are expected,
 * if that has all its fields; otherwise of the smallest preset that has them, with fields that AWS
 * has not published at the end, in the order of their names.
 */
export function createStructuredReader(format: readonly string[] = []): StructuredReader {
  const plans = new Map<string, Plan>()
  let last: Plan = { names: [], layout: undefined }

  function findPlan(names: readonly string[], standing: readonly Rival[] = []): Plan {
    const key = [...names, ...standing.map(({ index }) => index)].join('\n')
    const found = plans.get(key)
    // A name could hold a line feed.
    if (found !== undefined && isSame(found.names, names)) return found
    const plan = { names, layout: createLayout(names, standing, format) }
    if (plans.size >= maxPlans) plans.clear()
    plans.set(key, plan)
    return plan
  }

  function read(values: Values): StructuredLine | Failure | undefined {
    const names = Object.keys(values)
    if (!isSame(last.names, names)) last = findPlan(names)
    const { layout } = last
    if (layout === undefined) return undefined
    if ('problem' in layout) return { value: layout.problem }
    const standing = layout.rivals.filter((rival) => isContrary(rival, layout, last.names, values))
    if (standing.length === 0) return writeLine(layout, values)
    const nameless = standing.find(({ ownName }) => ownName === undefined)
    if (nameless === undefined) return writeLine(findPlan(names, standing).layout as Layout, values)
    return { name: nameless.winner.name, value: values[names[nameless.index] ?? ''] }
  }

  return (record, text) => {
    const outcome = read(record as Values)
    if (outcome === undefined || 'line' in outcome) return outcome
    const { name, value } = outcome
    const valueText = typeof value === 'string' ? value : toJsonText(value)
    return {
      code: 'unknown_shape',
      ...(name !== undefined && { field: fieldKey(name) }),
      ...(valueText !== undefined && { value: valueText }),
      line: text ?? toJsonText(record) ?? '',
    }
  }
}

/** Whether a member says something else than the one that means the same. */
function isContrary(
  { index, winner }: Rival,
  { columns }: Layout,
  names: readonly string[],
  values: Values,
): boolean {
  const toText = columns.find(({ name }) => name === winner.name)?.toText
  return toText?.(values[names[index] ?? '']) !== toText?.(values[names[winner.index] ?? ''])
}

function writeLine({ format, columns }: Layout, values: Values): StructuredLine | Failure {
  let line = ''
  for (const { name, member, toText } of columns) {
    const text = member === undefined ? '-' : toText(values[member])
    if (text === undefined) return { name, value: values[member ?? ''] }
    line += line === '' ? text : ` ${text}`
  }
  if (!isMistakable(line)) return { format, line }
  const [{ name, member = '' } = { name: '' }] = columns
  return { name, value: values[member] }
}

function createLayout(
  names: readonly string[],
  standing: readonly Rival[],
  format: readonly string[],
): Plan['layout'] {
  const shape = recordShape(names)
  if (shape === undefined || 'problem' in shape) return shape
  const members: readonly Member[] = [
    ...shape.members,
    ...standing.map(({ index, ownName = '' }) => ({ index, name: ownName, field: undefined })),
  ]
  const byName = new Map(members.map((member) => [member.name, member]))
  const isExpected = members.every(({ name }) => format.includes(name))
  // Single names of the format are found in records of any kind.
  if (!shape.isClear && !(isExpected && members.length * 2 >= format.length)) return undefined
  const columns = (isExpected ? format : arrange(members)).map((name): Column => {
    const member = byName.get(name)
    return {
      name,
      member: member && names[member.index],
      toText: createToText(member?.field),
    }
  })
  const text = columns.map(({ name }) => name).join(' ')
  return { format: text, columns, rivals: standing.length === 0 ? shape.rivals : [] }
}

/** Puts the names in the order of a line. */
function arrange(members: readonly Member[]): readonly string[] {
  const known = members.filter(({ field }) => field !== undefined).map(({ name }) => name)
  const unknown = members.filter(({ field }) => field === undefined).map(({ name }) => name)
  const preset = layouts.find((layout) => known.every((name) => layout.includes(name)))
  return [...(preset ?? everyName.filter((name) => known.includes(name))), ...unknown.sort()]
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false
  return true
}
