import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createBodyDigest } from './body-digest.ts'
import { type BodyReaderOptions, createBodyReader, inflateBody } from './body-reader.ts'

const mebibyte = 1024 * 1024

/** A stream, and what became of it. */
function createSource(chunks: Iterable<Uint8Array>, failure?: Error) {
  const iterator = chunks[Symbol.iterator]()
  const state = { read: 0, isCancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value, done } = iterator.next()
        if (!done) {
          state.read += value.length
          controller.enqueue(value)
        } else if (failure) controller.error(failure)
        else controller.close()
      },
      cancel() {
        state.isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, state }
}

function readerOf(
  stream: ReadableStream<Uint8Array> | null,
  options: Partial<BodyReaderOptions> = {},
) {
  return createBodyReader(stream, {
    maxBodyBytes: 100,
    hasDigest: true,
    admit: () => true,
    ...options,
  })
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += Buffer.from(chunk).toString()
  return text
}

function* endless(chunk: Uint8Array) {
  for (;;) yield chunk
}

const abc = ['a', 'b', 'c'].map((each) => Buffer.from(each))

describe('a body', () => {
  test('is read, counted and hashed', async () => {
    const body = readerOf(createSource(abc).stream)
    expect(body.digest()).toBeUndefined()
    expect(await readAll(body.chunks())).toBe('abc')
    expect(body.bytes).toBe(3)
    const digest = createBodyDigest()
    digest.update(Buffer.from('abc'))
    const expected = digest.finish()
    expect([body.digest(), body.digest()]).toStrictEqual([expected, expected])
  })

  test('may be absent', async () => {
    const body = readerOf(null)
    expect(await readAll(body.chunks())).toBe('')
    expect(body.digest()).toBe(createBodyDigest().finish())
    await body.drain()
  })

  test('has no digest if nobody wants it', async () => {
    const body = readerOf(createSource(abc).stream, { hasDigest: false })
    await readAll(body.chunks())
    expect(body.digest()).toBeUndefined()
  })

  test.each([
    ['is too large', { maxBodyBytes: 2 }, 400, 'the body is larger than 2 bytes'],
    [
      'finds no room',
      { admit: (bytes: number) => bytes < 3 },
      503,
      'too many requests are under way',
    ],
  ])('is read to its end when it %s, without a digest', async (_, options, status, message) => {
    const { stream, state } = createSource([...abc, ...abc])
    const body = readerOf(stream, options)
    await expect(readAll(body.chunks())).rejects.toMatchObject({ status, message })
    expect(state.read).toBe(3)
    await body.drain()
    expect([state.read, state.isCancelled, body.bytes]).toStrictEqual([6, false, 6])
    expect(body.digest()).toBeUndefined()
  })

  test('that breaks off is refused', async () => {
    const body = readerOf(createSource(abc, new Error('gone')).stream)
    const expected = { status: 400, message: 'the body ended early' }
    await expect(readAll(body.chunks())).rejects.toMatchObject(expected)
    await body.drain()
    expect(body.digest()).toBeUndefined()
  })

  test('that nobody has begun to read is read to its end', async () => {
    const { stream, state } = createSource(abc)
    await readerOf(stream).drain()
    expect(state.read).toBe(3)
  })

  test('that has no end is cut off', async () => {
    const { stream, state } = createSource(endless(new Uint8Array(mebibyte)))
    await readerOf(stream).drain()
    expect(state).toStrictEqual({ read: 257 * mebibyte, isCancelled: true })
  })
})

describe('inflating', () => {
  async function* source(...chunks: Uint8Array[]) {
    yield* chunks
  }
  const compressed = gzipSync('abc')

  test('goes by the first bytes', async () => {
    expect(await readAll(await inflateBody(source(...abc), 3))).toBe('abc')
    const halves = [compressed.subarray(0, 1), compressed.subarray(1)]
    expect(await readAll(await inflateBody(source(...halves), 3))).toBe('abc')
  })

  test.each([
    ['too much', compressed, 2, 'the body is larger than 2 bytes'],
    ['what is cut short', compressed.subarray(0, -1), 9, 'the body is not whole gzip data'],
    ['garbage', Uint8Array.of(0x1f, 0x8b, 0), 9, 'the body is not whole gzip data'],
  ])('%s is refused', async (_, bytes, limit, message) => {
    const expected = { status: 400, message }
    const body = await inflateBody(source(bytes), limit)
    await expect(readAll(body)).rejects.toMatchObject(expected)
  })
})
