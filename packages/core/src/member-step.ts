/** Steps made of several instructions, for what nearly every line has: `"name":value,`. */
import { toWords, writeWords } from './literal-step.ts'
import { copyValue, isText, type Machine, type Step } from './machine.ts'

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
  /** Whether the column's number was read. */
  readonly isSmall: boolean
  readonly cases: readonly { readonly text: string; readonly literal: Uint8Array }[]
  readonly otherwise: Uint8Array | undefined
  readonly absent: Uint8Array | undefined
  /** The bit of the field, or −1. */
  readonly bit: number
}

/** The step of a choice between literals. */
export function literalChoiceStep(choice: LiteralChoice): Step {
  const { column, cases, otherwise, absent, bit } = choice
  const byNumber = choice.isSmall ? literalsByNumber(cases) : undefined
  const texts = cases.map(({ text }) =>
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
  )
  const literals = cases.map(({ literal }) => literal)

  function find(machine: Machine): Uint8Array | undefined {
    if (byNumber) return byNumber[machine.numbers[column] as number]
    for (let index = 0; index < texts.length; index++) {
      if (isText(machine, column, texts[index] as Uint8Array)) return literals[index]
    }
    return undefined
  }

  return (machine, end) => {
    let literal = absent
    if (machine.absent[column] === 0) {
      literal = find(machine)
      if (literal === undefined) literal = otherwise
      else if (bit !== -1) machine.carried[bit] = 1
    }
    if (literal === undefined) return end
    machine.output.set(literal, end)
    return end + literal.length
  }
}

/** Literals by number, where all numbers are small. */
function literalsByNumber(
  cases: LiteralChoice['cases'],
): readonly (Uint8Array | undefined)[] | undefined {
  if (cases.some(({ text }) => !/^(?:0|[1-9][0-9]{0,2})$/.test(text))) return undefined
  const literals = new Array<Uint8Array | undefined>(1000).fill(undefined)
  for (const { text, literal } of cases) literals[Number(text)] = literal
  return literals
}
