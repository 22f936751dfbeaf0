import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Fault, type S3StandIn, type StoredObject, startS3StandIn } from './s3.test-support.ts'
import { openS3Object } from './s3-object.ts'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) >> 3))
const object = { bucket: 'bucket', key: 'AWSLogs/year=2026/a b+c%.log.gz' }
const name = `${object.bucket}/${object.key}`

let s3: S3StandIn

beforeAll(async () => {
  s3 = await startS3StandIn()
})

afterAll(() => s3.close())

beforeEach(() => {
  s3.objects.clear()
  s3.requests.length = 0
})

describe('reading', () => {
  test('an object', async () => {
    expect(await read({ content })).toStrictEqual({ size: 300_000, hash: hashOf(content) })
    expect(s3.requests).toStrictEqual([name])
  })

  test('an empty object', async () => {
    const empty = new Uint8Array(0)
    expect(await read({ content: empty })).toStrictEqual({ size: 0, hash: hashOf(empty) })
  })

  test('a version', async () => {
    s3.objects.set(`${name}?versionId=v/1`, { content, faults: [{ resetAfter: 5 }] })
    const opened = await openS3Object(s3.createClient(), { ...object, versionId: 'v/1' })
    expect(hashOf(await gather(opened.chunks))).toBe(hashOf(content))
    expect(s3.requests).toStrictEqual([
      `${name}?versionId=v/1`,
      `${name}?versionId=v/1 bytes=5- if-match`,
    ])
  })

  test('a slow object', async () => {
    const slow = await read({ content: content.subarray(0, 1000), sizes: [100], delay: 5 })
    expect(slow.hash).toBe(hashOf(content.subarray(0, 1000)))
  })

  test('an object that S3 asks to be patient about', async () => {
    const slowDown = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' }
    const faults = [slowDown, { status: 500, code: 'InternalError' }]
    expect((await read({ content, faults })).hash).toBe(hashOf(content))
    expect(s3.requests).toStrictEqual([name, name, name])
  })
})

describe('content that breaks off is read on from there', () => {
  test('after a reset', async () => {
    const faults = [{ resetAfter: 100_000 }, { resetAfter: 50_000 }]
    expect((await read({ content, faults })).hash).toBe(hashOf(content))
    expect(s3.requests).toStrictEqual([
      name,
      `${name} bytes=100000- if-match`,
      `${name} bytes=150000- if-match`,
    ])
  })

  test('after many resets, as long as there is something new', async () => {
    const faults = Array(10).fill({ resetAfter: 1000 })
    expect((await read({ content, faults })).hash).toBe(hashOf(content))
    expect(s3.requests).toHaveLength(11)
  })

  test('when the client gives up waiting', async () => {
    s3.objects.set(name, { content, faults: [{ stallAfter: 1000 }] })
    const client = s3.createClient({ requestHandler: { socketTimeout: 100 } })
    const { chunks } = await openS3Object(client, object)
    expect(hashOf(await gather(chunks))).toBe(hashOf(content))
    expect(s3.requests.slice(0, 2)).toStrictEqual([name, `${name} bytes=1000- if-match`])
  })

  test('when its reader was slower than the client waits', async () => {
    const large = Buffer.alloc(20_000_000, content)
    s3.objects.set(name, { content: large })
    const client = s3.createClient({ requestHandler: { socketTimeout: 300 } })
    const { chunks } = await openS3Object(client, object)
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) {
      if (parts.length === 0) await wait(900)
      parts.push(chunk)
    }
    expect(hashOf(Buffer.concat(parts))).toBe(hashOf(large))
    expect(s3.requests.length).toBeGreaterThan(1)
  })

  test('anywhere', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 8 })
    const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(cuts, sizes, async (resets, pieces) => {
        const faults = resets.map((resetAfter) => ({ resetAfter }))
        const { hash } = await read({
          content,
          faults,
          ...(pieces.length > 0 && { sizes: pieces }),
        })
        expect(hash).toBe(hashOf(content))
      }),
      { numRuns: 30 },
    )
  })
})

describe('failing', () => {
  test.each<[string, Fault[], string]>([
    [
      'forbidden',
      [{ status: 403, code: 'AccessDenied', message: 'Access Denied' }],
      'AccessDenied: Access Denied',
    ],
    [
      'archived',
      [{ status: 403, code: 'InvalidObjectState', message: 'The operation is not valid' }],
      'InvalidObjectState: The operation is not valid',
    ],
    [
      'never without SlowDown',
      Array(3).fill({ status: 503, code: 'SlowDown', message: 'Please reduce' }),
      'SlowDown: Please reduce',
    ],
    ['reset without a byte between', Array(9).fill({ resetAfter: 0 }), 'Error: aborted'],
    [
      'replaced while it was read',
      [{ resetAfter: 9 }, { status: 412, code: 'PreconditionFailed', message: 'One of' }],
      'PreconditionFailed: One of',
    ],
    [
      'begun again instead of read on',
      [{ resetAfter: 9 }, { ignoresRange: true }],
      'Error: S3 did not read on from byte 9',
    ],
  ])('%s', async (_, faults, message) => {
    await expect(read({ content, faults })).rejects.toThrow(
      expect.objectContaining({ name: message.split(':')[0], message: message.split(': ')[1] }),
    )
  })

  test('not there', async () => {
    await expect(openS3Object(s3.createClient(), object)).rejects.toThrow(
      expect.objectContaining({ name: 'NoSuchKey', message: 'The specified key does not exist.' }),
    )
  })

  test('damaged on its way: what was read is not asked for again', async () => {
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==' }
    await expect(read({ content, headers })).rejects.toThrow(/[Cc]hecksum mismatch/)
    expect(s3.requests).toStrictEqual([name])
  })
})

test('giving up closes the connection', async () => {
  s3.objects.set(name, { content: Buffer.alloc(50_000_000) })
  // With one connection, a second object is read only when the first has given it back.
  const client = s3.createClient({ requestHandler: { httpAgent: { maxSockets: 1 } } })
  for (let count = 0; count < 3; count++) {
    const opened = await openS3Object(client, object)
    expect(opened.size).toBe(50_000_000)
    if (count === 0) await opened.cancel()
    else for await (const _ of opened.chunks) break
  }
  expect(s3.requests).toHaveLength(3)
})

async function read(stored: StoredObject) {
  s3.objects.set(name, stored)
  const { size, chunks } = await openS3Object(s3.createClient(), object)
  return { size, hash: hashOf(await gather(chunks)) }
}

async function gather(chunks: AsyncIterable<Uint8Array>) {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

function hashOf(bytes: Uint8Array) {
  return createHash('sha256').update(bytes).digest('hex')
}
