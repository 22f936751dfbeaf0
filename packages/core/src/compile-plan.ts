/** Compiles a mapping for a format to a plan; what `mapper.ts` does for objects, as instructions. */
import { type Carriage, carriageOf } from './carriage.ts'
import type { Format } from './format.ts'
import {
  type Condition,
  childrenOf,
  type Mapping,
  type Node,
  type Part,
  type PickOp,
  type Source,
} from './mapping.ts'
import type { Origin } from './origin.ts'
import {
  type Assembler,
  createAssembler,
  keptOutColumns,
  type Label,
  op,
  type Plan,
} from './plan.ts'
import { repeatsAttributes } from './repeats.ts'
import { type Decided, decide, specialise } from './specialise.ts'

/** What of an origin is a number. */
const numericOrigins: ReadonlySet<keyof Origin> = new Set(['timestamp', 'record', 'line'])

/** What compiling a node needs to know. */
interface Context {
  readonly assembler: Assembler
  readonly format: Format
  readonly columns: ReadonlyMap<string, number>
  readonly carriage: Carriage
  /** The bit of each field that only some events carry. */
  readonly bits: ReadonlyMap<string, number>
}

/**
 * The plan of a mapping for a format, with the conditions of filter rules in front. Undefined when
 * only the object lane will do: a format of text columns alone, whose records no check can tell from
 * a header line, or a template in which a later attribute can replace an earlier one.
 */
export function compilePlan(
  mapping: Mapping,
  format: Format,
  filters: readonly Condition[] = [],
): Plan | undefined {
  if (format.columns.every((column) => column.kind === 'text')) return undefined
  const keys = new Set(format.columns.map((column) => column.key))
  const { keepOut, requires, template, before } = specialise(mapping, keys)
  const documents = [template, before].filter((document) => document !== undefined)
  if (documents.some((document) => repeatsAttributes(document, keys))) return undefined
  const assembler = createAssembler()
  const columns = new Map(format.columns.map((column, index) => [column.key, index]))
  const context = documentContext({ assembler, format, columns }, template)
  for (const [rule, filter] of filters.entries()) {
    onlyWhen(context, decide(filter, keys), () => assembler.emit(op.filter, rule))
  }
  for (const { column, condition } of keepOut) {
    const index = keptOutColumns.indexOf(column)
    onlyWhen(context, condition, () => assembler.emit(op.keepOut, index))
  }
  for (const { condition } of requires) {
    onlyWhen(context, negated(condition), () => assembler.emit(op.bail))
  }
  if (before) {
    emitObject(documentContext(context, before), [{ merge: before }], '')
    assembler.emit(op.newline)
  }
  emitObject(context, template ? [{ merge: template }] : [], '')
  assembler.emit(op.end)
  return assembler.finish(mapping.name)
}

/** The context of a document, in which fields are carried or not. */
function documentContext(
  { assembler, format, columns }: Pick<Context, 'assembler' | 'format' | 'columns'>,
  template: Node | undefined,
): Context {
  const carriage = carriageOf(template)
  const sometimes = format.columns.filter((column) => carriage.sometimes.has(column.key))
  const bits = new Map(sometimes.map((column) => [column.key, assembler.bit()]))
  return { assembler, format, columns, carriage, bits }
}

function negated(condition: Decided): Decided {
  return typeof condition === 'boolean' ? !condition : { test: 'not', condition }
}

function onlyWhen(context: Context, condition: Decided, emit: () => void): void {
  const otherwise = context.assembler.label()
  if (condition === false) return
  if (condition !== true) emitCondition(context, condition, otherwise)
  emit()
  context.assembler.place(otherwise)
}

/** `prefix` and the value and a comma, or nothing when the line has no value. */
function emitValue(context: Context, node: Node, prefix: string): void {
  const { assembler } = context
  switch (node.op) {
    case 'constant':
      return assembler.literal(`${prefix}${JSON.stringify(node.value)},`)
    case 'id':
      return quoted(context, prefix, () => assembler.emit(op.id))
    case 'line':
      return quoted(context, prefix, () => assembler.emit(op.line))
    case 'lineLength':
      return unquoted(context, prefix, () => assembler.emit(op.lineLength))
    case 'now':
      return unquoted(context, prefix, () => assembler.emit(op.now))
    case 'communityId':
      return emitCommunityId(context, node.from, node.to, prefix)
    case 'text':
    case 'number':
    case 'milliseconds':
    case 'seconds':
    case 'datetime':
      return emitPick(context, node.op, node.sources, (source) =>
        emitSource(context, node.op, source, prefix),
      )
    case 'duration': {
      const late = assembler.label()
      const from = columnOf(context, node.from)
      const to = columnOf(context, node.to)
      emitPresence(context, 'milliseconds', node.from, late)
      emitPresence(context, 'milliseconds', node.to, late)
      assembler.branch(late, op.ifInOrder, from, to)
      assembler.literal(prefix)
      assembler.emit(op.duration, from, to)
      assembler.literal(',')
      return assembler.place(late)
    }
    case 'when':
    case 'choose':
      return emitBranches(context, node, (branch) => emitValue(context, branch, prefix))
    case 'list':
      return emitList(context, node, prefix)
    case 'document':
      return emitValue(documentContext(context, node.node), node.node, prefix)
    case 'object':
      return emitObject(context, node.parts, prefix)
    default:
      return emitObject(context, [{ merge: node }], prefix)
  }
}

