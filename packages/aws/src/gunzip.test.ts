import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { gunzipStream } from './gunzip.ts'

const mebibyte = 1024 * 1024

/** Chunks in memory that is used again for each of them. */
function* chunksOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  const memory = new Uint8Array(size)
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size)
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
    memory.fill(0)
  }
}

/** What comes out, and the reason why no more does. */
async function read(chunks: Iterable<Uint8Array>) {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of gunzipStream(chunks)) pieces.push(new Uint8Array(piece))
  } catch (error) {
    return { bytes: Buffer.concat(pieces), pieces: pieces.length, reason: String(error) }
  }
  return { bytes: Buffer.concat(pieces), pieces: pieces.length, reason: undefined }
}

/** Bytes that hardly compress. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
    bytes[at] = state >>> 16
  }
  return bytes
}

describe('a stream', () => {
  const small = noise(mebibyte / 2)

  test.each([
    ['small', gzipSync(small), small, 1],
    ['of two members', Buffer.concat([gzipSync(small), gzipSync(small)]), [small, small], 1],
    ['empty', gzipSync(''), Buffer.alloc(0), 1],
  ])('that is %s is inflated at once', async (_, compressed, expected, pieces) => {
    const bytes = Buffer.concat([expected].flat())
    for (const size of [1000, 65_536, 8 * mebibyte]) {
      const result = await read(chunksOf(compressed, size))
      expect(result.bytes.equals(bytes), `chunks of ${size}`).toBe(true)
      expect([result.pieces, result.reason]).toStrictEqual([pieces, undefined])
    }
  })

  test.each([
    ['is large', noise(3 * mebibyte)],
    ['inflates to much', Buffer.alloc(20 * mebibyte)],
  ])('that %s is inflated in pieces', async (_, bytes) => {
    const result = await read(chunksOf(gzipSync(bytes), 65_536))
    expect(result.bytes.equals(bytes)).toBe(true)
    expect(result.pieces).toBeGreaterThan(10)
    expect(result.reason).toBeUndefined()
  })

  test('that breaks off gives what came before', async () => {
    const compressed = gzipSync(small)
    const result = await read(chunksOf(compressed.subarray(0, compressed.length / 2), 1000))
    expect(result.bytes.length).toBeGreaterThan(small.length / 3)
    expect(result.bytes.equals(small.subarray(0, result.bytes.length))).toBe(true)
    expect(result.reason).toBe('Error: unexpected end of file')
  })

  test('that is not compressed passes as it is', async () => {
    const chunks = [small.subarray(0, 1), small.subarray(1, 10), small.subarray(10)]
    expect((await read(chunks)).bytes.equals(small)).toBe(true)
    expect(await read([])).toStrictEqual({ bytes: Buffer.alloc(0), pieces: 0, reason: undefined })
  })
})
