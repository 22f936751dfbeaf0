/** The reference parser: one line → a record, or the reason why not. */
import { isAddress } from './address.ts'
import { createCleanReader } from './clean-line.ts'
import { configurationError } from './configuration-error.ts'
import { emptyRecord } from './empty-record.ts'
import { type FieldKind, type FieldValue, type FlowRecord, integerLimits } from './fields.ts'
import { type Format, type FormatInput, parseFormat, type RecordOf } from './format.ts'
import type { Note } from './ledger.ts'
import { createRecords, createRows } from './make-records.ts'
import { type AnyRecord, createParseLines } from './parse-lines.ts'
import type { Rejection, RejectionCode } from './rejection.ts'
import { createTellApart } from './tell-apart.ts'

/** How to read lines. */
export interface ParserOptions {
  /** Also accept what people write instead of AWS's words: `DENY` and `DENIED` for `REJECT`. */
  readonly lenient?: boolean
  /** Characters a line may have; longer ones are rejected. Default 65536. */
  readonly maxLineLength?: number
}

/** Parses the lines of one format. Never throws on data. */
export interface Parser<Parsed> {
  readonly format: Format
  /** The record of a line (a line ending is tolerated), or the reason why it has none. */
  parse(line: string): Parsed | Rejection
  /** What `parse` makes of each line of some text; much faster where there is WebAssembly. */
  parseLines(text: Uint8Array): (Parsed | Rejection)[]
  /**
   * The same, but a record reads a value from the text each time it is asked for it, so the text must
   * not change. Its keys are getters of its class and not its own: copy it by name or by way of JSON.
   */
  parseRows(text: Uint8Array): (Readonly<Parsed> | Rejection)[]
}

/** Parses a stream that several flow logs share. Never throws on data. */
export interface MixedParser {
  readonly formats: readonly Format[]
  /** The record of a line in the format that the line is in. */
  parse(line: string): FlowRecord | Rejection
  /** The format that a line is taken to be in; the first one when it is in none. */
  formatOf(line: string): Format
}

/** A line taken apart: its values, and what had to be tolerated on the way. */
export interface SplitLine {
  readonly values: readonly string[]
  readonly notes: readonly Note[]
}

/** A line is rejected beyond this many characters unless configured otherwise. */
export const defaultMaxLineLength = 65_536

/**
 * Builds the parser of a format. The record has exactly the format's keys, in its order; a value
 * that AWS wrote as `-` is undefined. Throws when the format is not one.
 */
export function createParser<const Text extends string>(
  format: Text | Format,
  options?: ParserOptions,
): Parser<RecordOf<Text>>
/**
 * Builds the parser of a stream in which several formats occur. Throws when two of them cannot be
 * told apart by the count of values, or by what the values look like.
 */
export function createParser(formats: readonly FormatInput[], options?: ParserOptions): MixedParser
export function createParser(
  format: FormatInput | readonly FormatInput[],
  options: ParserOptions = {},
): Parser<FlowRecord> | MixedParser {
  return isList(format) ? createMixedParser(format, options) : createOneParser(format, options)
}

function isList(format: FormatInput | readonly FormatInput[]): format is readonly FormatInput[] {
  return Array.isArray(format)
}

function createMixedParser(list: readonly FormatInput[], options: ParserOptions): MixedParser {
  const parsers = list.map((format) => createOneParser(format, options))
  const formats = parsers.map(({ format }) => format)
  const tellApart = createTellApart(formats)
  const indexOf = (line: string): number => {
    const text = line.endsWith('\n') ? line.slice(0, -1) : line
    return tellApart(splitLine(text, Number.POSITIVE_INFINITY).values)
  }
  return {
    formats,
    parse: (line) => (parsers[indexOf(line)] as Parser<FlowRecord>).parse(line),
    formatOf: (line) => formats[indexOf(line)] as Format,
  }
}

