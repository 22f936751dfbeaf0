import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { snappyCompress } from 'hysnappy'
import { expect, test } from 'vitest'
import { eventsOf, hostTransform, lineOf } from './http-transform.test-support.ts'

const [first, second] = [lineOf(1), lineOf(2)]
const wanted = eventsOf(first, second)

test.each([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['zstd', zstdCompressSync],
  ['snappy', snappyCompress],
  ['snappy', toSnappyFrames],
  ['x-snappy-framed', toSnappyFrames],
  ['zlib', deflateSync],
  ['gzip', (bytes: Uint8Array) => bytes],
  ['identity', (bytes: Uint8Array) => bytes],
  ['identity', gzipSync],
  ['identity', toSnappyFrames],
])('with content-encoding %s', async (encoding, compress) => {
  const send = await hostTransform()
  const body = new Uint8Array(compress(Buffer.from(`${first}\n${second}`)))
  const reply = await send(body, { headers: { 'content-encoding': encoding } })
  expect([reply.status, reply.text]).toStrictEqual([200, wanted])
})

test.each([
  ['another method', lineOf(), { method: 'DELETE' }, 405, 'the method must be POST'],
  [
    'another encoding',
    lineOf(),
    { headers: { 'content-encoding': 'br' } },
    415,
    'the content encoding must be gzip, deflate, zstd or snappy',
  ],
  [
    'two encodings',
    lineOf(),
    { headers: { 'content-encoding': 'gzip, zstd' } },
    415,
    'the content encoding must be gzip, deflate, zstd or snappy',
  ],
  [
    'half a gzip body',
    gzipSync(lineOf()).subarray(0, 40),
    {},
    400,
    'the body is not whole compressed data',
  ],
  [
    'half a zstd body',
    zstdCompressSync(lineOf()).subarray(0, 40),
    {},
    400,
    'the body is not whole compressed data',
  ],
  [
    'broken deflate',
    'broken',
    { headers: { 'content-encoding': 'deflate' } },
    400,
    'the body is not whole compressed data',
  ],
  [
    'broken snappy',
    Buffer.from([4, 255, 255]),
    { headers: { 'content-encoding': 'snappy' } },
    400,
    'the body is not whole snappy data',
  ],
  [
    'a snappy length without end',
    Buffer.alloc(9, 255),
    { headers: { 'content-encoding': 'snappy' } },
    400,
    'the body is not whole snappy data',
  ],
  [
    'a snappy bomb',
    Buffer.from([255, 255, 255, 255, 15, 0]),
    { headers: { 'content-encoding': 'snappy' } },
    413,
    'the body is larger than 1048576 bytes',
  ],
  [
    'half a snappy frame',
    toSnappyFrames(Buffer.from(lineOf())).subarray(0, -2),
    {},
    400,
    'the body is not whole snappy data',
  ],
  [
    'a snappy frame of another kind',
    Buffer.concat([toSnappyFrames(Buffer.from('')), Buffer.from([2, 0, 0, 0])]),
    {},
    400,
    'the body is not whole snappy data',
  ],
  [
    'a snappy frame that says it is larger than any',
    toSnappyFrames(Buffer.alloc(70_000), 70_000),
    {},
    400,
    'the body is not whole snappy data',
  ],
  [
    'a bomb of snappy frames',
    toSnappyFrames(Buffer.alloc(64 << 20)),
    {},
    413,
    'the body is larger than 1048576 bytes',
  ],
  [
    'a gzip bomb',
    gzipSync(Buffer.alloc(64 << 20)),
    {},
    413,
    'the body is larger than 1048576 bytes',
  ],
  [
    'a zstd bomb',
    zstdCompressSync(Buffer.alloc(64 << 20)),
    {},
    413,
    'the body is larger than 1048576 bytes',
  ],
  ['a large body', Buffer.alloc(3 << 20), {}, 413, 'the body is larger than 1048576 bytes'],
])('%s is refused', async (_name, body, init, status, error) => {
  const send = await hostTransform({ maxBodyBytes: 1 << 20 })
  const reply = await send(new Uint8Array(Buffer.from(body)), init)
  expect([reply.status, JSON.parse(reply.text)]).toStrictEqual([status, { error }])
})

/** Frames as the Collector sends them: every other one is not compressed, and one is padding. */
function toSnappyFrames(bytes: Uint8Array, size = 65_536): Buffer {
  const frame = (type: number, ...data: readonly Uint8Array[]) => {
    const body = Buffer.concat(data)
    const header = Buffer.from([type, 0, 0, 0])
    header.writeUIntLE(body.length, 1, 3)
    return Buffer.concat([header, body])
  }
  const checksum = Buffer.alloc(4)
  const count = Math.ceil(bytes.length / size)
  const frames = Array.from({ length: count }, (_, index) => {
    const part = bytes.subarray(index * size, (index + 1) * size)
    const isPlain = index % 2 === 1
    return frame(isPlain ? 1 : 0, checksum, isPlain ? part : snappyCompress(part))
  })
  const identifier = frame(255, Buffer.from('sNaPpY'))
  return Buffer.concat([identifier, frame(254, checksum), ...frames])
}
