/**
 * Plans: a mapping compiled for one format to a flat list of numbers and a pool of literal bytes,
 * which an engine executes line by line straight into an output buffer. A plan is plain data; the
 * portable engine runs it, and so can any other that keeps to the meanings below.
 *
 * Every attribute is written as `"name":value,`; what closes an object or list is written over the
 * last comma, so that nobody has to know which attribute was the first.
 */
import type { Origin } from './origin.ts'
import type { TimeText } from './time.ts'

/** The instructions, each with its operands. `pc` is a position in the code, `literal` in the table of literals. */
export const op = {
  /** End of an event; its line feed is already written. */
  end: 0,
  /** Gives the line up to the object lane. */
  bail: 1,
  /** `column`: the line is kept out, counted under `keptOutColumns[column]`. */
  keepOut: 2,
  /** `rule`: the line is dropped by a filter rule. */
  filter: 3,
  /** `pc` */
  jump: 4,
  /** `literal` */
  literal: 5,
  /** `column`: the value's bytes. */
  copy: 6,
  /** `column`: a time in seconds, written in milliseconds. */
  milliseconds: 7,
  /** `from to`: milliseconds between two times, of which `ifInOrder` has asked just before. */
  duration: 8,
  /** `origin`: something known of the origin, as JSON text without quotes. */
  origin: 9,
  /** `origin`: its time, in milliseconds. */
  originTime: 30,
  /** The deterministic id. */
  id: 10,
  /** The line. */
  line: 11,
  /** `slot literal`: begins an object or list that may stay empty. */
  open: 12,
  /** `slot literal`: ends it, or takes it back if it is empty. */
  close: 13,
  /** `literal`: ends an object or list that is never empty. */
  closeFull: 14,
  /** `bit`: the event carries this field. */
  carry: 15,
  /** `bit left right`: the event carries the field of `right` if both hold the same value. */
  carryIfSame: 16,
  /** `bit column before after`: writes a field between two literals unless it is absent or carried; bit −1 is never carried. */
  rest: 17,
  /** `column pc`: goes on at `pc` unless the column has a value. */
  ifPresent: 18,
  /** `origin pc` */
  ifOrigin: 19,
  /** `origin pc`: unless the origin has a plausible time. */
  ifOriginTime: 20,
  /** `column literal pc`: unless the value is this text. */
  ifText: 21,
  /** `column literal pc`: unless the value is this lower-case text, in any case. */
  ifTextIgnoringCase: 22,
  /** `left right pc`: unless two present addresses differ. */
  ifDiffers: 23,
  /** `column mask value pc`: unless the masked bits have this value. */
  ifBits: 24,
  /** `column version pc`: unless the address is of this IP version. */
  ifFamily: 25,
  /** `from to pc`: unless `to` is not before `from`. */
  ifInOrder: 26,
  /** Forgets the values of the list before. */
  distinct: 27,
  /** `column pc`: unless the value is new to the list. */
  ifNew: 28,
  /** Ends the document before the event with a line feed. */
  newline: 31,
  /** `column form`: a time in seconds, as text. */
  timeText: 32,
  /** `origin form`: its time, as text. */
  originTimeText: 33,
  /** `origin`: its time, in seconds. */
  originSeconds: 34,
  /** How many bytes the line has. */
  lineLength: 35,
  /** The time of the call, in milliseconds. */
  now: 36,
  /** The same as RFC 3339 text. */
  nowShortDatetime: 40,
  /** `literal from to pc`: writes the literal and the Community ID, or goes on at `pc` where there is none. */
  communityId: 37,
  /** `column networks pc`: unless the address lies in one of the networks. */
  ifNetwork: 38,
  /** `share pc`: unless the conversation belongs to the share, in millionths. */
  ifSample: 39,
  /** `column table pc`: goes on where the table says for the value, or at `pc`. */
  choose: 29,
  /** `column table pc`: writes the literal that the table has for the number, or goes on at `pc`. */
  literals: 41,
} as const

