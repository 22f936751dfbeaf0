/**
 * What is sure to be so wherever a plan comes to an instruction: which values are there, which fields
 * the event carries, which objects have members. Instructions that ask for what is known, or guard
 * against what cannot be, become simpler ones.
 */
import { type Simpler, successorsOf } from './kernel-flow.ts'
import { instructionAt, lengthOf, op, type Plan } from './plan.ts'

/** A set of facts, one bit each. */
type Facts = bigint

const writing: ReadonlySet<number> = new Set([
  op.copy,
  op.milliseconds,
  op.duration,
  op.timeText,
  op.origin,
  op.originTime,
  op.originSeconds,
  op.originTimeText,
  op.now,
  op.nowShortDatetime,
  op.id,
  op.line,
  op.lineLength,
])

/** The instructions that take the place of others, by position. */
export function simplify(plan: Plan, columns: number): Simpler {
  const { code, slots, tables, literalTables } = plan
  const bits = Array.from({ length: 3 * columns + slots + 1 }, (_, index) => 1n << BigInt(index))
  const fact = (index: number): Facts => bits[index] as Facts
  const isPresent = (column: number): Facts => fact(column)
  const isAbsent = (column: number): Facts => fact(columns + column)
  /** The value is absent or the document carries it: there is no rest of it. */
  const isSettled = (column: number): Facts => fact(2 * columns + column)
  const isFull = (slot: number): Facts => fact(3 * columns + slot)
  const all = (size: number): Facts => fact(size) - 1n
  const allSettled = all(columns) << BigInt(2 * columns)
  const allFull = all(slots) << BigInt(3 * columns)

  const isText = (literal: number): boolean => plan.literals[literal] !== ''

  /** What is settled by carrying; the bit −1 is of what is never carried. */
  const carried = new Map<number, Facts>()
  for (let pc = 0; pc < code.length; pc += lengthOf(code, pc)) {
    const [kind, bit = -1, column = -1] = [code[pc], code[pc + 1], code[pc + 2]]
    if (kind !== op.rest || bit === -1) continue
    carried.set(bit, (carried.get(bit) ?? 0n) | isSettled(column))
  }
  const simpler = new Map<number, readonly number[]>()
  const known = new Map<number, Facts>([[0, 0n]])
  /** Where each slot was opened last. */
  const opened = new Map<number, number>()

  /** Only what is so on every way to a place is known there. */
  function arrive(pc: number, facts: Facts): void {
    const others = known.get(pc)
    known.set(pc, others === undefined ? facts : others & facts)
  }

  function visit(pc: number, instruction: readonly number[], facts: Facts): void {
    const [kind = -1, first = -1, second = -1] = instruction
    const after = pc + instruction.length
    const target = instruction.at(-1) ?? -1
    switch (kind) {
      case op.ifPresent:
        if (facts & (isPresent(first) | isAbsent(first))) {
          const next = facts & isPresent(first) ? after : target
          simpler.set(pc, [op.jump, next])
          return arrive(next, facts)
        }
        arrive(target, facts | isAbsent(first) | isSettled(first))
        return arrive(after, facts | isPresent(first))
      case op.ifText:
      case op.ifTextIgnoringCase:
      case op.ifBits:
        arrive(target, facts)
        return arrive(after, facts | isPresent(first))
      case op.ifDiffers:
        arrive(target, facts)
        return arrive(after, facts | isPresent(first) | isPresent(second))
      case op.choose:
        arrive(target, facts)
        for (const each of tables[second]?.cases ?? []) arrive(each.pc, facts | isPresent(first))
        return
      case op.literals: {
        arrive(target, facts)
        const { literals = [] } = literalTables[second] ?? {}
        const more = literals.every(isText) ? allFull : 0n
        return arrive(after, facts | isPresent(first) | more)
      }
      case op.literal:
        return arrive(after, facts | (isText(first) ? allFull : 0n))
      case op.carry:
        return arrive(after, facts | (carried.get(first) ?? 0n))
      case op.rest:
        if (facts & (isSettled(second) | isAbsent(second))) simpler.set(pc, [op.jump, after])
        return arrive(after, facts)
      case op.newline:
        // Another document begins.
        return arrive(after, facts & ~allSettled)
      case op.open:
        opened.set(first, pc)
        // Unless it turns out that it may end without a member.
        simpler.set(pc, [op.literal, second])
        return arrive(after, facts & ~isFull(first))
      case op.close:
        if (facts & isFull(first)) simpler.set(pc, [op.closeFull, second])
        else simpler.delete(opened.get(first) ?? -1)
        return arrive(after, facts)
      default: {
        const { goesOn, jumps } = successorsOf(plan, instruction)
        for (const place of jumps) arrive(place, facts)
        if (goesOn) arrive(after, writing.has(kind) ? facts | allFull : facts)
      }
    }
  }

  for (let pc = 0; pc < code.length; ) {
    const instruction = instructionAt(code, pc)
    const facts = known.get(pc)
    if (facts !== undefined) visit(pc, instruction, facts)
    pc += instruction.length
  }
  return simpler
}
