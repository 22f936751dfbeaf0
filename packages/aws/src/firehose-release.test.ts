import { createTransform, recordMapping } from '@flowlogs/core'
import { expect, test } from 'vitest'
import type { Deliver } from './deliver.ts'
import { createFirehoseEndpoint } from './firehose-endpoint.ts'

const lines = 900

/** The lines of one request, which tell whose they are. */
function linesOf(maker: number): string[] {
  return Array.from(
    { length: lines },
    (_, index) =>
      `2 123456789010 eni-${maker} 172.31.16.139 172.31.16.21 20641 22 6 20 ${index} 1418530010 1418530070 ACCEPT OK`,
  )
}

function requestOf(maker: number): Request {
  const records = linesOf(maker).map((message) => ({
    data: Buffer.from(JSON.stringify({ message })).toString('base64'),
  }))
  return new Request('https://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-amz-firehose-request-id': `r-${maker}` },
    body: JSON.stringify({ requestId: `r-${maker}`, timestamp: 1, records }),
  })
}

test('deliveries that overlap never see the bytes of another, though all hand their memory back', async () => {
  const transform = createTransform({ mapping: recordMapping })
  const expected = createTransform({ mapping: recordMapping })
  const stored = new Map<string, string>()
  const buffers: ArrayBuffer[] = []
  let underWay = 0
  let most = 0
  const deliver: Deliver = async ({ output, release }) => {
    const text = Buffer.from(output).toString()
    const name = /"eni-(\d+)"/.exec(text)?.[1] ?? ''
    most = Math.max(most, ++underWay)
    buffers.push(output.buffer)
    for (let wait = 0; wait <= Number(name) % 5; wait++) await new Promise(setImmediate)
    expect(Buffer.from(output).toString() === text, `request ${name}`).toBe(true)
    stored.set(name, (stored.get(name) ?? '') + text)
    underWay--
    release?.()
  }
  // Several batches for each request.
  const options = {
    accessKeys: 'none',
    transform,
    deliver,
    maxBatchBytes: 60_000,
    log() {},
  } as const
  const handle = createFirehoseEndpoint(options)
  for (let round = 0; round < 6; round++) {
    const makers = [0, 1, 2, 3, 4].map((each) => round * 5 + each)
    const replies = await Promise.all(makers.map((maker) => handle(requestOf(maker))))
    expect(replies.map(({ status }) => status)).toStrictEqual([200, 200, 200, 200, 200])
  }
  for (let maker = 0; maker < 30; maker++) {
    const { output } = expected(linesOf(maker).join('\n'))
    expect(stored.get(String(maker)) === Buffer.from(output).toString(), `${maker}`).toBe(true)
  }
  expect(most).toBeGreaterThan(2)
  expect(new Set(buffers).size).toBeLessThan(buffers.length / 2)
})

test('requests whose chunks come in turns get their own lines', async () => {
  const transform = createTransform({ mapping: recordMapping })
  const stored = new Map<string, string>()
  const deliver: Deliver = async ({ output }) => {
    const text = Buffer.from(output).toString()
    const name = /"eni-(\d+)"/.exec(text)?.[1] ?? ''
    stored.set(name, (stored.get(name) ?? '') + text)
  }
  const options = { accessKeys: 'none', transform, deliver, replayCache: false, log() {} } as const
  const handle = createFirehoseEndpoint(options)
  // More of them than kernels are kept for; every fifth fails halfway.
  const makers = Array.from({ length: 20 }, (_, maker) => maker)
  for (let round = 0; round < 3; round++) {
    stored.clear()
    const replies = await Promise.all(
      makers.map(async (maker) => handle(inChunks(requestOf(maker), maker % 5 === 4))),
    )
    expect(replies.map(({ status }) => status)).toStrictEqual(
      makers.map((maker) => (maker % 5 === 4 ? 400 : 200)),
    )
    for (const maker of makers.filter((each) => each % 5 !== 4)) {
      const expected = createTransform({ mapping: recordMapping })(linesOf(maker).join('\n'))
      expect(stored.get(`${maker}`) === Buffer.from(expected.output).toString()).toBe(true)
    }
    expect(stored.size).toBe(16)
  }
})

/** A request whose body takes its turn with others; half of it, if it is to fail. */
function inChunks(request: Request, isCut: boolean): Request {
  async function* chunks() {
    const bytes = new Uint8Array(await request.arrayBuffer())
    const end = isCut ? bytes.length / 2 : bytes.length
    for (let at = 0; at < end; at += 7000) {
      yield bytes.slice(at, Math.min(end, at + 7000))
      await new Promise(setImmediate)
    }
  }
  const { url, method, headers } = request
  return new Request(url, { method, headers, body: ReadableStream.from(chunks()), duplex: 'half' })
}
