import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch } from './batch.test-support.ts'
import type { Answer, Script } from './http-receiver.test-support.ts'
import type { ItemFault } from './opensearch.test-support.ts'
import { documentsById, nothing, useOpenSearch } from './opensearch-stage.test-support.ts'

const start = useOpenSearch()

describe('a request', () => {
  const good = [
    [{ status: 429, headers: { 'retry-after': '0' } }, {}],
    [{ status: 502, body: '<html>Bad gateway</html>' }, {}],
    [{ status: 503, unread: true }, {}],
    [{ body: 'not JSON' }, {}],
    [{ body: '{"items":[' }, {}],
    [{ body: 'null' }, {}],
    [{ body: {} }, {}],
    [{ body: { took: 1, errors: false } }, {}],
    [{ body: { items: [] } }, {}],
    [{ body: { items: [null, null, null] } }, {}],
    [{ body: { items: [1, 2, 3].map(() => ({ create: { status: 201 } })) } }, {}],
    [{ body: { items: [1, 2, 3].map(() => ({ index: { status: 201 } })) } }, {}],
  ] as const

  test.each(good)('is sent again after %j', async (answer) => {
    const { sink, receiver, documents } = await start()
    receiver.next(answer as Answer)
    expect(await sink.deliver(createBatch(3))).toStrictEqual({
      ...nothing,
      accepted: 3,
      retried: 3,
    })
    expect(documents).toStrictEqual(documentsById(createBatch(3)))
  })

  test.each([
    ['lost', 'reset'],
    ['cut off', 'reset in body'],
    ['late', 'hang'],
    ['garbled', { body: '{"took":3' }],
  ] as const)(
    'whose answer is %s has stored its events, and they are not stored twice',
    async (_, answer) => {
      const { sink, receiver, documents, bulk } = await start()
      receiver.next((request) => {
        bulk(request)
        return answer
      })
      expect(await sink.deliver(createBatch(3))).toStrictEqual({
        ...nothing,
        duplicates: 3,
        retried: 3,
      })
      expect(documents).toStrictEqual(documentsById(createBatch(3)))
    },
  )

  test.each([
    ['another order', (items: object[]) => items.toReversed()],
    ['one too few', (items: object[]) => items.slice(1)],
    ['one too many', (items: object[]) => [...items, items[0]]],
    [
      'one without a status',
      ([first, ...rest]: object[]) => [{ create: { _id: idOf(first) } }, ...rest],
    ],
  ])('answered in %s is sent again', async (_, distort) => {
    const { sink, receiver, documents, bulk } = await start()
    receiver.next((request) => ({ body: { items: distort(itemsOf(bulk(request))) } }))
    expect(await sink.deliver(createBatch(3))).toStrictEqual({
      ...nothing,
      duplicates: 3,
      retried: 3,
    })
    expect(documents).toStrictEqual(documentsById(createBatch(3)))
  })

  test.each([
    ['nonsense', { body: 'nonsense' }],
    ['one answer too many', { body: { items: Array(3).fill({ create: { status: 201 } }) } }],
  ])('without ids that gets %s is not sent again', async (_, answer) => {
    const { sink, receiver } = await start({ omitIds: true })
    receiver.next(answer)
    await expect(sink.deliver(createBatch(2))).rejects.toMatchObject({
      code: 'refused',
      message:
        'a reply that does not fit the request, and events without ids cannot be sent again safely',
    })
    expect(receiver.requests).toHaveLength(1)
  })

  test.each([401, 403])('that is not let in with %i ends the delivery', async (status) => {
    const { sink, receiver, takeDeadLetters } = await start({
      authentication: { username: 'admin', password: 'secret' },
      maxRequestBytes: 2_000,
    })
    receiver.always({ status, body: { error: { reason: 'user admin secret' } } })
    const error = await sink.deliver(createBatch(50)).catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: `the server answered with status ${status}`,
    })
    expect(await takeDeadLetters()).toStrictEqual([])
    receiver.always({ status: 200, body: { items: [] } })
  })

  test('that fails for good ends the others, and the batch is not read any more', {
    timeout: 5_000,
  }, async () => {
    const keys = { accessKeyId: 'id', secretAccessKey: 'secret' }
    const load = { now: 0, most: 0, total: 0 }
    const { sink, receiver } = await start({
      maxRequestBytes: 1,
      http: { concurrency: 3 },
      authentication: {
        service: 'es',
        region: 'us-east-1',
        async credentials() {
          load.now += 1
          load.total += 1
          load.most = Math.max(load.most, load.now)
          const isSlow = load.total === 2
          while (load.total < 3) await setTimeout(1)
          if (isSlow) await setTimeout(200)
          load.now -= 1
          return keys
        },
      },
    })
    receiver.next({ status: 403 })
    receiver.always('hang')
    await expect(sink.deliver(createBatch(20))).rejects.toMatchObject({ code: 'unauthorized' })
    expect(load).toMatchObject({ now: 0, most: 3 })
    expect(load.total).toBeLessThan(20)
  })

  test('that is wrong makes dead letters of its events', async () => {
    const { sink, receiver, takeDeadLetters } = await start()
    const error = { type: 'action_request_validation_exception', reason: 'id is too long' }
    receiver.next({ status: 400, body: { error, status: 400 } }, { status: 404, body: 'nothing' })
    expect(await sink.deliver(createBatch(2))).toStrictEqual({
      ...nothing,
      deadLettered: 2,
      reasons: { action_request_validation_exception: 2 },
    })
    expect(await sink.deliver(createBatch(1))).toStrictEqual({
      ...nothing,
      deadLettered: 1,
      reasons: { 'status 404': 1 },
    })
    expect(await takeDeadLetters()).toMatchObject([
      { message: 'id is too long', status: 400 },
      { message: 'id is too long', status: 400 },
      { message: 'the server answered with status 404', status: 404 },
    ])
  })

  test('that is too large is halved', async () => {
    const { sink, receiver, documents, bulk, takeDeadLetters } = await start({ gzip: false })
    const batch = createBatch(20)
    const tooLarge = batch.events.ids[7]!
    receiver.always((request) =>
      request.body.length > 2_500 || request.text.includes(tooLarge)
        ? { status: 413, body: 'too large' }
        : bulk(request),
    )
    expect(await sink.deliver(batch)).toStrictEqual({
      ...nothing,
      accepted: 19,
      deadLettered: 1,
      reasons: { 'status 413': 1 },
    })
    expect(documents.size).toBe(19)
    expect(await takeDeadLetters()).toMatchObject([{ id: tooLarge, status: 413 }])
  })

  test('that is never answered ends at the deadline, when nothing reads the batch any more', async () => {
    const { sink, receiver } = await start({
      maxRequestBytes: 2_000,
      retry: { initialDelay: 1, deadline: 200 },
    })
    receiver.always('hang')
    await expect(sink.deliver(createBatch(30))).rejects.toMatchObject({ code: 'deadline' })
    const { length } = receiver.requests
    receiver.always({})
    await setTimeout(50)
    expect(receiver.requests).toHaveLength(length)
  })
})