function quoted({ assembler }: Context, prefix: string, emit: () => void): void {
  assembler.literal(`${prefix}"`)
  emit()
  assembler.literal('",')
}

function unquoted({ assembler }: Context, prefix: string, emit: () => void): void {
  assembler.literal(prefix)
  emit()
  assembler.literal(',')
}

/** For each pair of present addresses, since an instruction names one pair. */
function emitCommunityId(
  context: Context,
  from: readonly string[],
  to: readonly string[],
  prefix: string,
): void {
  const { assembler } = context
  const literal = assembler.intern(`${prefix}"`)
  const done = assembler.label()
  emitFirstPresent(context, from, (source) =>
    emitFirstPresent(context, to, (destination) => {
      assembler.branch(done, op.communityId, literal, source, destination)
      assembler.literal('",')
    }),
  )
  assembler.place(done)
}

function emitFirstPresent(
  context: Context,
  keys: readonly string[],
  emit: (column: number) => void,
): void {
  const { assembler } = context
  const done = assembler.label()
  for (const key of keys) {
    const next = assembler.label()
    const column = columnOf(context, key)
    assembler.branch(next, op.ifPresent, column)
    emit(column)
    assembler.branch(done, op.jump)
    assembler.place(next)
  }
  assembler.place(done)
}

function emitObject(context: Context, parts: readonly Part[], prefix: string): void {
  bracketed(context, `${prefix}{`, '}', isNeverEmpty({ op: 'object', parts }), () => {
    emitMembers(context, { op: 'object', parts })
  })
}

function bracketed(
  { assembler }: Context,
  opening: string,
  bracket: '}' | ']',
  isNeverEmpty: boolean,
  emit: () => void,
): void {
  if (isNeverEmpty) {
    assembler.literal(opening)
    emit()
    assembler.closeFull(bracket)
  } else {
    const slot = assembler.open(opening)
    emit()
    assembler.close(slot, bracket)
  }
}

/** The members of an object that is merged into the one around it. */
function emitMembers(context: Context, node: Node): void {
  switch (node.op) {
    case 'object':
      for (const part of node.parts) {
        if ('merge' in part) emitMembers(context, part.merge)
        else emitValue(context, part.node, `${JSON.stringify(part.attribute)}:`)
      }
      return
    case 'when':
    case 'choose':
      return emitBranches(context, node, (branch) => emitMembers(context, branch))
    case 'rest':
      for (const [index, { key }] of context.format.columns.entries()) {
        if (context.carriage.always.has(key)) continue
        const name = context.assembler.intern(`${JSON.stringify(key)}:"`)
        context.assembler.emit(op.rest, context.bits.get(key) ?? -1, index, name)
      }
      return
    case 'fields':
      for (const { key } of context.format.columns) {
        const absent = context.assembler.label()
        emitPresence(context, 'number', key, absent)
        emitSource(context, 'number', key, `${JSON.stringify(key)}:`)
        context.assembler.place(absent)
      }
      return
    default:
      throw new Error(`a mapping cannot merge "${node.op}" into an object`)
  }
}

/** The first source with a value; the others count as carried when they hold the same one. */
function emitPick(
  context: Context,
  kind: PickOp,
  sources: readonly Source[],
  emit: (source: Source) => void,
): void {
  const { assembler } = context
  const done = assembler.label()
  for (const [index, source] of sources.entries()) {
    const next = assembler.label()
    emitPresence(context, kind, source, next)
    emit(source)
    carry(context, source, sources.slice(index + 1))
    if (index < sources.length - 1) assembler.branch(done, op.jump)
    assembler.place(next)
  }
  assembler.place(done)
}

/** Falls through when the source has a value that can be written as `kind`. */
function emitPresence(context: Context, kind: PickOp, source: Source, absent: Label): void {
  const { assembler, format } = context
  const isTime = kind !== 'text' && kind !== 'number'
  if (typeof source !== 'string') {
    const test = isTime ? op.ifOriginTime : op.ifOrigin
    return assembler.branch(absent, test, assembler.originIndex(source.origin))
  }
  const column = columnOf(context, source)
  assembler.branch(absent, op.ifPresent, column)
  // Only the times of a format are known to be plausible.
  if (isTime && format.columns[column]?.kind !== 'seconds') assembler.emit(op.bail)
}

