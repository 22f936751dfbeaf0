/** Compiles a mapping for a format to a plan; what `mapper.ts` does for objects, as instructions. */

import { createAssembler } from './assembler.ts'
import type { FieldKind } from './fields.ts'
import type { Format } from './format.ts'
import { type Frame, jsonFrame, pairFrame } from './frame.ts'
import { type Condition, childrenOf, type Mapping, type Node, type Part } from './mapping.ts'
import { keptOutColumns, maxTableLiteral, op, type Plan } from './plan.ts'
import { emitCondition } from './plan-conditions.ts'
import { columnOf, documentContext, type PlanContext } from './plan-context.ts'
import {
  carry,
  emitCommunityId,
  emitPick,
  emitPresence,
  emitSource,
  framed,
} from './plan-sources.ts'
import { repeatsAttributes } from './repeats.ts'
import { maxScannedColumns } from './scanner.ts'
import { type Decided, decide, specialise } from './specialise.ts'
import { utf8Length } from './utf8.ts'

/**
 * The plan of a mapping for a format, with the conditions of filter rules in front. Undefined when
 * only the object lane will do: a format of text columns alone, whose records no check can tell from
 * a header line, more columns than a scanner takes, or a template in which a later attribute can replace an earlier one.
 */
export function compilePlan(
  mapping: Mapping,
  format: Format,
  filters: readonly Condition[] = [],
): Plan | undefined {
  if (format.columns.every((column) => column.kind === 'text')) return undefined
  if (format.columns.length > maxScannedColumns) return undefined
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
    emitObject(documentContext(context, before), [{ merge: before }], jsonFrame(''))
    assembler.emit(op.newline)
  }
  emitObject(context, template ? [{ merge: template }] : [], jsonFrame(''))
  assembler.emit(op.end)
  return assembler.finish(mapping.name)
}

function negated(condition: Decided): Decided {
  return typeof condition === 'boolean' ? !condition : { test: 'not', condition }
}

function onlyWhen(context: PlanContext, condition: Decided, emit: () => void): void {
  const otherwise = context.assembler.label()
  if (condition === false) return
  if (condition !== true) emitCondition(context, condition, otherwise)
  emit()
  context.assembler.place(otherwise)
}

/** The value in its frame, or nothing when the line has no value. */
function emitValue(context: PlanContext, node: Node, frame: Frame): void {
  const { assembler } = context
  switch (node.op) {
    case 'constant':
      return assembler.literal(frame.constant(node.value))
    case 'id':
      return framed(context, frame.text, () => assembler.emit(op.id))
    case 'line':
      return framed(context, frame.text, () => assembler.emit(op.line))
    case 'lineLength':
      return framed(context, frame.number, () => assembler.emit(op.lineLength))
    case 'now':
      return framed(context, frame.number, () => assembler.emit(op.now))
    case 'nowNanoseconds':
      return framed(context, frame.text, () => {
        assembler.emit(op.now)
        assembler.literal('000000')
      })
    case 'nowShortDatetime':
      return framed(context, frame.text, () => assembler.emit(op.nowShortDatetime))
    case 'communityId':
      return emitCommunityId(context, node.from, node.to, frame)
    case 'text':
    case 'number':
    case 'milliseconds':
    case 'seconds':
    case 'nanoseconds':
    case 'datetime':
    case 'shortDatetime':
    case 'date':
    case 'timeOfDay':
      return emitPick(context, node.op, node.sources, (source) =>
        emitSource(context, node.op, source, frame),
      )
    case 'duration': {
      const late = assembler.label()
      const from = columnOf(context, node.from)
      const to = columnOf(context, node.to)
      emitPresence(context, 'milliseconds', node.from, late)
      emitPresence(context, 'milliseconds', node.to, late)
      assembler.branch(late, op.ifInOrder, from, to)
      framed(context, frame.number, () => assembler.emit(op.duration, from, to))
      return assembler.place(late)
    }
    case 'when':
    case 'choose':
      return emitBranches(context, node, {
        emit: (branch) => emitValue(context, branch, frame),
        constant: (branch) => constantText(branch, frame),
      })
    case 'list':
      return emitList(context, node, frame)
    case 'keyValues':
      return bracketed(context, frame.list, isNeverEmpty(node), () => {
        emitMembers(context, node.node, pairFrame)
      })
    case 'document':
      return emitValue(documentContext(context, node.node), node.node, frame)
    case 'object':
      return emitObject(context, node.parts, frame)
    default:
      return emitObject(context, [{ merge: node }], frame)
  }
}

function emitObject(context: PlanContext, parts: readonly Part[], frame: Frame): void {
  bracketed(context, frame.object, isNeverEmpty({ op: 'object', parts }), () => {
    emitMembers(context, { op: 'object', parts }, frame.member)
  })
}

