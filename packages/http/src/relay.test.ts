import { setTimeout } from 'node:timers/promises'
import { createTransform, isBalanced, type Ledger, recordMapping } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import {
  eventsOf,
  hostRelay,
  hostTransform,
  identifiedEventsOf,
  lineOf,
  startNextHop,
  transform,
} from './http-transform.test-support.ts'
import { createRelay } from './relay.ts'

const deadLetter = async () => {}
const idOf = (event: string): string => JSON.parse(event).flow_id

describe('a next hop that takes everything', () => {
  test('gets the events as JSON lines, and then the sender is answered', async () => {
    let isStored = false
    const hop = await startNextHop(async () => {
      await setTimeout(50)
      isStored = true
      return 204
    })
    const { send, dead } = await hostRelay({ url: hop.url, headers: { authorization: 'Bearer t' } })
    const reply = await send(`{"message":"${lineOf(1)}"}\n{"message":"${lineOf(2)}"}\n`)
    expect(isStored).toBe(true)
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.text)).toMatchObject({ lines: 2, emitted: 2, rejected: 0 })
    expect(hop.requests).toMatchObject([
      {
        headers: { authorization: 'Bearer t', 'content-type': 'application/x-ndjson' },
        text: identifiedEventsOf(lineOf(1), lineOf(2)),
      },
    ])
    expect(dead).toStrictEqual([])
  })

  test('gets large bodies in batches', async () => {
    const hop = await startNextHop()
    const { send } = await hostRelay({ url: hop.url }, { batchBytes: 100_000 })
    const lines = Array.from({ length: 5_000 }, (_, n) => lineOf(n))
    expect((await send(JSON.stringify(lines.map((message) => ({ message }))))).status).toBe(200)
    expect(hop.requests.length).toBeGreaterThan(3)
    expect(`${hop.stored.join('\n')}\n`).toBe(identifiedEventsOf(...lines))
  })

  test('gets every event of 200 senders at once', async () => {
    const hop = await startNextHop()
    const { send } = await hostRelay({ url: hop.url })
    const lines = Array.from({ length: 2_000 }, (_, n) => lineOf(n))
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, n) => send(lines.slice(n * 10, n * 10 + 10).join('\n'))),
    )
    expect(new Set(replies.map(({ status }) => status))).toStrictEqual(new Set([200]))
    expect(hop.stored.toSorted()).toStrictEqual(
      identifiedEventsOf(...lines)
        .trimEnd()
        .split('\n')
        .toSorted(),
    )
  })

  test('is not asked when there is nothing for it', async () => {
    const hop = await startNextHop()
    const { send, dead } = await hostRelay({ url: hop.url })
    expect((await send('')).status).toBe(200)
    expect((await send('bad')).status).toBe(200)
    expect(hop.requests).toStrictEqual([])
    expect(dead).toStrictEqual([
      {
        sink: 'http',
        reason: 'too_few_values',
        message: 'no value for the field "account_id": the line ends early',
        rejection: {
          code: 'too_few_values',
          field: 'account_id',
          line: 'bad',
          origin: { line: 1 },
        },
      },
    ])
  })
})

describe('a next hop in trouble', () => {
  test.each([301, 401, 403, 404, 408, 429, 500, 501, 502, 503])(
    'that answers %i is left to the sender',
    async (status) => {
      const hop = await startNextHop(() => status)
      const { send, dead } = await hostRelay({ url: hop.url })
      const reply = await send(`${lineOf()}\nbad`)
      expect(reply.status).toBe(503)
      expect(reply.headers.get('retry-after')).toBe('1')
      expect(reply.text).toBe(`{"error":"the next hop answered ${status}"}\n`)
      // Two more than the first, close together.
      expect(hop.requests).toHaveLength(3)
      expect(dead).toStrictEqual([])
    },
  )

  test('says when to try again', async () => {
    const hop = await startNextHop((_got, _index, response) => {
      response.setHeader('retry-after', '7')
      return 429
    })
    const { send } = await hostRelay({ url: hop.url })
    expect((await send(lineOf())).headers.get('retry-after')).toBe('7')
    expect(hop.requests).toHaveLength(1)
  })

  test('may be down', async () => {
    const { send, dead } = await hostRelay({ url: 'http://127.0.0.1:9/' })
    const reply = await send(lineOf())
    expect([reply.status, reply.headers.get('retry-after')]).toStrictEqual([503, '1'])
    expect(dead).toStrictEqual([])
  })

  test('may take too long', async () => {
    const hop = await startNextHop(async () => {
      await setTimeout(500)
      return 200
    })
    const { send } = await hostRelay({ url: hop.url, timeout: 50 })
    expect(await send(lineOf())).toMatchObject({
      status: 503,
      text: '{"error":"the next hop took too long"}\n',
    })
  })

  test('may cut the connection', async () => {
    const hop = await startNextHop((_got, _index, response) => {
      response.destroy()
      return 200
    })
    const { send } = await hostRelay({ url: hop.url })
    expect((await send(lineOf())).status).toBe(503)
  })

  test('that flaps loses nothing, and repeats share their ids', async () => {
    const hop = await startNextHop(
      (_got, index) => [200, 503, 429, 500, 200, 408, 200, 502][index % 8]!,
    )
    const { send, dead } = await hostRelay({ url: hop.url }, { batchBytes: 5_000 })
    const lines = Array.from({ length: 100 }, (_, n) => lineOf(n))
    let attempts = 0
    for (let status = 0; status !== 200; attempts++) {
      status = (await send(lines.map((message) => JSON.stringify({ message })).join('\n'))).status
      expect([200, 503]).toContain(status)
      if (attempts > 50) throw new Error('never delivered')
    }
    expect(attempts).toBeGreaterThan(1)
    const wanted = identifiedEventsOf(...lines)
      .trimEnd()
      .split('\n')
    expect(new Set(hop.stored)).toStrictEqual(new Set(wanted))
    expect(hop.stored.length).toBeGreaterThanOrEqual(100)
    expect(new Set(hop.stored.map(idOf)).size).toBe(100)
    expect(dead).toStrictEqual([])
  })
})

