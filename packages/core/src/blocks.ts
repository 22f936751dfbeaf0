/**
 * A plan as blocks of closures: each block is a straight run of steps, and ends by saying which block
 * comes next. Frequent sequences of instructions become one step.
 */
import { branchOf, type ConversationColumns } from './branches.ts'
import { createCaseFinder } from './case-finder.ts'
import type { Format } from './format.ts'
import type { Machine, Step } from './machine.ts'
import {
  foundLiteralStep,
  type LiteralChoice,
  literalChoiceStep,
  memberStep,
} from './member-step.ts'
import { instructionsOf, op, type Plan } from './plan.ts'
import { createTextEncoder } from './platform.ts'
import { stepOf } from './steps.ts'

/** A run of steps; `next` gives the index of the block after it, or an outcome below 0. */
export interface Block {
  readonly steps: readonly Step[]
  readonly next: (machine: Machine) => number
}

/** What the end of a plan says about the line. */
export const outcome = { emitted: -1, bail: -2, keepOut: -10, filter: -1000 } as const

/** A sequence that was found to be one step. */
interface Fused {
  readonly step: Step
  /** Where the code goes on. */
  readonly next: number
}

/** Builds the blocks of a plan; the first one begins a line. */
export function createBlocks(
  plan: Plan,
  format: Format,
  conversation: ConversationColumns,
): readonly Block[] {
  const encoder = createTextEncoder()
  const literals = plan.literals.map((text) => encoder.encode(text))
  const code = readCode(plan)
  const fused = fuse(plan, format, code, literals)
  const leaders = leadersOf(plan, code, fused)
  const indexes = new Map([...leaders].sort((a, b) => a - b).map((pc, index) => [pc, index]))
  const blockAt = (pc: number): number => indexes.get(pc) ?? outcome.bail
  // What an instruction writes that first asks: the beginning of the block that it goes on with.
  const beginnings = new Map<number, Step>()
  return [...indexes.keys()].map((start) => buildBlock(start))

  function buildBlock(start: number): Block {
    const beginning = beginnings.get(start)
    const steps: Step[] = beginning ? [beginning] : []
    for (let pc = start; ; ) {
      if (pc !== start && leaders.has(pc)) return { steps, next: always(blockAt(pc)) }
      const whole = fused.get(pc)
      if (whole) {
        steps.push(whole.step)
        pc = whole.next
        continue
      }
      const instruction = code.get(pc) ?? [op.bail]
      const after = pc + instruction.length
      const step = writerOf(instruction)
      const branch = branchOf(instruction, plan, literals, conversation)
      if (branch) {
        if (step) beginnings.set(after, step)
        const [yes, no] = [blockAt(after), blockAt(instruction.at(-1) ?? -1)]
        return { steps, next: (machine) => (branch(machine) ? yes : no) }
      }
      if (step) steps.push(step)
      const next = nextOf(instruction)
      if (next) return { steps, next }
      pc = after
    }
  }

  function writerOf(instruction: readonly number[]): Step | undefined {
    const [kind, , table = -1] = instruction
    if (kind !== op.literals) return stepOf(instruction, literals)
    const found = plan.literalTables[table]?.literals ?? []
    return foundLiteralStep(found.map((index) => literals[index] as Uint8Array))
  }

  /** How a block ends that this instruction ends, or undefined when it goes on. */
  function nextOf([kind, first = -1, second = -1, third = -1]: readonly number[]) {
    switch (kind) {
      case op.end:
        return always(outcome.emitted)
      case op.bail:
        return always(outcome.bail)
      case op.keepOut:
        return always(outcome.keepOut - first)
      case op.filter:
        return always(outcome.filter - first)
      case op.jump:
        return always(blockAt(first))
      case op.choose:
        return chooser(first, second, blockAt(third))
      default:
        return undefined
    }
  }

  function chooser(column: number, table: number, otherwise: number) {
    const cases = plan.tables[table]?.cases ?? []
    const find = createCaseFinder(format, column, cases)
    const targets = cases.map(({ pc }) => blockAt(pc))
    return (machine: Machine): number => targets[find(machine) - 1] ?? otherwise
  }
}

function always(index: number): () => number {
  return () => index
}

type Code = ReadonlyMap<number, readonly number[]>

/** The instructions by their position. */
function readCode(plan: Plan): Code {
  const code = new Map<number, readonly number[]>()
  let position = 0
  for (const instruction of instructionsOf(plan.code)) {
    code.set(position, instruction)
    position += instruction.length
  }
  return code
}