function bracketed(
  { assembler }: PlanContext,
  [opening, closing]: Frame['object'],
  isNeverEmpty: boolean,
  emit: () => void,
): void {
  if (isNeverEmpty) {
    assembler.literal(opening)
    emit()
    assembler.closeFull(closing)
  } else {
    const slot = assembler.open(opening)
    emit()
    assembler.close(slot, closing)
  }
}

/** The members of an object that is merged into the one around it. */
function emitMembers(context: PlanContext, node: Node, member: Frame['member']): void {
  switch (node.op) {
    case 'object':
      for (const part of node.parts) {
        if ('merge' in part) emitMembers(context, part.merge, member)
        else emitValue(context, part.node, member(part.attribute))
      }
      return
    case 'when':
    case 'choose':
      return emitBranches(context, node, {
        emit: (branch) => emitMembers(context, branch, member),
        constant: (branch) => constantMembers(branch, member),
      })
    case 'rest':
      for (const [index, { key }] of context.format.columns.entries()) {
        if (context.carriage.always.has(key)) continue
        const [before, after] = member(key).text.map(context.assembler.intern)
        context.assembler.emit(
          op.rest,
          context.bits.get(key) ?? -1,
          index,
          before ?? -1,
          after ?? -1,
        )
      }
      return
    case 'fields':
      for (const { key } of context.format.columns) {
        const absent = context.assembler.label()
        emitPresence(context, 'number', key, absent)
        emitSource(context, 'number', key, member(key))
        context.assembler.place(absent)
      }
      return
    default:
      throw new Error(`a mapping cannot merge "${node.op}" into an object`)
  }
}

/** What branches lead to. */
interface Branches {
  emit(branch: Node): void
  /** What a branch writes that is the same on all lines; undefined for any other. */
  constant(branch: Node): string | undefined
}

function emitBranches(
  context: PlanContext,
  node: Extract<Node, { op: 'when' | 'choose' }>,
  { emit, constant }: Branches,
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
  assembler.branch(absent, op.ifPresent, column)
  const literals = literalsOf(context.format.columns[column]?.kind, node.cases, constant)
  if (literals) {
    assembler.literals(column, literals, otherwise)
    carry(context, node.source, [])
    assembler.branch(done, op.jump)
  } else {
    const cases = Object.entries(node.cases).map(([text, branch]) => {
      return { text, branch, label: assembler.label() }
    })
    assembler.table(column, cases, otherwise)
    for (const { branch, label } of cases) {
      assembler.place(label)
      carry(context, node.source, [])
      emit(branch)
      assembler.branch(done, op.jump)
    }
  }
  assembler.place(otherwise)
  if (node.otherwise) emit(node.otherwise)
  if (node.absent) assembler.branch(done, op.jump)
  assembler.place(absent)
  if (node.absent) emit(node.absent)
  assembler.place(done)
}

/** The cases as literals by number, if they are many and can be. */
function literalsOf(
  kind: FieldKind | undefined,
  cases: Readonly<Record<string, Node>>,
  constant: Branches['constant'],
): ReadonlyMap<number, string> | undefined {
  if (kind !== 'uint8' && kind !== 'uint16' && kind !== 'int32') return undefined
  const literals = new Map<number, string>()
  for (const text in cases) {
    const literal = constant(cases[text] as Node)
    const isNumber = /^(?:0|[1-9][0-9]{0,2})$/.test(text)
    if (!isNumber || literal === undefined || utf8Length(literal) > maxTableLiteral) {
      return undefined
    }
    literals.set(Number(text), literal)
  }
  return literals.size < 4 ? undefined : literals
}

function constantText(node: Node, frame: Frame): string | undefined {
  return node.op === 'constant' ? frame.constant(node.value) : undefined
}

function constantMembers(node: Node, member: Frame['member']): string | undefined {
  if (node.op !== 'object') return undefined
  let text = ''
  for (const part of node.parts) {
    const more =
      'merge' in part
        ? constantMembers(part.merge, member)
        : constantText(part.node, member(part.attribute))
    if (more === undefined) return undefined
    text += more
  }
  return text
}

function emitList(context: PlanContext, node: Extract<Node, { op: 'list' }>, frame: Frame): void {
  const { assembler } = context
  const { distinct, items } = node
  if (distinct !== undefined) assembler.emit(op.distinct)
  bracketed(context, frame.list, isNeverEmpty(node), () => {
    for (const item of items) {
      if (distinct === undefined) emitValue(context, item, frame.item())
      else emitDistinct(context, item, distinct, frame.item())
    }
  })
}

/** An item of a list without repeats: an object whose `attribute` is the text of some source. */
function emitDistinct(context: PlanContext, item: Node, attribute: string, frame: Frame): void {
  const { assembler } = context
  if (item.op === 'when' || item.op === 'choose') {
    return emitBranches(context, item, {
      emit: (branch) => emitDistinct(context, branch, attribute, frame),
      constant: () => undefined,
    })
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
    emitObject(context, parts.with(parts.indexOf(value), { attribute, node }), frame)
    assembler.place(repeated)
  })
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
    case 'keyValues':
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
