/** A plan as the code of a kernel: what each line runs once it has been checked. */
import type { KernelContext } from './kernel-context.ts'
import { type Flow, type FlowStep, layOut } from './kernel-flow.ts'
import { layout } from './kernel-layout.ts'
import { askSameValue, isInOrder, isSame, isText, numberOf } from './kernel-values.ts'
import {
  countAt,
  countedAt,
  createInstructionWriter,
  hasOriginText,
  writeBytes,
} from './kernel-write.ts'
import { maxTableLiteral, op } from './plan.ts'
import { utf8Length } from './utf8.ts'
import { block, branch, branchIf, type Code, type Label, when } from './wasm-code.ts'
import { i32, v128 } from './wasm-operations.ts'

/** The code of the plan; it ends by going to one of the context's labels. */
export function planCode(context: KernelContext): Code {
  const { plan, writer } = context
  const flow = layOut(plan)
  const write = createInstructionWriter(context)
  const decide = createControl(context, flow)
  // Code around the blocks that are open, with the labels of their ends.
  const open: { label: Label; code: Code }[] = []
  for (const step of flow.steps) {
    if (step.ends.length + step.begins.length > 0) writer.settle()
    for (const ended of step.ends) {
      const inside = writer.take()
      const around = open.pop()
      if (around?.label !== ended) throw new Error('blocks must not overlap')
      writer.run(around.code, block(ended, inside))
    }
    for (const begun of step.begins) open.push({ label: begun, code: writer.take() })
    if (!write(step.instruction)) decide(step)
    if (step.instruction[0] === op.end) {
      writer.settle()
      writer.run(branch(context.emitted))
    }
  }
  return writer.take()
}

/** The instructions that decide where to go on. */
function createControl(context: KernelContext, { labels }: Flow) {
  const { plan, format, line, writer, made, constants, carried, seen, end } = context
  const answer = made.local('i32')
  const entry = made.local('i32')
  let inList: number[] = []

  /** Leads to a place, unless that is what comes next. */
  function goTo(pc: number, condition?: Code): void {
    const to = labels.get(pc)
    if (to === undefined) return
    writer.settle()
    writer.run(condition === undefined ? branch(to) : branchIf(to, condition))
  }

  const not = (condition: Code): Code => i32.eqz(condition)

  /** Writes the literal of a number, of which a table has the address and the length in one word. */
  function writeLiteral(column: number, index: number, otherwise: number): void {
    const { numbers = [], literals = [] } = plan.literalTables[index] ?? {}
    const texts = literals.map((literal) => plan.literals[literal] ?? '')
    const isByte = format.columns[column]?.kind === 'uint8'
    const table = new Uint32Array(isByte ? 256 : 1000)
    let place = constants.place(texts.join(''))
    let longest = 0
    for (let at = 0; at < numbers.length; at++) {
      const length = utf8Length(texts[at] ?? '')
      table[numbers[at] as number] = place * (maxTableLiteral + 1) + length
      longest = Math.max(longest, length)
      place += length
    }
    const at = constants.place(new Uint8Array(table.buffer))
    writer.settle()
    writer.run(answer.set(numberOf(context, column)))
    if (!isByte) goTo(otherwise, i32.gt(answer.get, i32.of(999)))
    writer.run(entry.set(i32.load(i32.shl(answer.get, i32.of(2)), at)))
    goTo(otherwise, i32.eqz(entry.get))
    const from = i32.shr(entry.get, i32.of(8))
    writer.insert((distance) => ({
      code: Array.from({ length: Math.ceil(longest / 16) }, (_, index) =>
        v128.store(end.get, v128.load(from, index * 16), distance + index * 16),
      ),
      length: i32.and(entry.get, i32.of(maxTableLiteral)),
    }))
  }

  function decide({ instruction, next }: FlowStep): void {
    const [kind, first = -1, second = -1, third = -1] = instruction
    const target = instruction.at(-1) ?? -1
    const unless = (condition: Code): void => goTo(target, not(condition))
    const literal = plan.literals[second] ?? ''
    switch (kind) {
      case op.bail:
        return writer.run(branch(context.givenUp))
      case op.keepOut:
        return writer.run(countAt(countedAt.keptOut(first)), branch(context.dropped))
      case op.filter:
        return writer.run(countAt(countedAt.filtered(first)), branch(context.dropped))
      case op.jump:
        if (first !== next) goTo(first)
        return
      case op.carry:
        return writer.run(carried.set(first))
      case op.carryIfSame:
        return writer.run(
          when(
            not(line.isAbsent(third)),
            askSameValue(context, answer, second, third),
            when(answer.get, carried.set(first)),
          ),
        )
      case op.ifPresent:
        return goTo(target, line.isAbsent(first))
      case op.ifOrigin:
      case op.ifOriginTime:
        return unless(hasOriginText(context, kind, first))
      case op.ifText:
        return unless(isText(context, first, literal))
      case op.ifTextIgnoringCase:
        return unless(isText(context, first, literal, true))
      case op.ifDiffers:
        goTo(target, i32.or(line.isAbsent(first), line.isAbsent(second)))
        writer.run(askSameValue(context, answer, first, second))
        return goTo(target, answer.get)
      case op.ifBits:
        goTo(target, line.isAbsent(first))
        return unless(i32.eq(i32.and(numberOf(context, first), i32.of(second)), i32.of(third)))
      case op.ifFamily:
        return second === 6 ? unless(line.isIPv6(first)) : goTo(target, line.isIPv6(first))
      case op.ifInOrder:
        return unless(isInOrder(context, first, second))
      case op.distinct:
        inList = []
        return writer.run(seen.clear)
      case op.ifNew:
        return goIfNew(first, target)
      case op.ifNetwork:
      case op.ifSample:
        return unless(context.ask(instruction))
      case op.communityId:
        writer.run(answer.set(context.ask(instruction)))
        goTo(target, not(answer.get))
        writer.text(plan.literals[first] ?? '')
        return writeBytes(context, i32.of(layout.answer), answer.get)
      case op.literals:
        return writeLiteral(first, second, third)
      case op.choose:
        for (const { text, pc } of plan.tables[second]?.cases ?? []) {
          goTo(pc, isText(context, first, text))
        }
        if (target !== next) goTo(target)
        return
      default:
        throw new Error(`a kernel does not know the instruction ${kind}`)
    }
  }

  function goIfNew(column: number, target: number): void {
    const to = labels.get(target)
    writer.settle()
    for (const other of inList) {
      if (to) writer.run(when(seen.has(other), branchIf(to, isSame(context, other, column))))
    }
    writer.run(seen.set(column))
    if (!inList.includes(column)) inList.push(column)
  }

  return decide
}