function isConditional([kind = -1]: readonly number[], plan: Plan): boolean {
  return branchOf([kind, 0, 0, 0], { ...plan, networks: [[]] }, [], []) !== undefined
}

/** Where blocks begin: where something jumps to, and after what may jump. */
function leadersOf(plan: Plan, code: Code, fused: ReadonlyMap<number, Fused>): ReadonlySet<number> {
  const leaders = new Set<number>()
  const visit = (pc: number): void => {
    if (leaders.has(pc)) return
    leaders.add(pc)
    for (let at = pc; ; ) {
      const whole = fused.get(at)
      if (whole) {
        at = whole.next
        continue
      }
      const instruction = code.get(at)
      if (instruction === undefined) return
      const [kind] = instruction
      const after = at + instruction.length
      if (kind === op.jump) return visit(instruction[1] ?? -1)
      if (kind === op.choose) {
        for (const each of plan.tables[instruction[2] ?? -1]?.cases ?? []) visit(each.pc)
        return visit(instruction[3] ?? -1)
      }
      if (isConditional(instruction, plan)) {
        visit(after)
        return visit(instruction.at(-1) ?? -1)
      }
      at = after
    }
  }
  visit(0)
  return leaders
}

/** Finds the sequences that are one step. */
function fuse(
  plan: Plan,
  format: Format,
  code: Code,
  literals: readonly Uint8Array[],
): ReadonlyMap<number, Fused> {
  const fused = new Map<number, Fused>()
  const literalAt = (pc: number): Uint8Array | undefined => {
    const [kind, literal = -1] = code.get(pc) ?? []
    return kind === op.literal ? literals[literal] : undefined
  }
  for (const [start, [kind, column = -1, absent = -1]] of code) {
    if (kind !== op.ifPresent) continue
    const found = memberAt(start + 3, column, absent) ?? choiceAt(start + 3, column, absent)
    if (found) fused.set(start, found)
  }
  return fused

  /** `"name":`, the value, and what ends it. */
  function memberAt(start: number, column: number, absent: number): Fused | undefined {
    const [kind, copied] = code.get(start + 2) ?? []
    const before = literalAt(start)
    const after = literalAt(start + 4)
    const isTime = kind === op.milliseconds
    if (!before || !after || copied !== column || !(isTime || kind === op.copy)) return undefined
    const [carry, bit = -1] = code.get(start + 6) ?? []
    const next = start + (carry === op.carry ? 8 : 6)
    if (next !== absent) return undefined
    const member = { column, before, after, isTime, bit: carry === op.carry ? bit : -1 }
    return { step: memberStep(member), next }
  }

  /** A literal by value, where every way leads on to one place. */
  function choiceAt(start: number, column: number, absentAt: number): Fused | undefined {
    const [kind, chosen, tableIndex = -1, otherwiseAt = -1] = code.get(start) ?? []
    if (kind !== op.choose || chosen !== column) return undefined
    const ways = (plan.tables[tableIndex]?.cases ?? []).map(({ text, pc }) => ({
      text,
      ...wayAt(pc),
    }))
    const next = ways[0]?.next ?? -1
    const [bit = -1] = ways.map((way) => way.bit)
    const others = [otherwiseAt, absentAt].map((pc) => (pc === next ? { next } : wayAt(pc)))
    const caseLiterals: Uint8Array[] = []
    for (const way of ways) {
      if (way.literal === undefined || way.next !== next || way.bit !== bit) return undefined
      caseLiterals.push(way.literal)
    }
    if (others.some((other) => other.next !== next || other.bit !== undefined)) return undefined
    const [otherwise, absent] = others.map((other) =>
      'literal' in other ? other.literal : undefined,
    )
    const choice: LiteralChoice = {
      column,
      find: createCaseFinder(format, column, ways),
      literals: caseLiterals,
      otherwise,
      absent,
      bit: bit ?? -1,
    }
    return { step: literalChoiceStep(choice), next }
  }

  /** A way that only writes a literal: its bit, the literal, and where it leads. */
  function wayAt(pc: number): { bit?: number; literal?: Uint8Array | undefined; next?: number } {
    const [kind, first = -1] = code.get(pc) ?? []
    if (kind === op.carry) return { ...wayAt(pc + 2), bit: first }
    const literal = literalAt(pc)
    if (literal === undefined) return {}
    const [jump, target = -1] = code.get(pc + 2) ?? []
    return { literal, next: jump === op.jump ? target : pc + 2 }
  }
}
