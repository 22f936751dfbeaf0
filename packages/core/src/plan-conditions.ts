/** Compiles conditions to jumps. */

import type { Label } from './assembler.ts'
import type { Condition } from './mapping.ts'
import { op } from './plan.ts'
import { columnOf, isInteger, isText, type PlanContext } from './plan-context.ts'
import { emitPresence } from './plan-sources.ts'

/** Falls through when the condition holds, and goes to `otherwise` when it does not. */
export function emitCondition(context: PlanContext, condition: Condition, otherwise: Label): void {
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
        // Only addresses are looked at; what has no colon is not IPv6.
        if (!isInteger(context, column)) {
          assembler.branch(otherwise, op.ifFamily, column, condition.version)
        } else if (condition.version === 6) assembler.branch(otherwise, op.jump)
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
  { assembler }: PlanContext,
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
