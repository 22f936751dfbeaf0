/** The one function every shell takes from its caller: bytes of flow log lines in, NDJSON bytes out. */
import { compileCondition, type Test } from './condition.ts'
import { configurationError } from './configuration-error.ts'
import { type Format, type FormatInput, formatOf, headerNames, parseFormat } from './format.ts'
import { toJson } from './json.ts'
import { count, emptyLedger, isBalanced, type Ledger, type LedgerColumn, tally } from './ledger.ts'
import { createMapper, type Mapper } from './mapper.ts'
import type { Condition, Mapping } from './mapping.ts'
import type { Origin, OriginSource } from './origin.ts'
import { createReader, lineLimit, type ParserOptions, splitLine } from './parser.ts'
import { createTextDecoder, createTextEncoder, toBase64 } from './platform.ts'
import { isRejection, type Rejection } from './rejection.ts'
import { isMilliseconds, toMilliseconds } from './time.ts'

/** A rule that drops lines; what it drops is counted under its name. */
export interface FilterRule {
  readonly name: string
  readonly drop: Condition
}

/** What a transform reads, what it makes, and what it leaves out. */
export interface TransformOptions extends ParserOptions {
  /** The format of the lines; a header line in the input takes over from there. Default `v2`. */
  readonly format?: FormatInput
  readonly mapping: Mapping
  readonly filter?: readonly FilterRule[]
  /** The 16-byte key of the deterministic id; zeros by default. */
  readonly idKey?: Uint8Array
}

/** What became of some input. */
export interface TransformResult {
  /** The events, one JSON document per line. */
  readonly output: Uint8Array<ArrayBuffer>
  readonly ledger: Ledger
  readonly rejections: readonly Rejection[]
}

/** A transform of one complete input, and of input that arrives in chunks. Never throws on data. */
export interface Transform {
  (input: Uint8Array | string, origin?: OriginSource): TransformResult
  /** For one input in chunks that may split lines; each result accounts for the lines completed by it. */
  stream(origin?: OriginSource): TransformSession
}

/** One input in chunks. */
export interface TransformSession {
  write(bytes: Uint8Array): TransformResult
  /** Takes the last line, if it had no line ending. */
  end(): TransformResult
}

/** Everything compiled for one format. */
interface Lane {
  readonly format: Format
  readonly read: ReturnType<typeof createReader>
  readonly map: Mapper
  readonly filters: readonly { readonly name: string; readonly test: Test }[]
  readonly times: readonly string[]
}

/** One input being worked on. */
interface Run {
  lane: Lane
  readonly originAt: (index: number) => Origin
  /** Lines so far. */
  index: number
  ledger: Ledger
  output: string[]
  rejections: Rejection[]
}

const newline = 10

