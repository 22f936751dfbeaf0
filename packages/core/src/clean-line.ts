/**
 * The parser's fast path: one pass over the bytes of a line, straight into a record. It is sure of
 * lines that need nothing tolerated, and leaves all others, bad ones among them, to the reference
 * path; so there is one place that says what is wrong with a line.
 */
import { endOfIPv4, endOfIPv6 } from './address-bytes.ts'
import { emptyRecord, internKeys } from './empty-record.ts'
import type { FieldKind, FieldValue } from './fields.ts'
import type { Format } from './format.ts'
import { createTextEncoder } from './platform.ts'
import { storeValues } from './store-values.ts'

/** The record of a clean line: ASCII, single spaces, a valid value for each column. */
export type ReadCleanLine = (line: string) => Record<string, FieldValue> | undefined

const lineFeed = 10
const space = 32
const dash = 45
const zero = 48

/** The longest line that is read this way; one of every v11 field has about 900 bytes. */
const capacity = 4096

/** Sixteen digits and more are the reference path's, which has bigint. */
const limits: Readonly<Record<Exclude<FieldKind, 'text' | 'address'>, number>> = {
  uint8: 255,
  uint16: 65_535,
  int32: 2_147_483_647,
  int64: 999_999_999_999_999,
  seconds: 999_999_999_999_999,
}

const isText = 0
const isAddress = 1
const isInteger = 2

/** Builds the fast path of a format, for lines of at most `maxLineLength` characters. */
export function createCleanReader({ columns }: Format, maxLineLength: number): ReadCleanLine {
  const keys = internKeys(columns.map(({ key }) => key))
  const kinds = Uint8Array.from(columns, ({ kind }) =>
    kind === 'text' ? isText : kind === 'address' ? isAddress : isInteger,
  )
  const limitOf = Float64Array.from(columns, ({ kind }) =>
    kind === 'text' || kind === 'address' ? 0 : limits[kind],
  )
  const empty = emptyRecord(keys)
  const encoder = createTextEncoder()
  const count = kinds.length
  const maximum = Math.min(maxLineLength, capacity)
  // The line, its line feed, and a byte that no value begins with.
  const bytes = new Uint8Array(maximum + 2)

  return (line) => {
    // Unequal where a character takes several bytes, or where there is no room.
    if (encoder.encodeInto(line, bytes).written !== line.length) return undefined
    const length = bytes[line.length - 1] === lineFeed ? line.length - 1 : line.length
    if (length > maximum) return undefined
    // New for each line: strings are stored faster in what is as young as they are.
    const values = new Array<FieldValue>(count)
    bytes[length] = space
    bytes[length + 1] = 0
    let position = 0
    for (let column = 0; column < count; column++) {
      const start = position
      const kind = kinds[column]
      if (bytes[start] === dash && bytes[start + 1] === space) {
        values[column] = undefined
        position++
      } else if (kind === isInteger) {
        let number = 0
        let digit = (bytes[position] as number) - zero
        // One comparison for both ends of the range: below zero wraps around.
        while (digit >>> 0 <= 9) {
          number = number * 10 + digit
          digit = (bytes[++position] as number) - zero
        }
        const digits = position - start
        if (digits === 0 || digits > 15 || number > (limitOf[column] as number)) return undefined
        if (digits > 1 && bytes[start] === zero) return undefined
        values[column] = number
      } else if (kind === isAddress) {
        position = endOfIPv4(bytes, start)
        if (position === -1) position = endOfIPv6(bytes, start)
        if (position === -1) return undefined
        values[column] = line.slice(start, position)
      } else {
        while ((bytes[position] as number) > space) position++
        if (position === start) return undefined
        values[column] = line.slice(start, position)
      }
      if (bytes[position] !== space) return undefined
      position++
    }
    if (position !== length + 1) return undefined
    const record = { ...empty }
    storeValues(record, keys, values)
    return record
  }
}
