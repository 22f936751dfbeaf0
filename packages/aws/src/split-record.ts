/** A record that is too much at once → smaller records with the same lines. */
import { gzipSync } from 'node:zlib'
import { concatenate } from './blocks.ts'
import { gunzip, isGzip } from './gunzip.ts'
import { createJsonCutter } from './json-cutter.ts'
import { isObject } from './open-envelope.ts'

/** What a piece of a record weighs. */
export interface Weight {
  /** Pieces of different groups do not stay together; a piece without one stays with those before it. */
  readonly group?: string
  readonly bytes: number
  readonly lines: number
  /** How many of the lines are header lines, which those after them cannot do without. */
  readonly headers: number
}

/** How a record is divided. */
export interface SplitOptions {
  /** Weighs a piece that follows the header line that applies to it, if there is one. */
  readonly weigh: (piece: Uint8Array) => Weight
  /** A part that weighs more holds one piece only. */
  readonly maxBytes: number
  readonly maxInflatedBytes: number
}

/**
 * Splits a record between the events of CloudWatch Logs payloads, between JSON objects and between
 * lines, and compresses the parts if the record was compressed. Each part holds fewer pieces than
 * the record did; undefined if there are no two parts to be made.
 */
export function splitRecord(
  bytes: Uint8Array,
  { weigh, maxBytes, maxInflatedBytes }: SplitOptions,
): readonly Uint8Array[] | undefined {
  const content = inflate(bytes, maxInflatedBytes)
  if (content === undefined) return undefined
  const parts: Part[] = []
  const open = new Map<string, Part>()
  let header: readonly Piece[] = []
  let headers = 0
  let latest = ''
  for (const piece of cut(content)) {
    const weight = weigh(join([...header, piece]))
    if (weight.headers > headers) {
      const own = weight.headers - headers
      // Only what is nothing but a header can be repeated in several parts.
      if (weight.lines - headers > own) return undefined
      header = [piece]
      headers = own
      open.clear()
      continue
    }
    latest = weight.group ?? latest
    let part = open.get(latest)
    if (part === undefined || part.bytes + weight.bytes > maxBytes) {
      part = { pieces: [...header], bytes: 0 }
      open.set(latest, part)
      parts.push(part)
    }
    part.pieces.push(piece)
    part.bytes += weight.bytes
  }
  if (parts.length < 2) return undefined
  const joined = parts.map(({ pieces }) => join(pieces))
  return isGzip(bytes) ? joined.map((each) => gzipSync(each)) : joined
}

interface Part {
  readonly pieces: Piece[]
  bytes: number
}

/** Bytes as they came, or one event of a payload. */
type Piece = { readonly bytes: Uint8Array } | { readonly payload: object; readonly event: unknown }

const newline = Uint8Array.of(10)

/** Twice, as records are opened. */
function inflate(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  let content = bytes
  for (let layer = 0; layer < 2 && isGzip(content); layer++) {
    const result = gunzip(content, limit)
    if (typeof result === 'string') return undefined
    content = result
  }
  return content
}

function cut(content: Uint8Array): readonly Piece[] {
  const beginning = Buffer.from(content.subarray(0, 64)).toString('latin1')
  const [start] = /^(?:\xef\xbb\xbf)?[\s[]*(?=\{)/.exec(beginning) ?? []
  return start === undefined ? cutLines(content) : cutObjects(content.subarray(start.length))
}

function cutLines(content: Uint8Array): readonly Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(10, at)
    const bytes = content.subarray(at, end === -1 ? content.length : end)
    pieces.push({ bytes })
    at += bytes.length + 1
  }
  return pieces
}

function cutObjects(content: Uint8Array): readonly Piece[] {
  const pieces: Piece[] = []
  const cutter = createJsonCutter(Number.POSITIVE_INFINITY, ({ kind, bytes }) => {
    const payload = kind === 'object' ? parsePayload(bytes) : undefined
    if (payload === undefined) pieces.push({ bytes })
    else for (const event of payload.logEvents) pieces.push({ payload, event })
  })
  cutter.write(content)
  cutter.end()
  return pieces
}

/** A payload of CloudWatch Logs with several events. */
interface Payload {
  readonly logEvents: readonly unknown[]
}

function parsePayload(bytes: Uint8Array): Payload | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    const isPayload = isObject(value) && value.messageType === 'DATA_MESSAGE'
    if (!isPayload || !Array.isArray(value.logEvents) || value.logEvents.length < 2)
      return undefined
    return { ...value, logEvents: value.logEvents }
  } catch {
    return undefined
  }
}

/** One piece per line; events of one payload that follow each other are in one payload again. */
function join(pieces: readonly Piece[]): Uint8Array {
  const blocks: Uint8Array[] = []
  let run: { readonly payload: object; readonly logEvents: unknown[] } | undefined
  function endRun(): void {
    if (run) blocks.push(Buffer.from(JSON.stringify({ ...run.payload, logEvents: run.logEvents })))
    run = undefined
  }
  for (const piece of pieces) {
    if ('bytes' in piece) {
      endRun()
      blocks.push(piece.bytes)
    } else {
      if (run?.payload !== piece.payload) endRun()
      run ??= { payload: piece.payload, logEvents: [] }
      run.logEvents.push(piece.event)
    }
  }
  endRun()
  return concatenate(blocks.flatMap((block, index) => (index > 0 ? [newline, block] : [block])))
}