/** Builds a transform. Throws when the configuration is wrong. */
export function createTransform(options: TransformOptions): Transform {
  const maxLineLength = lineLimit(options)
  // A UTF-16 code unit takes at most three bytes, so a line of more is certainly too long.
  const maxLineBytes = maxLineLength * 3
  const laneOf = laneCache(options)
  const configured = laneOf(parseFormat(options.format ?? 'v2'))
  const strict = createTextDecoder(true)
  const lossy = createTextDecoder(false)
  const encoder = createTextEncoder()

  function start(origin: OriginSource = {}): Run {
    return {
      lane: configured,
      originAt: typeof origin === 'function' ? origin : (index) => ({ line: index + 1, ...origin }),
      index: 0,
      ledger: emptyLedger(),
      output: [],
      rejections: [],
    }
  }

  /** Hands out what the run has so far, and starts a new account. */
  function settle(run: Run): TransformResult {
    const { ledger, rejections } = run
    if (!isBalanced(ledger))
      throw new Error(`the ledger does not balance: ${JSON.stringify(ledger)}`)
    const output = encoder.encode(run.output.join(''))
    run.ledger = emptyLedger()
    run.output = []
    run.rejections = []
    return { output, ledger, rejections }
  }

  function takeBytes(run: Run, bytes: Uint8Array): void {
    const text = decodeStrictly(bytes)
    if (text === undefined) takeMalformed(run, bytes)
    else takeText(run, text)
  }

  function decodeStrictly(bytes: Uint8Array): string | undefined {
    try {
      return strict.decode(bytes)
    } catch {
      return undefined
    }
  }

  /** Some line is not UTF-8: each is decoded alone, so that only the bad one is lost. */
  function takeMalformed(run: Run, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const found = bytes.indexOf(newline, from)
      const end = found === -1 ? bytes.length : found
      const slice = bytes.subarray(from, end)
      from = end + 1
      const isOverlong = slice.length > maxLineBytes
      const text = isOverlong
        ? lossy.decode(slice.subarray(0, maxLineBytes + 1))
        : decodeStrictly(slice)
      if (text !== undefined) {
        takeLine(run, text)
        continue
      }
      const rejection: Rejection = {
        code: 'bad_encoding',
        value: toBase64(slice),
        line: lossy.decode(slice),
      }
      count(run.ledger, reject(run, rejection, run.originAt(run.index++)))
    }
  }

  function takeText(run: Run, text: string): void {
    if (text === '') return
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const line of lines) takeLine(run, line)
  }

  function takeLine(run: Run, line: string): void {
    count(run.ledger, place(run, line, run.index++))
  }

  /** Finds the one column that the line belongs in, after writing the event or the rejection. */
  function place(run: Run, line: string, index: number): LedgerColumn {
    const { ledger, lane } = run
    if (line.length > maxLineLength) {
      const rejection: Rejection = { code: 'line_too_long', line: line.slice(0, maxLineLength) }
      return reject(run, rejection, run.originAt(index))
    }
    const { values, notes } = splitLine(line, lane.format.columns.length)
    for (const note of notes) tally(ledger.notes, note)
    const first = values[0]
    if (first === undefined || first.startsWith('#')) return 'blank'
    if (line.startsWith('CWL CONTROL MESSAGE')) return 'control'
    const header = headerOf(values, lane.format)
    if (header !== undefined) {
      run.lane = laneOf(header)
      return 'header'
    }
    const record = lane.read(values, line)
    const origin = run.originAt(index)
    if (isRejection(record)) return reject(run, record, origin)
    for (const key of lane.times) {
      const time = record[key]
      if (isMilliseconds(time)) tally(ledger.notes, 'milliseconds')
      else if (time !== undefined && toMilliseconds(time) === undefined)
        tally(ledger.notes, 'implausible_time')
    }
    for (const { name, test } of lane.filters) {
      if (typeof test === 'boolean' ? !test : !test({ record, origin })) continue
      tally(ledger.filters, name)
      return 'filtered'
    }
    const text = notes.length === 0 ? line : values.join(' ')
    const mapped = lane.map(record, { line, text, origin })
    if ('event' in mapped) {
      run.output.push(serialise(mapped.event))
      return 'emitted'
    }
    if ('keptOut' in mapped) return mapped.keptOut
    return reject(run, mapped.rejection, origin)
  }

  const transform = (input: Uint8Array | string, origin?: OriginSource): TransformResult => {
    const run = start(origin)
    if (typeof input === 'string') takeText(run, input)
    else takeBytes(run, input)
    return settle(run)
  }

  function stream(origin?: OriginSource): TransformSession {
    const run = start(origin)
    let carry: Uint8Array = new Uint8Array(0)
    let skipping = false
    return {
      write(bytes) {
        const last = bytes.lastIndexOf(newline)
        if (last !== -1) {
          takeBytes(run, concatenate(carry, bytes.subarray(0, last + 1), skipping))
          carry = new Uint8Array(0)
          skipping = false
        }
        const rest = bytes.subarray(last + 1)
        if (!skipping) {
          carry = concatenate(carry, rest)
          skipping = carry.length > maxLineBytes
          if (skipping) carry = carry.slice(0, maxLineBytes + 1)
        }
        return settle(run)
      },
      end() {
        takeBytes(run, carry)
        carry = new Uint8Array(0)
        return settle(run)
      },
    }
  }

  return Object.assign(transform, { stream })
}

/** Joins a carried line with what follows; of an overlong line only its line ending is still wanted. */
function concatenate(carry: Uint8Array, bytes: Uint8Array, skipLine = false): Uint8Array {
  const tail = skipLine ? bytes.subarray(bytes.indexOf(newline)) : bytes
  // A copy: the caller may reuse its buffer, and Node's Buffer.slice does not copy.
  if (carry.length === 0) return new Uint8Array(tail)
  const joined = new Uint8Array(carry.length + tail.length)
  joined.set(carry)
  joined.set(tail, carry.length)
  return joined
}

function reject(run: Run, rejection: Rejection, origin: Origin): 'rejected' {
  run.rejections.push(Object.keys(origin).length > 0 ? { ...rejection, origin } : rejection)
  tally(run.ledger.rejections, rejection.code)
  return 'rejected'
}

/** The format that a header line announces, or undefined for data. */
function headerOf(values: readonly string[], format: Format): Format | undefined {
  const own =
    values.length === format.columns.length &&
    values.every((value, index) => {
      const column = format.columns[index]
      return value === column?.name || value === column?.key
    })
  if (own) return format
  const names = headerNames(values)
  return names && formatOf(names)
}

function laneCache(options: TransformOptions): (format: Format) => Lane {
  const { mapping, filter = [], idKey } = options
  const names = filter.map((rule) => rule.name)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw configurationError(`two filter rules are named "${repeated}"`)
  const lanes = new Map<string, Lane>()
  return (format) => {
    const known = lanes.get(format.text)
    if (known) return known
    const keys = new Set(format.columns.map((column) => column.key))
    const lane: Lane = {
      format,
      read: createReader(format, options),
      map: createMapper(mapping, format, idKey && { idKey }),
      filters: filter.map(({ name, drop }) => ({ name, test: compileCondition(drop, keys) })),
      times: format.columns
        .filter((column) => column.kind === 'seconds')
        .map((column) => column.key),
    }
    // Hostile input could announce formats without end; those in use stay cached.
    if (lanes.size < 64) lanes.set(format.text, lane)
    return lane
  }
}

function serialise(event: Parameters<typeof toJson>[0]): string {
  try {
    return `${JSON.stringify(event)}\n`
  } catch {
    // JSON.stringify refuses bigint.
    return `${toJson(event)}\n`
  }
}
