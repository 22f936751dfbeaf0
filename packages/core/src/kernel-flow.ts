/**
 * The shape of a plan's code. A plan jumps forward only, so that each place that is jumped to is the
 * end of a block which begins at, or before, the first jump to it; blocks that would overlap begin
 * together.
 */
import { instructionAt, lengthOf, op, type Plan } from './plan.ts'
import { type Label, label } from './wasm-code.ts'

/** An instruction that some line may reach. */
export interface FlowStep {
  readonly pc: number
  readonly instruction: readonly number[]
  /** Blocks that end before it, the innermost first. */
  readonly ends: readonly Label[]
  /** Blocks that begin before it, the outermost first. */
  readonly begins: readonly Label[]
  /** Where it goes on without a jump, or −1. */
  readonly next: number
}

/** Where an instruction may lead. */
interface Successors {
  /** Where it goes on without a jump; undefined where it never does. */
  readonly next?: number
  readonly jumps: readonly number[]
}

/** A plan as steps in the order of its code, and the label of every place that is jumped to. */
export interface Flow {
  readonly steps: readonly FlowStep[]
  readonly labels: ReadonlyMap<number, Label>
}

/** Where an instruction may lead, as its meaning says; `after` is what stands behind it. */
export function successorsOf(
  plan: Plan,
  after: number,
  instruction: readonly number[],
): Successors {
  const [kind, first = -1, second = -1] = instruction
  switch (kind) {
    case op.end:
    case op.bail:
    case op.keepOut:
    case op.filter:
      return { jumps: [] }
    case op.jump:
      return { jumps: [first] }
    case op.choose: {
      const cases = plan.tables[second]?.cases ?? []
      return { jumps: [...cases.map((each) => each.pc), instruction.at(-1) ?? -1] }
    }
    case op.ifPresent:
    case op.ifOrigin:
    case op.ifOriginTime:
    case op.ifText:
    case op.ifTextIgnoringCase:
    case op.ifDiffers:
    case op.ifBits:
    case op.ifFamily:
    case op.ifInOrder:
    case op.ifNew:
    case op.communityId:
    case op.ifNetwork:
    case op.ifSample:
    case op.literals:
      return { next: after, jumps: [instruction.at(-1) ?? -1] }
    default:
      return { next: after, jumps: [] }
  }
}

/** Lays out what can be reached; `simpler` has what takes the place of instructions. */
export function layOut(plan: Plan, simpler: ReadonlyMap<number, readonly number[]>): Flow {
  const { code } = plan
  const instructions = new Map<number, readonly number[]>()
  const reached = new Map<number, Successors>()
  const waiting = [0]
  for (let pc = waiting.pop(); pc !== undefined; pc = waiting.pop()) {
    if (reached.has(pc) || code[pc] === undefined) continue
    const instruction = simpler.get(pc) ?? instructionAt(code, pc)
    const successors = successorsOf(plan, pc + lengthOf(code, pc), instruction)
    instructions.set(pc, instruction)
    reached.set(pc, successors)
    waiting.push(...successors.jumps, ...(successors.next === undefined ? [] : [successors.next]))
  }
  const order = [...reached.keys()].sort((left, right) => left - right)
  const indexes = new Map(order.map((pc, index) => [pc, index]))
  const starts = blockStarts(order, reached, indexes)
  const labels = new Map(order.flatMap((pc) => (starts.has(pc) ? [[pc, label(`${pc}`)]] : [])))
  const begins = new Map<number, number[]>()
  for (const [target, start] of starts) {
    begins.set(start, [...(begins.get(start) ?? []), target])
  }
  const labelOf = (pc: number): Label => labels.get(pc) as Label
  const steps = order.map((pc, index) => ({
    pc,
    instruction: instructions.get(pc) as readonly number[],
    ends: labels.has(pc) ? [labelOf(pc)] : [],
    begins: (begins.get(index) ?? []).sort((left, right) => right - left).map(labelOf),
    next: order[index + 1] ?? -1,
  }))
  return { steps, labels }
}

/** For each place that is jumped to, the index of the step before which its block begins. */
function blockStarts(
  order: readonly number[],
  reached: ReadonlyMap<number, Successors>,
  indexes: ReadonlyMap<number, number>,
): Map<number, number> {
  const first = new Map<number, number>()
  for (const [index, pc] of order.entries()) {
    const { jumps, next } = reached.get(pc) as Successors
    const following = order[index + 1]
    const isTaken = (target: number): boolean => target !== following || jumps.length > 1
    const targets = next === undefined || next === following ? jumps : [...jumps, next]
    for (const target of targets) {
      if (target <= pc) throw new Error('a plan must not jump back')
      if (isTaken(target) && !first.has(target)) first.set(target, index)
    }
  }
  const starts = new Map<number, number>()
  // Each with the index of its end; a block must not begin inside one that ends before it.
  const placed: { start: number; end: number }[] = []
  for (const target of [...first.keys()].sort((left, right) => left - right)) {
    let start = first.get(target) as number
    for (let index = placed.length - 1; index >= 0; index--) {
      const other = placed[index] as (typeof placed)[0]
      if (other.end <= start) break
      if (other.start < start) start = other.start
    }
    placed.push({ start, end: indexes.get(target) as number })
    starts.set(target, start)
  }
  return starts
}
