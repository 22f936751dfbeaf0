/** Values of the scanned line as text, for what is rare enough to be done with strings. */
import { sameAddress } from './address.ts'
import { isSame, type Machine } from './machine.ts'
import { createTextDecoder } from './platform.ts'

const decoder = createTextDecoder(false)
const colon = 58

/** The value of a column as text; empty where it is absent or the format has no such column. */
export function textOf({ input, starts, ends, absent }: Machine, column: number): string {
  if (column === -1 || absent[column] === 1) return ''
  return decoder.decode(input.subarray(starts[column], ends[column]))
}

/** Whether two values are the same text, or two spellings of one IPv6 address. */
export function isSameValue(machine: Machine, left: number, right: number): boolean {
  if (isSame(machine, left, right)) return true
  if (!hasColon(machine, left) || !hasColon(machine, right)) return false
  return sameAddress(textOf(machine, left), textOf(machine, right))
}

/** Whether a value may be an IPv6 address; a text column can hold one too. */
function hasColon({ input, starts, ends }: Machine, column: number): boolean {
  const end = ends[column] as number
  for (let at = starts[column] as number; at < end; at++) if (input[at] === colon) return true
  return false
}
