/** Writes the code of plans. */
import type { Origin } from './origin.ts'
import { lengthOf, op, type Plan } from './plan.ts'
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
  /** Writes a literal by number. */
  literals(column: number, texts: ReadonlyMap<number, string>, otherwise: Label): void
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
  const indexes = new Map<string, number>()
  const tables: { column: number; cases: { text: string; label: Label }[] }[] = []
  const literalTables: { numbers: number[]; literals: number[] }[] = []
  const origins: (keyof Origin)[] = []
  const networkLists: (readonly string[])[] = []
  let depth = 0
  let slots = 0
  let bits = 0
  // Where the last literal instruction stands, while nothing can jump between it and the next one.
  let mergeable = -1

  const intern = (text: string): number => {
    const known = indexes.get(text) ?? literals.push(text) - 1
    indexes.set(text, known)
    return known
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
    literals(column, texts, otherwise) {
      const table = { numbers: [...texts.keys()], literals: [...texts.values()].map(intern) }
      literalTables.push(table)
      this.branch(otherwise, op.literals, column, literalTables.length - 1)
    },
    originIndex(name) {
      const known = origins.indexOf(name)
      return known === -1 ? origins.push(name) - 1 : known
    },
    networksIndex: (networks) => networkLists.push(networks) - 1,
    bit: () => bits++,
    finish(mapping) {
      const pool = createPool(literals)
      let ownBytes = 0
      let copies = 0
      for (let pc = 0; pc < code.length; pc += lengthOf(code, pc)) {
        const kind = code[pc] ?? -1
        ownBytes += 36
        if (copying.has(kind)) copies++
        for (const operand of literalOperands[kind] ?? []) {
          const literal = pool.take(code[pc + operand] ?? -1)
          code[pc + operand] = literal.index
          ownBytes += literal.bytes
        }
      }
      for (const { literals: indexes } of literalTables) {
        let longest = 0
        for (const [at, index] of indexes.entries()) {
          const literal = pool.take(index)
          indexes[at] = literal.index
          longest = Math.max(longest, literal.bytes)
        }
        ownBytes += longest
      }
      return {
        mapping,
        code,
        literals: pool.texts,
        literalTables,
        tables: tables.map(({ column, cases }) => ({
          column,
          cases: cases.map(({ text, label }) => ({ text, pc: label.position })),
        })),
        networks: networkLists,
        origins,
        slots,
        bits,
        ownBytes,
        copies,
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

/** Instructions that copy bytes of the line. */
const copying: ReadonlySet<number> = new Set([op.copy, op.line, op.milliseconds, op.rest])

/** Literals without those that were merged into longer ones: only what is taken is kept. */
function createPool(literals: readonly string[]) {
  const texts: string[] = []
  const taken = new Map<number, { readonly index: number; readonly bytes: number }>()
  return {
    texts,
    take(old: number) {
      const known = taken.get(old)
      if (known) return known
      const text = literals[old] ?? ''
      const literal = { index: texts.push(text) - 1, bytes: utf8Length(text) }
      taken.set(old, literal)
      return literal
    },
  }
}