function createOneParser(format: FormatInput, options: ParserOptions): Parser<FlowRecord> {
  const parsed = parseFormat(format)
  const maxLineLength = lineLimit(options)
  const read = createReader(parsed, options)
  // The fast path takes text as it is, and would not see an alias.
  const readClean = options.lenient ? undefined : createCleanReader(parsed, maxLineLength)

  function parse(line: string): AnyRecord | Rejection {
    const record = readClean?.(line)
    if (record !== undefined) return record
    const text = line.endsWith('\n') ? line.slice(0, -1) : line
    if (text.length > maxLineLength) return { code: 'line_too_long', line: text }
    const { values } = splitLine(text, parsed.columns.length)
    return read(values, text)
  }

  const columns = (hasCells: boolean) => (options.lenient ? undefined : { maxLineLength, hasCells })
  const parser: Parser<AnyRecord> = {
    format: parsed,
    parse,
    parseLines: createParseLines(parsed, columns(true), parse, createRecords),
    parseRows: createParseLines(parsed, columns(false), parse, createRows),
  }
  return parser as Parser<FlowRecord>
}

/** The configured limit of a line's length. */
export function lineLimit({ maxLineLength = defaultMaxLineLength }: ParserOptions): number {
  if (!Number.isSafeInteger(maxLineLength) || maxLineLength < 1) {
    throw configurationError(`maxLineLength must be a positive integer, not ${maxLineLength}`)
  }
  return maxLineLength
}

/**
 * Splits a line on runs of spaces and tabs. A byte order mark, a carriage return, and a comment
 * (`# …` right after the last expected value) are left out and noted.
 */
export function splitLine(line: string, expected: number): SplitLine {
  const notes: Note[] = []
  let text = line
  if (text.charCodeAt(0) === 0xfeff) {
    text = text.slice(1)
    notes.push('byte_order_mark')
  }
  if (text.endsWith('\r')) {
    text = text.slice(0, -1)
    notes.push('crlf')
  }
  let values = text.split(' ')
  if (values.includes('') || text.includes('\t')) {
    values = text.split(/[ \t]+/).filter((value) => value !== '')
    if (values.length > 0) notes.push('spacing')
  }
  if (values.length > expected && values[expected]?.startsWith('#')) {
    values = values.slice(0, expected)
    notes.push('comment')
  }
  return { values, notes }
}

/** Reads the values of a line into a record: the count first, then each value from left to right. */
export function createReader(
  { columns }: Format,
  { lenient = false }: ParserOptions,
): (values: readonly string[], line: string) => Record<string, FieldValue> | Rejection {
  const readers = columns.map(({ key, kind }) => ({ key, read: valueReader(key, kind, lenient) }))
  const empty = emptyRecord(columns.map(({ key }) => key))
  return (values, line) => {
    const missing = readers[values.length]
    if (missing !== undefined) return { code: 'too_few_values', field: missing.key, line }
    const surplus = values[readers.length]
    if (surplus !== undefined) return { code: 'too_many_values', value: surplus, line }
    const record = { ...empty }
    for (let index = 0; index < readers.length; index++) {
      const { key, read } = readers[index] as (typeof readers)[number]
      const text = values[index] as string
      if (text === '-') continue
      const value = read(text)
      if (value === undefined)
        return { code: complaint(columns[index]?.kind), field: key, value: text, line }
      record[key] = value
    }
    return record
  }
}

function complaint(kind: FieldKind | undefined): RejectionCode {
  return kind === 'address' ? 'bad_address' : 'bad_integer'
}

/** A function from a value's text to the value, or to undefined when the text is not one. */
function valueReader(key: string, kind: FieldKind, lenient: boolean): (text: string) => FieldValue {
  if (kind === 'text') return lenient && key === 'action' ? lenientAction : verbatim
  if (kind === 'address') return (text) => (isAddress(text) ? text : undefined)
  const limit = integerLimits[kind]
  return (text) => parseInteger(text, limit)
}

function verbatim(text: string): string {
  return text
}

function lenientAction(text: string): string {
  return /^den(?:y|ied)$/i.test(text) ? 'REJECT' : text
}

/** Decimal digits without sign or leading zeros, up to `limit`; a bigint only above 2^53−1. */
function parseInteger(text: string, limit: bigint): number | bigint | undefined {
  if (text.length > 19 || !/^(?:0|[1-9][0-9]*)$/.test(text)) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value <= limit ? value : undefined
  const exact = BigInt(text)
  return exact <= limit ? exact : undefined
}