describe('a next hop that refuses events', () => {
  test('gets the other 9,999, and the one is a dead letter', async () => {
    const bad = '"bytes":7777,'
    const hop = await startNextHop(({ text }) => (text.includes(bad) ? 400 : 200))
    const { send, dead } = await hostRelay({ url: hop.url })
    const lines = Array.from({ length: 10_000 }, (_, n) => lineOf(n))
    const reply = await send(lines.map((message) => `{"message":"${message}"}`).join('\n'))
    expect(reply.status).toBe(200)
    const ledger: Ledger = JSON.parse(reply.text)
    expect(ledger).toMatchObject({ lines: 10_000, emitted: 10_000 })
    expect(isBalanced(ledger)).toBe(true)
    const wanted = identifiedEventsOf(...lines)
      .trimEnd()
      .split('\n')
    const event = wanted[7777] as string
    expect(hop.stored).toStrictEqual(wanted.filter((each) => each !== event))
    expect(hop.requests.length).toBeLessThan(40)
    expect(dead).toStrictEqual([
      {
        sink: 'http',
        reason: 'refused',
        message: 'said 400',
        status: 400,
        id: idOf(event),
        eventTime: 1643160732000,
        account: '647604195155',
        event: new Uint8Array(Buffer.from(event)),
      },
    ])
  })

  test('finds every bad one among many', async () => {
    const hop = await startNextHop(({ text }) => (/"bytes":\d*3,/.test(text) ? 422 : 201))
    const { send, dead } = await hostRelay({ url: hop.url })
    const lines = Array.from({ length: 40 }, (_, n) => lineOf(n))
    expect((await send(lines.join('\n'))).status).toBe(200)
    expect(dead.map((entry) => 'status' in entry && entry.status)).toStrictEqual([
      422, 422, 422, 422,
    ])
    expect(hop.stored).toHaveLength(36)
  })

  test('without a dead letter that works, the sender sends again', async () => {
    const hop = await startNextHop(() => 400)
    const full = async () => {
      throw new Error('disk full at /secret/path')
    }
    const { send } = await hostRelay({ url: hop.url, deadLetter: full })
    const reply = await send(lineOf())
    expect([reply.status, reply.text]).toStrictEqual([
      503,
      '{"error":"the events were not stored"}\n',
    ])
  })
})

test('wrong options are refused', () => {
  const relay = (options: object) => () =>
    createRelay({ url: 'http://localhost', deadLetter, ...options })
  expect(relay({ url: 'nonsense' })).toThrow('the URL of the next hop is not a URL')
  expect(relay({ url: 'file:///etc/passwd' })).toThrow('an http or https URL, not file:')
  expect(relay({ url: 'http://me:secret@localhost' })).toThrow(
    'credentials of the next hop belong into its headers, not its URL',
  )
  expect(relay({ timeout: 0 })).toThrow('timeout must be a positive integer, not 0')
})

test('any delivery will do, and a transform needs an index for it', async () => {
  const outputs: string[] = []
  const output = async (batch: { output: Uint8Array }) =>
    outputs.push(Buffer.from(batch.output).toString())
  const send = await hostTransform({ output })
  expect((await send(lineOf())).status).toBe(200)
  expect(outputs).toStrictEqual([eventsOf(lineOf())])
  expect(transform.format.columns).toHaveLength(14)
  await expect(
    hostTransformOf(createTransform({ mapping: recordMapping }), output),
  ).rejects.toThrow('ids and delivery need a transform made with `index: true`')
})

async function hostTransformOf(
  plain: typeof transform,
  output: (batch: { output: Uint8Array }) => Promise<number>,
) {
  return hostTransform({ transform: plain, output })
}