/** What can happen to a request, before or after the server has carried it out; and to an action. */
const requestFault = fc.record({
  isCarriedOut: fc.boolean(),
  answer: fc.constantFrom<Answer | undefined>(
    undefined,
    'reset',
    'reset unread',
    'reset in body',
    'malformed',
    { status: 413 },
    { status: 429 },
    { status: 504 },
    { body: '{"took":0,"errors":false,"items":[]}' },
    { body: '{"took":0,"errors":fal' },
  ),
})
const itemFault = fc.constantFrom<ItemFault | undefined>(
  undefined,
  undefined,
  { status: 429, type: 'busy' },
  { status: 503, type: 'unavailable' },
  { status: 400, type: 'mapper_parsing_exception', reason: 'no' },
)

test('whatever happens, each event is stored once or reported, and the report adds up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 500, max: 20_000 }),
      fc.array(requestFault, { maxLength: 12 }),
      fc.array(itemFault, { maxLength: 60 }),
      async (count, maxRequestBytes, requestFaults, itemFaults) => {
        const stage = await start({ maxRequestBytes })
        const { sink, receiver, documents, bulk, failItems, takeDeadLetters } = stage
        const batch = createBatch(count)
        receiver.next(
          ...requestFaults.map(({ isCarriedOut, answer }): Script => {
            if (!isCarriedOut && answer) return answer
            return (request) => {
              const real = bulk(request)
              return answer ?? real
            }
          }),
        )
        failItems(() => itemFaults.pop())
        const report = await sink.deliver(batch)
        const dead = await takeDeadLetters()
        const everything = documentsById(batch)
        // A refusal may come after the event was stored: a 413 on what an earlier answer hid.
        const seen = new Map([
          ...documents,
          ...dead.flatMap((entry) =>
            'event' in entry
              ? [[`ocsf/${entry.id}`, Buffer.from(entry.event).toString()] as const]
              : [],
          ),
        ])
        expect([...seen].sort()).toStrictEqual([...everything].sort())
        expect(report.accepted + report.duplicates + report.deadLettered).toBe(count)
        expect(report.deadLettered).toBe(dead.length)
        expect(report.accepted).toBeLessThanOrEqual(documents.size)
        expect(Object.values(report.reasons).reduce((so, more) => so + more, 0)).toBe(dead.length)
        await stage.close()
      },
    ),
    { numRuns: 150 },
  )
})

function itemsOf(answer: { readonly body?: unknown }): object[] {
  return (answer.body as { items: object[] }).items
}

function idOf(item: object | undefined): string {
  return (item as { create: { _id: string } }).create._id
}
