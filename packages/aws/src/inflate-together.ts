/** Small gzip payloads inflated in one call of zlib, since a call costs as much as some lines do. */
import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { freeMemory, saidLength } from './gunzip.ts'

// Nobody outside the process knows it, so no payload can hold it.
const mark = randomBytes(16)
const separator = gzipSync(mark, { level: 0 })

/** Payloads, memory. */
export interface Inflated {
  readonly contents: readonly Uint8Array[]
  /** Where all of them lie, and nothing else. */
  readonly memory: Uint8Array
}

/**
 * Inflates payloads, each of which is gzip data; undefined when that has to be done one by one: when
 * one is broken, not what it says at its end, or followed by anything, or when they do not inflate to
 * `limit` bytes or fewer.
 *
 * Gzip data may have several members, so payloads that follow each other are gzip data, too. Between
 * any two, and behind the last, stands a member that inflates to a mark. Wherever the marks are where
 * the payloads say that they end, each payload was inflated by itself: what swallowed a mark would
 * have to have its checksum right without knowing it.
 */
export function inflateTogether(
  payloads: readonly Uint8Array[],
  limit: number,
): Inflated | undefined {
  const lengths = payloads.map(saidLength)
  const length = lengths.reduce((sum, each) => sum + each, 0)
  if (length > limit) return undefined
  const expected = length + mark.length * payloads.length
  const joined = Buffer.concat(payloads.flatMap((payload) => [payload, separator]))
  let memory: Buffer
  try {
    // One byte more than there is, or zlib asks for another piece; fewer than 64 it does not accept.
    const options = { maxOutputLength: expected, chunkSize: Math.max(expected + 1, 64) }
    memory = gunzipSync(joined, options)
  } catch {
    return undefined
  } finally {
    freeMemory(joined)
  }
  if (memory.length !== expected) return undefined
  const contents: Uint8Array[] = []
  let at = 0
  for (const each of lengths) {
    const end = at + each
    if (!mark.equals(memory.subarray(end, end + mark.length))) return undefined
    contents.push(memory.subarray(at, end))
    at = end + mark.length
  }
  return { contents, memory }
}
