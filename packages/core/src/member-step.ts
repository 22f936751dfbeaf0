/** Steps made of several instructions, for what nearly every line has: `"name":value,`. */
import type { FindCase } from './case-finder.ts'
import { toWords, writeWords } from './literal-step.ts'
import { copyValue, type Machine, type Step } from './machine.ts'

/** A literal, a value and a literal, unless the value is absent. */
export interface Member {
  readonly column: number
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** Whether the value is a time to be written in milliseconds. */
  readonly isTime: boolean
  /** The bit of the field, or −1. */
  readonly bit: number
}

/** The step of a member. */
export function memberStep({ column, before, after, isTime, bit }: Member): Step {
  const write = writeBefore(before)
  const suffix = Uint8Array.from([...(isTime ? [48, 48, 48] : []), ...after])
  const { length } = before
  const words = toWords(before)
  const tail = toWords(suffix)
  if (words && tail?.length === 1 && bit === -1) {
    const last = tail[0] as number
    const total = suffix.length
    return (machine, end) => {
      if (machine.absent[column] === 1) return end
      writeWords(machine, words, end)
      const next = copyValue(machine, column, end + length)
      machine.outputView.setFloat64(next, last, true)
      return next + total
    }
  }
  return (machine, end) => {
    if (machine.absent[column] === 1) return end
    if (bit !== -1) machine.carried[bit] = 1
    write(machine, end)
    const next = copyValue(machine, column, end + length)
    machine.output.set(suffix, next)
    return next + suffix.length
  }
}

function writeBefore(bytes: Uint8Array): (machine: Machine, end: number) => void {
  const words = toWords(bytes)
  if (words) return (machine, end) => writeWords(machine, words, end)
  return (machine, end) => machine.output.set(bytes, end)
}

/** A literal for each of some values of a column, and perhaps for others and for none. */
export interface LiteralChoice {
  readonly column: number
  readonly find: FindCase
  /** The literal of each case. */
  readonly literals: readonly Uint8Array[]
  readonly otherwise: Uint8Array | undefined
  readonly absent: Uint8Array | undefined
  /** The bit of the field, or −1. */
  readonly bit: number
}

/** The step of a choice between literals. */
export function literalChoiceStep(choice: LiteralChoice): Step {
  const { column, find, literals, otherwise, absent, bit } = choice
  return (machine, end) => {
    let literal = absent
    if (machine.absent[column] === 0) {
      literal = literals[find(machine) - 1]
      if (literal === undefined) literal = otherwise
      else if (bit !== -1) machine.carried[bit] = 1
    }
    if (literal === undefined) return end
    machine.output.set(literal, end)
    return end + literal.length
  }
}

/** The step that writes the literal whose number the machine has found. */
export function foundLiteralStep(literals: readonly Uint8Array[]): Step {
  return (machine, end) => {
    const literal = literals[machine.found - 1] as Uint8Array
    machine.output.set(literal, end)
    return end + literal.length
  }
}
