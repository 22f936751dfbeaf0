/** Records of the lines that a kernel has read: at once, or value by value when somebody asks. */
import { emptyRecord, internKeys } from './empty-record.ts'
import type { FieldValue } from './fields.ts'
import type { Format } from './format.ts'
import { keptPlaces, widthBits } from './kernel-cell-layout.ts'
import { type Columns, isNumeric } from './kernel-columns.ts'
import type { AnyRecord, MakeRecords } from './parse-lines.ts'
import { createAsciiDecoder } from './platform.ts'
import { storeCells } from './store-cells.ts'

const dash = 45
const zero = 48
const widthMask = 2 ** widthBits - 1

/** Records like those of `parse`. Texts that come in many blocks are the same string in all of them. */
export function createRecords({ columns }: Format): MakeRecords {
  const decoder = createAsciiDecoder()
  const keys = internKeys(columns.map(({ key }) => key))
  const empty = emptyRecord(keys)
  const width = keys.length
  // What is kept, and behind it the new values of a block.
  const values: FieldValue[] = new Array<FieldValue>(keptPlaces).fill(undefined)

  function takeNewValues({ words, texts, wide }: Columns): void {
    const text = decoder.decode(texts)
    let from = 0
    let numbers = 0
    for (const word of words) {
      const to = from + (word & widthMask)
      const place = word >>> widthBits
      // A part of a text keeps the whole of it, so what is kept for long is decoded alone.
      const value = place > 0 ? decoder.decode(texts.subarray(from, to)) : text.slice(from, to)
      const present = value === '-' ? undefined : value
      values.push(word === 0 ? wide[numbers++] : present)
      if (place > 0) values[place] = present
      from = to
    }
  }

  return (read, results) => {
    const { count, cells } = read
    takeNewValues(read)
    let start = results.length
    results.length += count
    for (let line = 0; line < count; line++) {
      const record = { ...empty }
      storeCells(record, keys, cells, line * width, values)
      results[start++] = record
    }
    values.length = keptPlaces
  }
}

/** What the rows of a block share; where their values are is copied, since memory is used again. */
interface Rows {
  readonly input: Uint8Array
  readonly shift: number
  readonly delimiters: Int32Array
}

/** A line; its values are the getters of the classes of rows. */
class Row {
  readonly rows: Rows
  readonly place: number

  constructor(rows: Rows, place: number) {
    this.rows = rows
    this.place = place
  }
}

/** Rows, which have a getter for each key of the format. */
export function createRows({ columns }: Format): MakeRecords {
  const decoder = createAsciiDecoder()
  const width = columns.length
  class FormatRow extends Row {}
  const getters = columns.map((column, index) => {
    const isNumber = isNumeric(column)
    return ({ rows: { input, shift, delimiters }, place }: Row): FieldValue => {
      const from = (delimiters[place + index] as number) + 1 + shift
      const to = (delimiters[place + index + 1] as number) + shift
      if (to - from === 1 && input[from] === dash) return undefined
      return isNumber ? numberOf(input, from, to) : decoder.decode(input.subarray(from, to))
    }
  })
  for (const [index, { key }] of columns.entries()) {
    const read = getters[index] as (typeof getters)[0]
    Object.defineProperty(FormatRow.prototype, key, {
      get(this: Row) {
        return read(this)
      },
      enumerable: true,
    })
  }
  Object.defineProperty(FormatRow.prototype, 'toJSON', {
    value(this: AnyRecord) {
      return Object.fromEntries(columns.map(({ key }) => [key, this[key]]))
    },
  })
  return ({ count, input, shift, delimiters }, results) => {
    const rows: Rows = { input, shift, delimiters: delimiters.slice() }
    let start = results.length
    results.length += count
    for (let line = 0; line < count; line++) {
      results[start++] = new FormatRow(rows, line * width) as unknown as AnyRecord
    }
  }
}

/** The number of up to 15 digits between two positions. */
function numberOf(input: Uint8Array, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at++) number = number * 10 + ((input[at] as number) - zero)
  return number
}