function carry(context: Context, source: Source, others: readonly Source[]): void {
  const { assembler, bits } = context
  const bit = typeof source === 'string' ? bits.get(source) : undefined
  if (bit !== undefined) assembler.emit(op.carry, bit)
  for (const other of others) {
    const otherBit = typeof other === 'string' ? bits.get(other) : undefined
    if (typeof other !== 'string' || otherBit === undefined) continue
    const column = columnOf(context, other)
    if (typeof source !== 'string') {
      // Whether an origin has the same value is for the object lane to say.
      const absent = assembler.label()
      assembler.branch(absent, op.ifPresent, column)
      assembler.emit(op.bail)
      assembler.place(absent)
    } else if (isInteger(context, column) === isInteger(context, columnOf(context, source))) {
      assembler.emit(op.carryIfSame, otherBit, columnOf(context, source), column)
    }
  }
}

function emitSource(context: Context, kind: PickOp, source: Source, prefix: string): void {
  const { assembler } = context
  if (typeof source !== 'string') {
    const index = assembler.originIndex(source.origin)
    const isBare = kind !== 'datetime' && kind !== 'text' && numericOrigins.has(source.origin)
    const write = isBare ? unquoted : quoted
    return write(context, prefix, () => assembler.emit(originOps[kind], index))
  }
  const column = columnOf(context, source)
  const isBare = kind !== 'datetime' && kind !== 'text' && isInteger(context, column)
  const write = isBare ? unquoted : quoted
  write(context, prefix, () => assembler.emit(columnOps[kind], column))
}

const columnOps: Readonly<Record<PickOp, number>> = {
  text: op.copy,
  number: op.copy,
  // On a line that an engine takes, a time is plausible seconds.
  seconds: op.copy,
  milliseconds: op.milliseconds,
  datetime: op.datetime,
}

const originOps: Readonly<Record<PickOp, number>> = {
  text: op.origin,
  number: op.origin,
  seconds: op.originSeconds,
  milliseconds: op.originTime,
  datetime: op.originDatetime,
}

function isText({ format }: Context, column: number): boolean {
  return format.columns[column]?.kind === 'text'
}

function isInteger({ format }: Context, column: number): boolean {
  const kind = format.columns[column]?.kind
  return kind !== 'text' && kind !== 'address'
}

function emitBranches(
  context: Context,
  node: Extract<Node, { op: 'when' | 'choose' }>,
  emit: (branch: Node) => void,
): void {
  const { assembler } = context
  const done = assembler.label()
  if (node.op === 'when') {
    const otherwise = assembler.label()
    emitCondition(context, node.condition, otherwise)
    emit(node.node)
    if (node.otherwise) assembler.branch(done, op.jump)
    assembler.place(otherwise)
    if (node.otherwise) emit(node.otherwise)
    return assembler.place(done)
  }
  const column = columnOf(context, node.source)
  const absent = assembler.label()
  const otherwise = assembler.label()
  const cases = Object.entries(node.cases).map(([text, branch]) => ({
    text,
    branch,
    label: assembler.label(),
  }))
  assembler.branch(absent, op.ifPresent, column)
  assembler.table(column, cases, otherwise)
  for (const { branch, label } of cases) {
    assembler.place(label)
    carry(context, node.source, [])
    emit(branch)
    assembler.branch(done, op.jump)
  }
  assembler.place(otherwise)
  if (node.otherwise) emit(node.otherwise)
  if (node.absent) assembler.branch(done, op.jump)
  assembler.place(absent)
  if (node.absent) emit(node.absent)
  assembler.place(done)
}

function emitList(context: Context, node: Extract<Node, { op: 'list' }>, prefix: string): void {
  const { assembler } = context
  const { distinct, items } = node
  if (distinct !== undefined) assembler.emit(op.distinct)
  bracketed(context, `${prefix}[`, ']', isNeverEmpty(node), () => {
    for (const item of items) {
      if (distinct === undefined) emitValue(context, item, '')
      else emitDistinct(context, item, distinct)
    }
  })
}

