/** Records of the lines that a kernel has read: at once, or value by value when somebody asks. */
import { emptyRecord, internKeys } from './empty-record.ts'
import type { FieldValue } from './fields.ts'
import type { Format } from './format.ts'
import { isNumeric } from './kernel-columns.ts'
import type { AnyRecord, MakeRecords } from './parse-lines.ts'
import { createAsciiDecoder } from './platform.ts'
import { storeValues } from './store-values.ts'

const dash = 45

/** Records like those of `parse`. Their texts share the text of their block. */
export function createRecords({ columns }: Format): MakeRecords {
  const decoder = createAsciiDecoder()
  const keys = internKeys(columns.map(({ key }) => key))
  const numeric = Uint8Array.from(columns, (column) => (isNumeric(column) ? 1 : 0))
  const empty = emptyRecord(keys)
  const width = keys.length
  return ({ count, input, from: begin, shift, delimiters, numbers }, results) => {
    const text = decoder.decode(
      input.subarray(begin, shift + (delimiters[count * width] as number)),
    )
    // From addresses to positions in the text.
    const back = shift - begin
    const values = new Array<FieldValue>(width)
    let number = 0
    let place = 0
    let start = results.length
    results.length += count
    for (let line = 0; line < count; line++) {
      const record = { ...empty }
      for (let column = 0; column < width; column++) {
        const from = (delimiters[place++] as number) + 1 + back
        if (numeric[column] === 1) {
          const value = numbers[number++] as number
          // An absent one is NaN.
          values[column] = value >= 0 ? value : undefined
        } else {
          const to = (delimiters[place] as number) + back
          const isAbsent = to - from === 1 && input[from + begin] === dash
          values[column] = isAbsent ? undefined : text.slice(from, to)
        }
      }
      storeValues(record, keys, values)
      results[start++] = record
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
