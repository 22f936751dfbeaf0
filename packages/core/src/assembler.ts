/** Writes the code of plans. */
import type { Origin } from './origin.ts'
import { instructionsOf, op, type Plan } from './plan.ts'
import { utf8Length } from './utf8.ts'

/** A position in the code that is not known yet. */
export interface Label {
  position: number
  readonly uses: number[]
}

/** Collects the code of a plan: literals merge, and labels are filled in when they are placed. */
export interface Assembler {
  emit(...instruction: readonly number[]): void
  literal(text: string): void
  /** Ends an object or list that is never empty; `text` is written over the last comma. */
  closeFull(text: string): void
  open(text: string): number
  close(slot: number, text: string): void
  label(): Label
  place(label: Label): void
  /** An instruction whose last operand is the label. */
  branch(label: Label, ...instruction: readonly number[]): void
  intern(text: string): number
  table(column: number, cases: readonly { text: string; label: Label }[], otherwise: Label): void
  originIndex(name: keyof Origin): number
  /** A bit that no other field has. */
  bit(): number
  networksIndex(networks: readonly string[]): number
  finish(mapping: string): Plan
}

/** Starts an empty plan. */
export function createAssembler(): Assembler {
  const code: number[] = []
  const literals: string[] = []
  const tables: { column: number; cases: { text: string; label: Label }[] }[] = []
  const origins: (keyof Origin)[] = []
  const networkLists: (readonly string[])[] = []
  let depth = 0
  let slots = 0
  let bits = 0
  // Where the last literal instruction stands, while nothing can jump between it and the next one.
  let mergeable = -1

  const intern = (text: string): number => {
    const known = literals.indexOf(text)
    return known === -1 ? literals.push(text) - 1 : known
  }
  const emit = (...instruction: readonly number[]): void => {
    code.push(...instruction)
    mergeable = -1
  }
  const literal = (text: string): void => {
    if (mergeable !== -1) {
      code[mergeable + 1] = intern(`${literals[code[mergeable + 1] ?? -1]}${text}`)
      return
    }
    emit(op.literal, intern(text))
    mergeable = code.length - 2
  }
  return {
    emit,
    literal,
    intern,
    closeFull(text) {
      const last = mergeable === -1 ? undefined : literals[code[mergeable + 1] ?? -1]
      if (last?.endsWith(',')) code[mergeable + 1] = intern(`${last.slice(0, -1)}${text}`)
      else emit(op.closeFull, intern(text))
    },
    open(text) {
      emit(op.open, depth, intern(text))
      depth++
      slots = Math.max(slots, depth)
      return depth - 1
    },
    close(slot, text) {
      depth = slot
      emit(op.close, slot, intern(text))
    },
    label: () => ({ position: -1, uses: [] }),
    place(label) {
      label.position = code.length
      for (const use of label.uses) code[use] = label.position
      mergeable = -1
    },
    branch(label, ...instruction) {
      emit(...instruction, label.position)
      if (label.position === -1) label.uses.push(code.length - 1)
    },
    table(column, cases, otherwise) {
      tables.push({ column, cases: [...cases] })
      this.branch(otherwise, op.choose, column, tables.length - 1)
    },
    originIndex(name) {
      const known = origins.indexOf(name)
      return known === -1 ? origins.push(name) - 1 : known
    },
    networksIndex: (networks) => networkLists.push(networks) - 1,
    bit: () => bits++,
    finish(mapping) {
      const used = instructionsOf(code)
      const { pool, compacted } = compactLiterals(used, literals)
      const ownBytes = used.reduce((sum, instruction) => {
        const written = literalOperands[instruction[0] ?? -1] ?? []
        const bytes = written.map((operand) =>
          utf8Length(literals[instruction[operand] ?? -1] ?? ''),
        )
        return sum + bytes.reduce((total, each) => total + each, 36)
      }, 0)
      const copying: readonly number[] = [op.copy, op.line, op.milliseconds, op.rest]
      return {
        mapping,
        code: compacted,
        literals: pool,
        tables: tables.map(({ column, cases }) => ({
          column,
          cases: cases.map(({ text, label }) => ({ text, pc: label.position })),
        })),
        networks: networkLists,
        origins,
        slots,
        bits,
        ownBytes,
        copies: used.filter(([kind = -1]) => copying.includes(kind)).length,
      }
    },
  }
}

/** Which operands of an instruction are literals. */
const literalOperands: Readonly<Record<number, readonly number[]>> = {
  [op.literal]: [1],
  [op.open]: [2],
  [op.close]: [2],
  [op.closeFull]: [1],
  [op.rest]: [3, 4],
  [op.ifText]: [2],
  [op.ifTextIgnoringCase]: [2],
  [op.communityId]: [1],
}

/** Leaves out the literals that were merged into longer ones. */
function compactLiterals(
  instructions: readonly (readonly number[])[],
  literals: readonly string[],
): { pool: readonly string[]; compacted: readonly number[] } {
  const pool: string[] = []
  const moved = new Map<number, number>()
  const compacted = instructions.flatMap((instruction) => {
    const written = literalOperands[instruction[0] ?? -1] ?? []
    return written.reduce((moving, operand) => {
      const old = instruction[operand] ?? -1
      const known = moved.get(old) ?? pool.push(literals[old] ?? '') - 1
      moved.set(old, known)
      return moving.with(operand, known)
    }, instruction)
  })
  return { pool, compacted }
}
