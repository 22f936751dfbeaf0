/** Records of the lines that a kernel has read: at once, or value by value when somebody asks. */
import { emptyRecord, internKeys } from './empty-record.ts'
import type { FieldValue } from './fields.ts'
import type { Format } from './format.ts'
import { slots, widthBits } from './kernel-cells.ts'
import { type Columns, isNumeric } from './kernel-columns.ts'
import type { AnyRecord, MakeRecords } from './parse-lines.ts'
import { createAsciiDecoder } from './platform.ts'
import { storeCells } from './store-cells.ts'

const dash = 45
const widthMask = 2 ** widthBits - 1

/** Records like those of `parse`. Texts that come in many blocks are the same string in all of them. */
export function createRecords({ columns }: Format): MakeRecords {
  const decoder = createAsciiDecoder()
  const keys = internKeys(columns.map(({ key }) => key))
  const isNumber = Uint8Array.from(columns, (column) => (isNumeric(column) ? 1 : 0))
  const empty = emptyRecord(keys)
  const width = keys.length
  const kept = new Array<FieldValue>(slots)

  /** The new values of a block, by their places. */
  function newValues({ words, texts, wide }: Columns): FieldValue[] {
    const text = decoder.decode(texts)
    const values = new Array<FieldValue>(words.length + 1)
    let from = 0
    let numbers = 0
    for (let index = 0; index < words.length; index++) {
      const word = words[index] as number
      const to = from + (word & widthMask)
      if (word === 0) values[index + 1] = wide[numbers++]
      // A part of a text keeps the whole of it, so that what is kept for long is decoded alone.
      else if (word > widthMask) values[index + 1] = decoder.decode(texts.subarray(from, to))
      else values[index + 1] = text.slice(from, to)
      if (values[index + 1] === '-') values[index + 1] = undefined
      from = to
    }
    return values
  }

  return (read, results) => {
    const { count, cells, words } = read
    const values = newValues(read)
    let start = results.length
    results.length += count
    for (let line = 0; line < count; line++) {
      const record = { ...empty }
      storeCells(record, keys, isNumber, cells, line * width, values, kept)
      results[start++] = record
    }
    // The block may still have had an older text in the slot.
    for (let index = 0; index < words.length; index++) {
      const slot = (words[index] as number) >>> widthBits
      if (slot > 0) kept[slot] = values[index + 1]
    }
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
      const text = decoder.decode(input.subarray(from, to))
      return isNumber ? Number(text) : text
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