/** An item of a list without repeats: an object whose `attribute` is the text of some source. */
function emitDistinct(context: Context, item: Node, attribute: string): void {
  const { assembler } = context
  if (item.op === 'when' || item.op === 'choose') {
    return emitBranches(context, item, (branch) => emitDistinct(context, branch, attribute))
  }
  const parts = item.op === 'object' ? item.parts : []
  const value = parts.find((part) => 'attribute' in part && part.attribute === attribute)
  // The format cannot give it.
  if (value === undefined) return
  if (!('attribute' in value) || value.node.op !== 'text') {
    throw new Error(`an item of a distinct list needs "${attribute}" as text`)
  }
  emitPick(context, 'text', value.node.sources, (source) => {
    if (typeof source !== 'string') return assembler.emit(op.bail)
    const repeated = assembler.label()
    assembler.branch(repeated, op.ifNew, columnOf(context, source))
    const node: Node = { op: 'text', sources: [source] }
    emitObject(context, parts.with(parts.indexOf(value), { attribute, node }), '')
    assembler.place(repeated)
  })
}

/** Falls through when the condition holds, and goes to `otherwise` when it does not. */
function emitCondition(context: Context, condition: Condition, otherwise: Label): void {
  const { assembler } = context
  switch (condition.test) {
    case 'is': {
      const column = columnOf(context, condition.source)
      const test = condition.ignoreCase ? op.ifTextIgnoringCase : op.ifText
      return emitAny(context, condition.values, otherwise, (value, next) =>
        assembler.branch(next, test, column, assembler.intern(value)),
      )
    }
    case 'present':
      return emitPresence(context, 'text', condition.source, otherwise)
    case 'differs': {
      const left = columnOf(context, condition.left)
      const right = columnOf(context, condition.right)
      if (isInteger(context, left) === isInteger(context, right)) {
        return assembler.branch(otherwise, op.ifDiffers, left, right)
      }
      // A number and a text are never the same.
      assembler.branch(otherwise, op.ifPresent, left)
      return assembler.branch(otherwise, op.ifPresent, right)
    }
    case 'bits': {
      const { source, mask, value } = condition
      const column = columnOf(context, source)
      assembler.branch(otherwise, op.ifPresent, column)
      if (!isInteger(context, column)) assembler.emit(op.bail)
      return assembler.branch(otherwise, op.ifBits, column, mask, value)
    }
    case 'family': {
      const done = assembler.label()
      for (const source of condition.sources) {
        const next = assembler.label()
        const column = columnOf(context, source)
        assembler.branch(next, op.ifPresent, column)
        if (isText(context, column)) assembler.emit(op.bail)
        assembler.branch(otherwise, op.ifFamily, column, condition.version)
        assembler.branch(done, op.jump)
        assembler.place(next)
      }
      assembler.branch(otherwise, op.jump)
      return assembler.place(done)
    }
    case 'network': {
      const column = columnOf(context, condition.source)
      const networks = assembler.networksIndex(condition.networks)
      assembler.branch(otherwise, op.ifPresent, column)
      return assembler.branch(otherwise, op.ifNetwork, column, networks)
    }
    case 'sample':
      return assembler.branch(otherwise, op.ifSample, Math.round(condition.share * 1e6))
    case 'time':
      return emitAny(context, condition.sources, otherwise, (source, next) =>
        emitPresence(context, 'milliseconds', source, next),
      )
    case 'any':
      return emitAny(context, condition.conditions, otherwise, (each, next) =>
        emitCondition(context, each, next),
      )
    case 'all':
      for (const each of condition.conditions) emitCondition(context, each, otherwise)
      return
    case 'not': {
      const holds = assembler.label()
      emitCondition(context, condition.condition, holds)
      assembler.branch(otherwise, op.jump)
      return assembler.place(holds)
    }
  }
}

function emitAny<Item>(
  { assembler }: Context,
  items: readonly Item[],
  otherwise: Label,
  emit: (item: Item, next: Label) => void,
): void {
  if (items.length === 0) return assembler.branch(otherwise, op.jump)
  const done = assembler.label()
  for (const [index, item] of items.entries()) {
    const isLast = index === items.length - 1
    const next = isLast ? otherwise : assembler.label()
    emit(item, next)
    if (isLast) continue
    assembler.branch(done, op.jump)
    assembler.place(next)
  }
  assembler.place(done)
}

function columnOf({ columns }: Context, key: string): number {
  return columns.get(key) ?? -1
}

/** Whether a node writes something on every line. */
function isNeverEmpty(node: Node): boolean {
  switch (node.op) {
    case 'constant':
    case 'id':
    case 'line':
      return true
    case 'list':
      // With `distinct` an item without its value is left out.
      return node.distinct === undefined && node.items.some(isNeverEmpty)
    case 'object':
    case 'document':
      return childrenOf(node).some(isNeverEmpty)
    case 'when':
      return isNeverEmpty(node.node) && node.otherwise !== undefined && isNeverEmpty(node.otherwise)
    case 'choose':
      return [...Object.values(node.cases), node.otherwise, node.absent].every(
        (branch) => branch !== undefined && isNeverEmpty(branch),
      )
    default:
      return false
  }
}
