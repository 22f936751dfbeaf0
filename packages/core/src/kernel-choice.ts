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
  { code, literals: texts, tables }: Plan,
  [kind, column = -1, table = -1, otherwise = -1]: readonly number[],
): LiteralChoice | undefined {
  const cases = (kind === op.choose && tables[table]?.cases) || []
  if (cases.length < 4) return undefined
  const literals = new Map<number, string>()
  const nexts = new Set<number>()
  const bits = new Set<number>()
  for (const { text, pc } of cases) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return undefined
    const carries = code[pc] === op.carry
    const at = carries ? pc + 2 : pc
    if (code[at] !== op.literal) return undefined
    const value = texts[code[at + 1] ?? -1] ?? ''
    if (utf8Length(value) > maxLiteral) return undefined
    literals.set(Number(text), value)
    nexts.add((code[at + 2] === op.jump ? code[at + 3] : undefined) ?? at + 2)
    bits.add((carries ? code[pc + 1] : undefined) ?? -1)
  }
  if (nexts.size !== 1 || bits.size !== 1) return undefined
  const [next = -1] = nexts
  const [bit = -1] = bits
  return { column, literals, bit, next, otherwise }
}
