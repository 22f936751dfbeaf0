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
  /** Whether it may go on with the instruction behind it. */
  readonly goesOn: boolean
  readonly jumps: readonly number[]
}

/** A plan as steps in the order of its code, and the label of every place that is jumped to. */
export interface Flow {
  readonly steps: readonly FlowStep[]
  readonly labels: ReadonlyMap<number, Label>
}

/** Where an instruction may lead, as its meaning says. */
function successorsOf(plan: Plan, instruction: readonly number[]): Successors {
  const [kind, first = -1, second = -1] = instruction
  switch (kind) {
    case op.end:
    case op.bail:
    case op.keepOut:
    case op.filter:
      return { goesOn: false, jumps: [] }
    case op.jump:
      return { goesOn: false, jumps: [first] }
    case op.choose: {
      const cases = plan.tables[second]?.cases ?? []
      const jumps = [...cases.map((each) => each.pc), instruction.at(-1) ?? -1]
      return { goesOn: false, jumps }
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
      return { goesOn: true, jumps: [instruction.at(-1) ?? -1] }
    default:
      return { goesOn: true, jumps: [] }
  }
}

/** Lays out what can be reached. */
export function layOut(plan: Plan): Flow {
  const reached = reachedBy(plan)
  const indexes = new Map(reached.map(({ pc }, index) => [pc, index]))
  const starts = blockStarts(reached, indexes)
  const labels = new Map<number, Label>()
  // By where they begin; a later target is farther out, and comes first.
  const begins = new Map<number, Label[]>()
  for (const [target, start] of starts) {
    const made = label(`${target}`)
    labels.set(target, made)
    const together = begins.get(start)
    if (together) together.unshift(made)
    else begins.set(start, [made])
  }
  const steps = reached.map(({ pc, instruction }, index) => {
    const ended = labels.get(pc)
    const next = reached[index + 1]?.pc ?? -1
    return { pc, instruction, ends: ended ? [ended] : [], begins: begins.get(index) ?? [], next }
  })
  return { steps, labels }
}

/** An instruction, and where it leads. */
interface Reached extends Successors {
  readonly pc: number
  readonly instruction: readonly number[]
}

/** What some line may reach, in order. */
function reachedBy(plan: Plan): readonly Reached[] {
  const { code } = plan
  const reached: Reached[] = []
  const isReached = new Uint8Array(code.length + 1)
  isReached[0] = 1
  for (let pc = 0, after = 0; pc < code.length; pc = after) {
    after = pc + lengthOf(code, pc)
    if (isReached[pc] === 0) continue
    const instruction = instructionAt(code, pc)
    const successors = successorsOf(plan, instruction)
    reached.push({ pc, instruction, ...successors })
    if (successors.goesOn) isReached[after] = 1
    for (const target of successors.jumps) {
      if (target <= pc) throw new Error('a plan must not jump back')
      isReached[target] = 1
    }
  }
  return reached
}

/**
 * For each place that is jumped to, in order, the index of the step before which its block begins.
 */
function blockStarts(
  reached: readonly Reached[],
  indexes: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const first = new Map<number, number>()
  for (const [index, { jumps }] of reached.entries()) {
    const following = reached[index + 1]?.pc
    for (const target of jumps) {
      const isTaken = target !== following || jumps.length > 1
      if (isTaken && !first.has(target)) first.set(target, index)
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
