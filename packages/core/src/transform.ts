/** The one function every shell takes from its caller: bytes of flow log lines in, NDJSON bytes out. */
import { type EventIndex, emptyIndex } from './event-index.ts'
import { type Format, type FormatInput, formatOf, headerNames, parseFormat } from './format.ts'
import { toJson } from './json.ts'
import { createKernelMemory, type KernelMemory } from './kernel-memory.ts'
import { checkEngine, createLanes, type Lane, type LaneOptions } from './lane.ts'
import { count, emptyLedger, isBalanced, type Ledger, type LedgerColumn, tally } from './ledger.ts'
import { createJoinLines, joinBytes, type Lines, wholeLines } from './lines.ts'
import { createMixedTransform } from './mixed-transform.ts'
import type { OriginSource } from './origin.ts'
import { append, createOutput, lend, moveHome, take } from './output.ts'
import { lineLimit, splitLine } from './parser.ts'
import { createTextDecoder, createTextEncoder, toBase64 } from './platform.ts'
import { isRejection, type Rejection } from './rejection.ts'
import { type Run, reject, runEngine, startRun } from './run.ts'
import { isMilliseconds, toMilliseconds } from './time.ts'

/** What a transform reads, what it makes, and what it leaves out. */
export interface TransformOptions extends LaneOptions {
  /**
   * The format of the lines, or several formats that can be told apart; a header line in the input
   * takes over from there. Default `v2`.
   */
  readonly format?: FormatInput | readonly FormatInput[]
  /** Whether results tell of each event its offset, id, time and account. Default false. */
  readonly index?: boolean
  /**
   * Whether outputs are views of one buffer, which the next call of the transform or of any of its
   * sessions overwrites. Saves a copy for callers that are done with an output by then; the buffer
   * stays the transform's, and cannot be transferred. Default false: outputs are the caller's own.
   */
  readonly reuseOutput?: boolean
  /** The clock behind templates that write the time of mapping. Default `Date.now`. */
  readonly clock?: () => number
}

/** What became of some input. */
export interface TransformResult {
  /** The events, one JSON document per line. */
  readonly output: Uint8Array<ArrayBuffer>
  readonly ledger: Ledger
  readonly rejections: readonly Rejection[]
  /** Of each event in the output, if the transform was made with `index`. */
  readonly events?: EventIndex
  /**
   * Hands the memory of the output back, once nobody looks at it any more; else the garbage collector
   * does, at several times the cost. Not enumerable, so copies do not have it, nor do small outputs.
   */
  readonly release?: () => void
}

/** A transform of one complete input, and of input that arrives in chunks. Never throws on data. */
export interface Transform {
  (input: Uint8Array | string, origin?: OriginSource): TransformResult
  /** For one input in chunks that may split lines; each result accounts for the lines completed by it. */
  stream(origin?: OriginSource): TransformSession
  /** The format of lines that no header line announces. */
  readonly format: Format
  /** The same transform for lines in another format; it shares the buffers, and throws on a bad format. */
  withFormat(format: FormatInput): Transform
}

/** One input in chunks. */
export interface TransformSession {
  write(bytes: Uint8Array): TransformResult
  /** Takes the last line, if it had no line ending. */
  end(): TransformResult
}

const newline = 10
const nothing: Uint8Array = new Uint8Array(0)

/** Builds a transform. Throws when the configuration is wrong. */
export function createTransform(options: TransformOptions): Transform {
  const { format = 'v2' } = options
  const formats = (isList(format) ? format : [format]).map(parseFormat)
  const first = createOneTransform(options, formats[0] ?? parseFormat('v2'))
  if (!isList(format)) return first
  // A UTF-16 code unit takes at most three bytes.
  return createMixedTransform(formats, first, lineLimit(options) * 3)
}

function isList(format: FormatInput | readonly FormatInput[]): format is readonly FormatInput[] {
  return Array.isArray(format)
}

