/** Parses many lines at once: the kernel finds and checks the values, and records are made of them. */
import type { FieldValue } from './fields.ts'
import type { Format } from './format.ts'
import {
  type ColumnOptions,
  type Columns,
  createColumnReader,
  type ReadColumns,
} from './kernel-columns.ts'
import { createTextDecoder } from './platform.ts'
import type { Rejection } from './rejection.ts'

/** A record of any format. */
export type AnyRecord = Record<string, FieldValue>

/** Makes the records of clean lines, and adds them to the results. */
export type MakeRecords = (columns: Columns, results: (AnyRecord | Rejection)[]) => void

/** Parses every line of some text. */
export type ParseLines = (text: Uint8Array) => (AnyRecord | Rejection)[]

const lineFeed = 10

/**
 * Builds the parser of many lines. `parse` takes those that are not clean, and all of them where there
 * is no kernel, or no options for one because it would take too much.
 */
export function createParseLines(
  format: Format,
  options: ColumnOptions | undefined,
  parse: (line: string) => AnyRecord | Rejection,
  createMake: (format: Format) => MakeRecords,
): ParseLines {
  const decoder = createTextDecoder(false)
  let make: MakeRecords | undefined
  let read: ReadColumns | undefined
  return (text) => {
    const results: (AnyRecord | Rejection)[] = []
    if (make === undefined) {
      make = createMake(format)
      read = options && createColumnReader(format, options)
    }
    // The last line may lack its line feed, and is not whole then.
    const whole = text.lastIndexOf(lineFeed) + 1
    let position = 0
    while (position < text.length) {
      const columns = read && position < whole ? read(text, position, whole) : undefined
      if (columns) {
        make(columns, results)
        position = columns.next
        if (position === columns.end) continue
      }
      const found = text.indexOf(lineFeed, position)
      const end = found === -1 ? text.length : found
      results.push(parse(decoder.decode(text.subarray(position, end))))
      position = end + 1
    }
    return results
  }
}