/** The names behind the operand `form`. */
export const timeForms: readonly TimeText[] = ['datetime', 'shortDatetime', 'date', 'timeOfDay']

/** The names behind the operand of `keepOut`. */
export const keptOutColumns = ['nodata', 'skipdata'] as const

/** Where to go on, by the value of a column. */
interface ChoiceTable {
  readonly column: number
  readonly cases: readonly { readonly text: string; readonly pc: number }[]
}

/** A literal for each of some numbers of up to three digits. */
interface LiteralTable {
  readonly numbers: readonly number[]
  /** Positions in the table of literals, each of at most `maxTableLiteral` bytes. */
  readonly literals: readonly number[]
}

/** How many bytes a literal in a table has at most. */
export const maxTableLiteral = 255

/** A compiled mapping; see `op` for the meaning of the code. */
export interface Plan {
  readonly mapping: string
  readonly code: readonly number[]
  readonly literals: readonly string[]
  readonly tables: readonly ChoiceTable[]
  readonly literalTables: readonly LiteralTable[]
  /** The lists of networks behind the operands of `ifNetwork`. */
  readonly networks: readonly (readonly string[])[]
  /** Origin names behind the operands of origin instructions. */
  readonly origins: readonly (keyof Origin)[]
  /** How many objects or lists are open at once at most. */
  readonly slots: number
  /** How many fields only some events carry. */
  readonly bits: number
  /** Bytes that an event has at most, besides those copied from the line or its origin. */
  readonly ownBytes: number
  /** How many times the bytes of the line can appear in an event. */
  readonly copies: number
}

/** How many operands each instruction has. */
const operands: Readonly<Record<number, number>> = {
  [op.end]: 0,
  [op.bail]: 0,
  [op.keepOut]: 1,
  [op.filter]: 1,
  [op.jump]: 1,
  [op.literal]: 1,
  [op.copy]: 1,
  [op.milliseconds]: 1,
  [op.duration]: 2,
  [op.origin]: 1,
  [op.originTime]: 1,
  [op.id]: 0,
  [op.line]: 0,
  [op.open]: 2,
  [op.close]: 2,
  [op.closeFull]: 1,
  [op.carry]: 1,
  [op.carryIfSame]: 3,
  [op.rest]: 4,
  [op.ifPresent]: 2,
  [op.ifOrigin]: 2,
  [op.ifOriginTime]: 2,
  [op.ifText]: 3,
  [op.ifTextIgnoringCase]: 3,
  [op.ifDiffers]: 3,
  [op.ifBits]: 4,
  [op.ifFamily]: 3,
  [op.ifInOrder]: 3,
  [op.distinct]: 0,
  [op.ifNew]: 2,
  [op.choose]: 3,
  [op.literals]: 3,
  [op.newline]: 0,
  [op.timeText]: 2,
  [op.originTimeText]: 2,
  [op.originSeconds]: 1,
  [op.lineLength]: 0,
  [op.now]: 0,
  [op.nowShortDatetime]: 0,
  [op.communityId]: 4,
  [op.ifNetwork]: 3,
  [op.ifSample]: 2,
}

/** The code as instructions with their operands. */
export function instructionsOf(code: readonly number[]): readonly (readonly number[])[] {
  const instructions: (readonly number[])[] = []
  for (let position = 0; position < code.length; ) {
    const instruction = instructionAt(code, position)
    instructions.push(instruction)
    position += instruction.length
  }
  return instructions
}

/** The instruction at a place, with its operands. */
export function instructionAt(code: readonly number[], pc: number): readonly number[] {
  return code.slice(pc, pc + lengthOf(code, pc))
}

/** How many numbers the instruction at a place takes. */
export function lengthOf(code: readonly number[], pc: number): number {
  return 1 + (operands[code[pc] ?? -1] ?? 0)
}
