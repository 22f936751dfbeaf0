/**
 * Cuts JSON objects out of bytes: concatenated, one per line, members of an array, or with text
 * lines in between.
 */
import { concatenate } from './blocks.ts'
import { isBlank } from './content-kind.ts'

/**
 * Something cut out: what may be a JSON object, what cannot be one, or a line of text. Of what is
 * too large or too long, only the beginning.
 */
export interface Piece {
  readonly kind: 'object' | 'broken' | 'text' | 'line_too_long' | Excess
  readonly bytes: Uint8Array
}

/** Why an object is not read, although it may be JSON. */
type Excess = 'too_large' | 'too_deep' | 'too_many_records'

/** Cuts bytes that arrive in chunks. */
export interface JsonCutter {
  write(chunk: Uint8Array): void
  /** What is left over at the end of the input is broken, unless it is text. */
  end(): void
  /** Hands out the bytes of the piece that is not complete yet. */
  rest(): Uint8Array
}

const newline = 10
const quote = 34
const backslash = 92
const open = 123
const close = 125
const openArray = 91
const closeArray = 93
const comma = 44
// What AWS sends is nested 4 deep at most; and its largest delivery, a Firehose request of 10,000
// records, holds 20,003 values.
const maxDepth = 64
const maxValues = 1_000_000

/** Builds a cutter that holds at most `limit` bytes, plus one chunk. */
export function createJsonCutter(limit: number, take: (piece: Piece) => void): JsonCutter {
  let state: 'between' | 'object' | 'text' | 'skipping' = 'between'
  let held: Uint8Array[] = []
  let heldLength = 0
  let depth = 0
  // Brackets of both kinds, which do not always match.
  let nesting = 0
  let values = 0
  let excess: Excess | undefined
  let inString = false
  let isEscaped = false
  /** Where the chunk has a line ending, unless it is before what is looked at. */
  let nextNewline = -1

  function hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    held.push(bytes)
    heldLength += bytes.length
  }

  function rest(): Uint8Array {
    const bytes = concatenate(held)
    held = []
    heldLength = 0
    state = 'between'
    return bytes
  }

  function cut(kind: Piece['kind'], bytes: Uint8Array): void {
    hold(bytes)
    take({ kind, bytes: rest() })
  }

  /** The index after the object that goes on at `from`, or -1 if it does not end here. */
  function endOfObject(chunk: Uint8Array, from: number): number {
    for (let index = from; index < chunk.length; index++) {
      if (inString) {
        index = endOfString(chunk, index)
        if (index === -1) return -1
        // A line ending cannot stand in a JSON string: the object was cut short.
        if (chunk[index] === newline) {
          cut('broken', chunk.subarray(from, index))
          return index
        }
        inString = false
        continue
      }
      const byte = chunk[index]
      if (byte === quote) inString = true
      else if (byte === open || byte === openArray) {
        if (byte === open) depth++
        if (++nesting > maxDepth) excess = 'too_deep'
      } else if (byte === closeArray) nesting--
      else if (byte === close) {
        nesting--
        if (--depth > 0) continue
        cut(excess ?? 'object', chunk.subarray(from, index + 1))
        return index + 1
      } else if (byte === comma && ++values > maxValues) excess = 'too_many_records'
    }
    return -1
  }

  /** The index of the quote or line ending that ends a string, or -1 if it goes on. */
  function endOfString(chunk: Uint8Array, from: number): number {
    for (let index = from; ; index++) {
      const end = chunk.indexOf(quote, index)
      const until = end === -1 ? chunk.length : end
      // Strings in a chunk have no line ending, as a rule, so it is looked for once.
      if (nextNewline < index) nextNewline = chunk.indexOf(newline, index) >>> 0
      if (nextNewline < until) return nextNewline
      let slashes = 0
      while (until - slashes > index && chunk[until - slashes - 1] === backslash) slashes++
      const isCarried = isEscaped && until - slashes === index
      isEscaped = ((slashes + (isCarried ? 1 : 0)) & 1) === 1
      if (end === -1) return -1
      if (!isEscaped) return end
      isEscaped = false
      index = end
    }
  }

  /** Takes what begins or goes on at `from`, and returns where the next piece begins. */
  function step(chunk: Uint8Array, from: number): number {
    if (state === 'between') {
      const byte = chunk[from] as number
      if (isBlank(byte) || byte === openArray || byte === comma || byte === closeArray) {
        return from + 1
      }
      state = byte === open ? 'object' : 'text'
      depth = 0
      nesting = 0
      values = 0
      excess = undefined
      inString = false
      isEscaped = false
    }
    if (state === 'object') {
      const end = endOfObject(chunk, from)
      if (end !== -1) return end
    } else {
      const end = chunk.indexOf(newline, from)
      if (end !== -1) {
        if (state === 'text') cut('text', chunk.subarray(from, end))
        state = 'between'
        return end + 1
      }
    }
    // A copy, since the chunk's memory may be used again.
    if (state !== 'skipping') hold(new Uint8Array(chunk.subarray(from)))
    if (heldLength > limit) giveUp(state === 'text')
    return chunk.length
  }

  /** Too much is held: either objects were swallowed by a broken one, or this one is too large. */
  function giveUp(isText: boolean): void {
    const bytes = rest()
    const last = isText ? -1 : Buffer.from(bytes).lastIndexOf('\n{')
    if (last === -1) {
      take({ kind: isText ? 'line_too_long' : 'too_large', bytes })
      state = 'skipping'
      return
    }
    take({ kind: 'broken', bytes: bytes.subarray(0, last) })
    write(bytes.subarray(last + 1))
  }

  function write(chunk: Uint8Array): void {
    nextNewline = -1
    for (let at = 0; at < chunk.length; ) at = step(chunk, at)
  }

  return {
    write,
    end() {
      if (heldLength > 0) cut(state === 'text' ? 'text' : 'broken', new Uint8Array(0))
    },
    rest,
  }
}

/** Splits a broken piece where a line begins with `{`: there, more likely, the next object began. */
export function splitAtObjects(bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  let from = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) {
    if (bytes[at + 1] !== open) continue
    parts.push(bytes.subarray(from, at))
    from = at + 1
  }
  parts.push(bytes.subarray(from))
  return parts
}
