/** Text that arrives in chunks → results: whole lines go on as they are, without a copy. */
import type { Origin, OriginLookup, Transform, TransformResult } from '@flowlogs/core'
import { withEnvelopes } from './delivery.ts'
import { isGzipError } from './gunzip.ts'
import { rawText } from './raw-text.ts'

const newline = 10

/**
 * Transforms lines in blocks of `blockSize` bytes, about. Where the input breaks off because it is
 * damaged, its last line is a rejection.
 */
export async function* transformLines(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array>,
  origin: Origin,
  blockSize: number,
): AsyncGenerator<TransformResult, void, undefined> {
  const session = transform.stream(originOfLines(origin))
  /** The line that the last chunk has begun; of a long one, the beginning. */
  let begun: Uint8Array = new Uint8Array(0)
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const end = chunk.indexOf(newline, Math.min(at + blockSize, chunk.length) - 1) + 1
        const stop = end === 0 ? chunk.length : end
        const result = session.write(chunk.subarray(at, stop))
        if (result.ledger.lines > 0) yield result
        at = stop
      }
      const last = chunk.lastIndexOf(newline)
      begun = last === -1 ? extend(begun, chunk) : new Uint8Array(chunk.subarray(last + 1))
    }
  } catch (error) {
    if (!isGzipError(error)) throw error
    const rejection = { code: 'bad_gzip', value: error.message, line: rawText(begun) } as const
    const isKnown = Object.keys(origin).length > 0
    const rejections = [isKnown ? { ...rejection, origin } : rejection]
    yield withEnvelopes(transform(''), { control: 0, rejections })
    return
  }
  const result = session.end()
  if (result.ledger.lines > 0) yield result
}

/** Where the lines of an input are from. */
export function originOfLines(origin: Origin): OriginLookup {
  return Object.assign((index: number) => ({ ...origin, line: index + 1 }), {
    common: { origin, differing: ['line'] as const },
  })
}

const maxBegun = 1024 * 1024

function extend(begun: Uint8Array, chunk: Uint8Array): Uint8Array {
  return begun.length < maxBegun
    ? Buffer.concat([begun, chunk.subarray(0, maxBegun - begun.length)])
    : begun
}
