import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  bodyOf,
  createEndpoint,
  direct,
  requestId,
  requestOf,
  success,
} from './firehose-endpoint.test-support.ts'

const body = bodyOf([{ data: direct }])
const other = bodyOf([{ data: direct }, { data: direct }])

/** An endpoint whose deliveries are settled by hand. */
function createManual() {
  const pending: { resolve: () => void; reject: (error: Error) => void; lines: number }[] = []
  const endpoint = createEndpoint({
    deliver: ({ ledger: { lines } }) =>
      new Promise<void>((resolve, reject) => pending.push({ resolve, reject, lines })),
  })
  const send = (sent: string) => endpoint.handle(requestOf(sent)).then(({ status }) => status)
  return { ...endpoint, pending, send }
}

/** Time enough for a request to come as far as it can. */
async function settle() {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

describe('a request that comes again', () => {
  test('is acknowledged, not delivered again', async () => {
    const { handle, delivered, invocations } = createEndpoint()
    const replies: unknown[] = []
    for (let time = 0; time < 3; time++) {
      const response = await handle(requestOf(body))
      replies.push(response.status, await response.json())
    }
    expect(replies).toStrictEqual([200, success, 200, success, 200, success])
    expect(delivered).toHaveLength(1)
    expect(invocations.map(({ ledger, bytesIn }) => [ledger.lines, bytesIn])).toStrictEqual([
      [1, body.length],
      [0, body.length],
      [0, body.length],
    ])
  })

  test('with another body is delivered; each body is known from then on', async () => {
    const { handle, delivered } = createEndpoint()
    // As it was received: compressed, it is another body.
    const bodies = [body, other, gzipSync(body), body, other, gzipSync(body)]
    for (const sent of bodies) expect((await handle(requestOf(sent))).status).toBe(200)
    expect(delivered.map(({ ledger }) => ledger.emitted)).toStrictEqual([1, 2, 1])
  })

  test('is delivered again when it was not stored the first time', async () => {
    let attempts = 0
    const { handle } = createEndpoint({
      async deliver() {
        if (++attempts === 1) throw new Error('the disk is full')
      },
    })
    const statuses: number[] = []
    for (let time = 0; time < 3; time++) statuses.push((await handle(requestOf(body))).status)
    expect([statuses, attempts]).toStrictEqual([[503, 200, 200], 2])
  })

  test('is delivered again when its key was wrong the first time', async () => {
    const { handle, delivered } = createEndpoint()
    await handle(requestOf(body, { 'x-amz-firehose-access-key': 'wrong' }))
    expect((await handle(requestOf(body))).status).toBe(200)
    expect(delivered).toHaveLength(1)
  })

  test('needs its key nevertheless', async () => {
    const { handle } = createEndpoint()
    await handle(requestOf(body))
    const response = await handle(requestOf(body, { 'x-amz-firehose-access-key': 'wrong' }))
    expect(response.status).toBe(401)
  })

  test('is known by the id in its body, if the header is missing', async () => {
    const { handle, delivered } = createEndpoint()
    const headers = { 'x-amz-firehose-request-id': undefined }
    for (const sent of [headers, headers, {}]) {
      expect((await handle(requestOf(body, sent))).status).toBe(200)
    }
    expect(delivered).toHaveLength(1)
  })

  test('is forgotten after two hours', async () => {
    let time = 0
    const { handle, delivered } = createEndpoint({ clock: () => time })
    const hours = 3_600_000
    for (time of [0, 2 * hours - 1, 2 * hours, 4 * hours - 1, 4 * hours]) {
      expect((await handle(requestOf(body))).status).toBe(200)
    }
    expect(delivered).toHaveLength(3)
  })

  test('is forgotten after too many others', async () => {
    const { handle, delivered } = createEndpoint({
      replayCache: { entries: 2, milliseconds: 1000 },
    })
    for (const id of ['a', 'b', 'c', 'b', 'c', 'a']) {
      await handle(requestOf(bodyOf([], id), { 'x-amz-firehose-request-id': id }))
    }
    expect(delivered).toHaveLength(4)
  })

  test('is delivered again without a cache', async () => {
    const { handle, delivered } = createEndpoint({ replayCache: false })
    await handle(requestOf(body))
    await handle(requestOf(body))
    expect(delivered).toHaveLength(2)
  })
})

describe('a request that comes again before the first attempt is over', () => {
  test('waits, and is acknowledged with it', async () => {
    const { send, pending } = createManual()
    const replies = Promise.all([send(body), send(body), send(body)])
    await settle()
    expect(pending).toHaveLength(1)
    pending[0]?.resolve()
    expect(await replies).toStrictEqual([200, 200, 200])
    expect(pending).toHaveLength(1)
  })

  test('takes over when the first attempt fails, one at a time', async () => {
    const { send, pending } = createManual()
    const replies = Promise.all([send(body), send(body), send(body)])
    await settle()
    pending[0]?.reject(new Error('the disk is full'))
    await settle()
    expect(pending).toHaveLength(2)
    pending[1]?.resolve()
    expect(await replies).toStrictEqual([503, 200, 200])
    expect(pending).toHaveLength(2)
  })

  test('is delivered after it if its body is another', async () => {
    const { send, pending } = createManual()
    const replies = Promise.all([send(body), send(other)])
    await settle()
    pending[0]?.resolve()
    await settle()
    pending[1]?.resolve()
    expect(await replies).toStrictEqual([200, 200])
    expect(pending.map(({ lines }) => lines)).toStrictEqual([1, 2])
  })

  test('takes over when the first attempt was cut off in its body', async () => {
    const { handle, delivered } = createEndpoint()
    let cut = () => {}
    const first = handle(
      new Request('http://localhost/', {
        method: 'POST',
        headers: requestOf('').headers,
        body: new ReadableStream({
          start(controller) {
            controller.enqueue(Buffer.from(body.slice(0, 50)))
            cut = () => controller.error(new Error('gone'))
          },
        }),
        duplex: 'half',
      } as RequestInit),
    )
    await settle()
    const second = handle(requestOf(body))
    await settle()
    expect(delivered).toHaveLength(0)
    cut()
    expect([(await first).status, (await second).status]).toStrictEqual([400, 200])
    expect(await (await first).json()).toMatchObject({ errorMessage: 'the body ended early' })
    expect(delivered).toHaveLength(1)
  })

  test('does not wait for requests of another id', async () => {
    const { handle, send, pending } = createManual()
    const first = send(body)
    const headers = { 'x-amz-firehose-request-id': 'another' }
    const second = handle(requestOf(body.replace(requestId, 'another'), headers))
    await settle()
    expect(pending).toHaveLength(2)
    for (const { resolve } of pending) resolve()
    expect([await first, (await second).status]).toStrictEqual([200, 200])
  })
})
