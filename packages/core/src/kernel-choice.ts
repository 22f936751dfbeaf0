/** Choices that only decide between literals: a table in memory instead of code for each case. */
import { op, type Plan } from './plan.ts'
import { utf8Length } from './utf8.ts'

/** Longer literals are better copied by code of their own. */
export const maxLiteral = 255

/** A choice by a number of up to three digits, in which every case writes a literal and goes on at one place. */
export interface LiteralChoice {
  readonly column: number
  /** The literal of each number. */
  readonly literals: ReadonlyMap<number, string>
  /** The bit of the field that the cases carry, or −1. */
  readonly bit: number
  readonly next: number
  readonly otherwise: number
}

/** The choice of an instruction, if it is such a one. */
export function literalChoiceOf(
  plan: Plan,
  code: ReadonlyMap<number, readonly number[]>,
  [kind, column = -1, table = -1, otherwise = -1]: readonly number[],
): LiteralChoice | undefined {
  const cases = plan.tables[table]?.cases ?? []
  if (kind !== op.choose || cases.length < 4) return undefined
  const literals = new Map<number, string>()
  const nexts = new Set<number>()
  const bits = new Set<number>()
  for (const { text, pc } of cases) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined
    const [first, bit = -1] = code.get(pc) ?? []
    const at = first === op.carry ? pc + 2 : pc
    const [written, literal = -1] = code.get(at) ?? []
    if (written !== op.literal) return undefined
    const [jump, target = -1] = code.get(at + 2) ?? []
    const value = plan.literals[literal] ?? ''
    if (utf8Length(value) > maxLiteral) return undefined
    literals.set(Number(text), value)
    nexts.add(jump === op.jump ? target : at + 2)
    bits.add(first === op.carry ? bit : -1)
  }
  if (nexts.size !== 1 || bits.size !== 1) return undefined
  const [next = -1] = nexts
  const [bit = -1] = bits
  return { column, literals, bit, next, otherwise }
}