function createOneTransform(options: TransformOptions, format: Format): Transform {
  const { clock = Date.now } = options
  const maxLineLength = lineLimit(options)
  // A UTF-16 code unit takes at most three bytes, so a line of more is certainly too long.
  const maxLineBytes = maxLineLength * 3
  const laneOf = createLanes(options, kernelMemory)
  const strict = createTextDecoder(true)
  const lossy = createTextDecoder(false)
  const encoder = createTextEncoder()
  // Every call empties them before it returns, so that calls can share them.
  const output = createOutput()
  const joinLines = createJoinLines()
  let isBusy = false
  let calls = 0
  let memory: KernelMemory | undefined
  const handOut = options.reuseOutput ? lend : take

  /** The memory of all kernels of this transform, in which outputs are written from then on. */
  function kernelMemory(): KernelMemory | undefined {
    if (memory === undefined) {
      memory = createKernelMemory()
      if (memory) moveHome(output, memory.output)
    }
    return memory
  }

  /** Hands out what the run has so far, and starts a new account. */
  function settle(run: Run): TransformResult {
    const { ledger, rejections, events } = run
    if (!isBalanced(ledger)) {
      throw new Error(`the ledger does not balance: ${JSON.stringify(ledger)}`)
    }
    run.ledger = emptyLedger()
    run.rejections = []
    run.events = events && emptyIndex()
    const { output: bytes, release } = handOut(output)
    const result = { output: bytes, ledger, rejections, ...(events && { events }) }
    return release ? Object.defineProperty(result, 'release', { value: release }) : result
  }

  /**
   * Takes whole lines, which end at `length`: engines as many as they are sure of, the object lane
   * each of the others.
   */
  function takeLines(run: Run, given: Lines): void {
    let { bytes, length, hasSlack } = given
    if (isBusy) throw new Error('a transform cannot be used from within its own origin function')
    isBusy = true
    run.now = clock()
    run.call = ++calls
    try {
      for (let position = 0; position < length; ) {
        if (!hasSlack && run.lane.engine()?.needsSlack) {
          ;({ bytes, length, hasSlack } = joinLines(bytes, nothing))
        }
        position = runEngine(run, bytes, position, length, output)
        if (position === length) return
        const end = bytes.indexOf(newline, position)
        count(run.ledger, placeBytes(run, bytes.subarray(position, end)))
        tally(run.ledger.lanes, 'object')
        position = end + 1
      }
    } catch (error) {
      // An origin source is the caller's and may throw; the next call starts empty all the same.
      output.length = 0
      throw error
    } finally {
      isBusy = false
    }
  }

  function placeBytes(run: Run, bytes: Uint8Array): LedgerColumn {
    const index = run.index++
    if (bytes.length > maxLineBytes) {
      const line = lossy.decode(bytes.subarray(0, maxLineBytes + 1)).slice(0, maxLineLength)
      return reject(run, { code: 'line_too_long', line }, run.originAt(index))
    }
    let line: string
    try {
      line = strict.decode(bytes)
    } catch {
      const rejection = { code: 'bad_encoding', value: toBase64(bytes), line: lossy.decode(bytes) }
      return reject(run, rejection as Rejection, run.originAt(index))
    }
    return placeLine(run, line, index)
  }

  /** Finds the one column that the line belongs in, after writing the event or the rejection. */
  function placeLine(run: Run, line: string, index: number): LedgerColumn {
    const { ledger, lane } = run
    const { read, map, identify, times, filters } = lane.reference()
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
    const record = read(values, line)
    const origin = run.originAt(index)
    if (isRejection(record)) return reject(run, record, origin)
    for (const key of times) {
      const time = record[key]
      if (isMilliseconds(time)) tally(ledger.notes, 'milliseconds')
      else if (time !== undefined && toMilliseconds(time) === undefined) {
        tally(ledger.notes, 'implausible_time')
      }
    }
    for (const { name, test } of filters) {
      if (typeof test === 'boolean' ? !test : !test({ record, origin })) continue
      tally(ledger.filters, name)
      return 'filtered'
    }
    const text = notes.length === 0 ? line : values.join(' ')
    const mapped = map(record, { line, text, origin, now: run.now })
    if ('event' in mapped) {
      const { events } = run
      if (events) {
        const { start, end } = record
        const time = [start, end, origin.timestamp].map(toMilliseconds)
        const { account_id: account = origin.account } = record
        events.offsets.push(output.length)
        events.ids.push(identify(text, origin))
        events.times.push(time.find((each) => each !== undefined))
        events.accounts.push(account === undefined ? undefined : String(account))
      }
      const before = mapped.before ? serialise(mapped.before) : ''
      append(output, encoder.encode(before + serialise(mapped.event)))
      return 'emitted'
    }
    if ('keptOut' in mapped) return mapped.keptOut
    return reject(run, mapped.rejection, origin)
  }

  function stream(lane: Lane, origin?: OriginSource): TransformSession {
    const run = startRun(lane, origin, options.index)
    let carry = nothing
    let skipping = false
    return {
      write(bytes) {
        const last = bytes.lastIndexOf(newline)
        if (last !== -1) {
          let from = 0
          if (carry.length > 0) {
            from = bytes.indexOf(newline) + 1
            takeLines(run, joinLines(carry, bytes.subarray(skipping ? from - 1 : 0, from)))
          }
          takeLines(run, wholeLines(bytes.subarray(from, last + 1)))
          carry = nothing
          skipping = false
        }
        if (!skipping) {
          carry = joinBytes(carry, bytes.subarray(last + 1)).subarray(0, maxLineBytes + 1)
          // Of an overlong line only its line ending is still wanted.
          skipping = carry.length > maxLineBytes
        }
        return settle(run)
      },
      end() {
        takeLines(run, joinLines(carry, nothing))
        carry = nothing
        return settle(run)
      },
    }
  }

  function reading(format: Format): Transform {
    const lane = laneOf(format)
    const transform = (input: Uint8Array | string, origin?: OriginSource): TransformResult => {
      const run = startRun(lane, origin, options.index)
      const bytes = typeof input === 'string' ? encoder.encode(input) : input
      takeLines(run, bytes.at(-1) === newline ? wholeLines(bytes) : joinLines(bytes, nothing))
      return settle(run)
    }
    return Object.assign(transform, {
      format,
      stream: (origin?: OriginSource) => stream(lane, origin),
      withFormat: (other: FormatInput) => reading(parseFormat(other)),
    })
  }

  checkEngine(laneOf(format), options)
  return reading(format)
}

/** The format that a header line announces, or undefined for data. */
function headerOf(values: readonly string[], format: Format): Format | undefined {
  const isOwn =
    values.length === format.columns.length &&
    values.every((value, index) => {
      const column = format.columns[index]
      return value === column?.name || value === column?.key
    })
  if (isOwn) return format
  const names = headerNames(values)
  return names && formatOf(names)
}

function serialise(event: Parameters<typeof toJson>[0]): string {
  try {
    return `${JSON.stringify(event)}\n`
  } catch {
    // JSON.stringify refuses bigint.
    return `${toJson(event)}\n`
  }
}
