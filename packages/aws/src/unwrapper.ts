/** Inflated bytes of one input, in chunks → lines with their origins. */
import { isUtf8 } from 'node:buffer'
import { defaultMaxLineLength, type RejectionCode } from '@flowlogs/core'
import { concatenate } from './blocks.ts'
import { openPlainPayload } from './cloudwatch-payload.ts'
import type { Collector, Input } from './collector.ts'
import { kindOf, sniffed, visibleStart } from './content-kind.ts'
import { createJsonCutter, type JsonCutter, type Piece, splitAtObjects } from './json-cutter.ts'
import { type Opening, openEnvelope } from './open-envelope.ts'
import { rawText, toBase64 } from './raw-text.ts'

/** Takes one input apart; lines go to the collector. */
export interface Unwrapper {
  write(chunk: Uint8Array): void
  /** The input is complete. */
  end(): void
  /** The input ends here because it is broken, so its last line is not to be trusted. */
  fail(code: RejectionCode, reason: string): void
}

/** How much of one input is held at most while it is not clear what it is or where it ends. */
export interface UnwrapperLimits {
  /** Bytes of one JSON object. */
  readonly object: number
  /** Bytes of one line of text. */
  readonly line: number
}

const newline = 10

/** Builds the unwrapper of one input: JSON objects, also in an array, or text. */
export function createUnwrapper(opening: Opening, limits: UnwrapperLimits): Unwrapper {
  const { input, into } = opening
  let held: Uint8Array = new Uint8Array(0)
  let mode: Unwrapper | undefined

  function decide(isComplete: boolean): void {
    if (held.length < sniffed && !isComplete) {
      // A copy, since the chunk's memory may be used again.
      held = new Uint8Array(held)
      return
    }
    const kind = kindOf(held)
    if (kind === 'binary') mode = createBinary(input, into, limits)
    else if (kind === 'json') mode = createJson(opening, limits.object)
    else mode = createText(input, into, limits.line)
    mode.write(kind === 'json' ? held.subarray(visibleStart(held)) : held)
  }

  return {
    write(chunk) {
      if (mode) return mode.write(chunk)
      held = held.length === 0 ? chunk : concatenate([held, chunk])
      decide(false)
    },
    end() {
      if (!mode) decide(true)
      mode?.end()
    },
    fail(code, reason) {
      if (!mode) decide(true)
      mode?.fail(code, reason)
    },
  }
}

/** Text goes on as it is, in whole lines. */
function createText(input: Input, into: Collector, limit: number): Unwrapper {
  let carry: Uint8Array = new Uint8Array(0)
  let isSkipping = false

  function take(lines: Uint8Array): void {
    if (!isSkipping) into.addText(input, lines)
    isSkipping = false
    carry = new Uint8Array(0)
  }

  return {
    write(chunk) {
      let from = 0
      if (carry.length > 0 || isSkipping) {
        from = chunk.indexOf(newline) + 1
        if (from > 0) take(concatenate([carry, chunk.subarray(0, from)]))
      }
      const end = chunk.lastIndexOf(newline) + 1
      if (end > from) take(chunk.subarray(from, end))
      if (isSkipping) return
      // A copy, since the chunk's memory may be used again.
      carry = Buffer.concat([carry, chunk.subarray(end)])
      if (carry.length <= limit) return
      rejectLongLine(input, into, carry)
      carry = new Uint8Array(0)
      isSkipping = true
    },
    end() {
      take(carry)
    },
    fail(code, reason) {
      into.reject(input, { code, value: reason, line: rawText(carry) })
    },
  }
}

function rejectLongLine(input: Input, into: Collector, beginning: Uint8Array): void {
  const origin = { ...input.origin, line: ++input.lines }
  const line = decode(beginning.subarray(0, defaultMaxLineLength))
  into.reject({ ...input, origin }, { code: 'line_too_long', line })
}

/** Envelopes are opened one by one; one that is broken takes no other with it. */
function createJson(opening: Opening, limit: number): Unwrapper {
  const { input, into } = opening

  function take(piece: Piece): void {
    if (piece.kind === 'text') into.addText(input, piece.bytes)
    else if (piece.kind === 'line_too_long') rejectLongLine(input, into, piece.bytes)
    else if (!isOpened(piece)) recover(piece)
  }

  function isOpened({ kind, bytes }: Piece): boolean {
    if (kind !== 'object') return false
    return (
      openPlainPayload(bytes, opening) || (isUtf8(bytes) && openEnvelope(decode(bytes), opening))
    )
  }

  /** A broken object may have swallowed those after it. */
  function recover(piece: Piece): void {
    if (piece.kind === 'too_deep' || piece.kind === 'too_many_records') return complain(piece)
    const parts = splitAtObjects(piece.bytes)
    if (parts.length === 1) complain(piece)
    else for (const part of parts) recoverPart(part)
  }

  function recoverPart(part: Uint8Array): void {
    const cutter = createJsonCutter(limit, (piece) => {
      if (piece.kind === 'text') into.addText(input, piece.bytes)
      else if (!isOpened(piece)) complain(piece)
    })
    cutter.write(part)
    cutter.end()
  }

  function complain({ kind, bytes }: Piece): void {
    if (kind === 'too_large' || kind === 'too_deep' || kind === 'too_many_records') {
      into.reject(input, { code: kind, line: rawText(bytes) })
    } else if (isUtf8(bytes)) into.reject(input, { code: 'bad_json', line: decode(bytes) })
    else into.reject(input, { code: 'bad_encoding', value: toBase64(bytes), line: decode(bytes) })
  }

  const cutter: JsonCutter = createJsonCutter(limit, take)
  return {
    write: cutter.write,
    end: cutter.end,
    fail(code, reason) {
      into.reject(input, { code, value: reason, line: rawText(cutter.rest()) })
    },
  }
}

/** Something that is neither lines nor JSON is one rejection with its bytes. */
function createBinary(input: Input, into: Collector, limits: UnwrapperLimits): Unwrapper {
  const blocks: Uint8Array[] = []
  let length = 0
  function reject(code: RejectionCode): void {
    const bytes = concatenate(blocks).subarray(0, limits.object)
    into.reject(input, { code, line: toBase64(bytes) })
  }
  return {
    write(chunk) {
      if (length < limits.object) blocks.push(new Uint8Array(chunk))
      length += chunk.length
    },
    end: () => reject('unknown_shape'),
    fail: reject,
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
