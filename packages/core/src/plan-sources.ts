/** Compiles the nodes that take a value of the line or its origin. */

import type { Label } from './assembler.ts'
import type { Frame } from './frame.ts'
import type { PickOp, Source } from './mapping.ts'
import type { Origin } from './origin.ts'
import { op, timeForms } from './plan.ts'
import { columnOf, isInteger, type PlanContext } from './plan-context.ts'
import { isTimeText, type TimeText } from './time.ts'

/** What of an origin is a number. */
const numericOrigins: ReadonlySet<keyof Origin> = new Set(['timestamp', 'record', 'line'])

const columnOps: Readonly<Record<Exclude<PickOp, TimeText>, number>> = {
  text: op.copy,
  number: op.copy,
  // On a line that an engine takes, a time is plausible seconds.
  seconds: op.copy,
  milliseconds: op.milliseconds,
  nanoseconds: op.copy,
}

const originOps: Readonly<Record<Exclude<PickOp, TimeText>, number>> = {
  text: op.origin,
  number: op.origin,
  seconds: op.originSeconds,
  milliseconds: op.originTime,
  nanoseconds: op.originTime,
}

/** A value with what its frame puts around a value of this kind. */
export function framed(
  { assembler }: PlanContext,
  [before, after]: Frame['text'],
  emit: () => void,
): void {
  assembler.literal(before)
  emit()
  assembler.literal(after)
}

/** The kinds that are text whatever their source is. */
const textKinds: ReadonlySet<PickOp> = new Set(['text', 'nanoseconds', ...timeForms])

/** The first source with a value; the others count as carried when they hold the same one. */
export function emitPick(
  context: PlanContext,
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
export function emitPresence(
  context: PlanContext,
  kind: PickOp,
  source: Source,
  absent: Label,
): void {
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

/** Notes that the event carries a field, and the others that hold the same value. */
export function carry(context: PlanContext, source: Source, others: readonly Source[]): void {
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

/** The value of one source. */
export function emitSource(context: PlanContext, kind: PickOp, source: Source, frame: Frame): void {
  const { assembler } = context
  if (typeof source !== 'string') {
    const index = assembler.originIndex(source.origin)
    const isNumber = !textKinds.has(kind) && numericOrigins.has(source.origin)
    // What is not sure to be an integer has no one way to be written.
    if (isNumber && frame.decimal === undefined) return assembler.emit(op.bail)
    return framed(context, isNumber && frame.decimal ? frame.decimal : frame.text, () => {
      if (isTimeText(kind)) assembler.emit(op.originTimeText, index, timeForms.indexOf(kind))
      else assembler.emit(originOps[kind], index)
      if (kind === 'nanoseconds') assembler.literal('000000')
    })
  }
  const column = columnOf(context, source)
  const isNumber = !textKinds.has(kind) && isInteger(context, column)
  framed(context, isNumber ? frame.number : frame.text, () => {
    if (isTimeText(kind)) assembler.emit(op.timeText, column, timeForms.indexOf(kind))
    else assembler.emit(columnOps[kind], column)
    if (kind === 'nanoseconds') assembler.literal('000000000')
  })
}

/** For each pair of present addresses, since an instruction names one pair. */
export function emitCommunityId(
  context: PlanContext,
  from: readonly string[],
  to: readonly string[],
  frame: Frame,
): void {
  const { assembler } = context
  const [before, after] = frame.text
  const literal = assembler.intern(before)
  const done = assembler.label()
  emitFirstPresent(context, from, (source) =>
    emitFirstPresent(context, to, (destination) => {
      assembler.branch(done, op.communityId, literal, source, destination)
      assembler.literal(after)
    }),
  )
  assembler.place(done)
}

function emitFirstPresent(
  context: PlanContext,
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
