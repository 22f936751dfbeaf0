import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { createCertificate, type TestCertificate } from './certificate.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import {
  type Answer,
  createHttpReceiver,
  type HttpReceiver,
  type ReceivedRequest,
  type Script,
} from './http-receiver.test-support.ts'
import {
  createOpenSearchStandIn,
  type ItemFault,
  type OpenSearchStandIn,
} from './opensearch.test-support.ts'
import { createOpenSearchSink, type OpenSearchSinkOptions } from './opensearch-sink.ts'
import { findSignatureMistake } from './sigv4.test-support.ts'
import type { Batch, Sink } from './sink.ts'
import { describeSink } from './sink-suite.test-support.ts'

let folder: string
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-opensearch-'))
})

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
  await rm(folder, { recursive: true })
})

interface Started extends OpenSearchStandIn {
  readonly receiver: HttpReceiver
  readonly sink: Sink
  readonly deadLetters: () => Promise<unknown[]>
}

/** A sink that hardly waits, and the server that it stores in. */
async function start(
  options: Partial<OpenSearchSinkOptions> & {
    readonly certificate?: TestCertificate
  } = {},
): Promise<Started> {
  const { certificate, ...others } = options
  const standIn = createOpenSearchStandIn()
  const receiver = await createHttpReceiver({
    always: standIn.bulk,
    ...(certificate && { tls: certificate }),
  })
  const deadLetter = createDeadLetter({ path: join(folder, 'dead') })
  const sink = createOpenSearchSink({
    url: receiver.url,
    index: 'ocsf',
    deadLetter,
    retry: { initialDelay: 1, maxDelay: 5, deadline: 20_000 },
    ...others,
    exchange: {
      timeouts: { headers: 300, body: 300 },
      circuitBreaker: { cooldown: 1 },
      ...others.exchange,
    },
  })
  open.push(receiver, sink)
  return { ...standIn, receiver, sink, deadLetters: () => readAll(join(folder, 'dead')) }
}

/** What the server has when it has stored all of a batch. */
function documentsById(batch: Required<Batch>): Map<string, string> {
  return new Map(documentsOf(batch).map((text, index) => [`ocsf/${batch.events.ids[index]}`, text]))
}

describeSink('OpenSearch', {
  create: (settings) => createOpenSearchSink({ ...settings, index: 'ocsf' }),
  createReceiver(refuses) {
    const { bulk, stored, failItems } = createOpenSearchStandIn()
    failItems((_, document) =>
      refuses(document) ? { status: 400, type: 'mapper_parsing_exception' } : undefined,
    )
    return { answer: bulk, stored: () => stored.filter(({ length }) => length > 0) }
  },
})

const stored = { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }

describe('events', () => {
  test('are stored as they are, under their ids', async () => {
    const { sink, receiver, documents } = await start()
    const batch = createBatch(5)
    expect(await sink.deliver(batch)).toStrictEqual({ ...stored, accepted: 5 })
    expect(documents).toStrictEqual(documentsById(batch))
    expect(receiver.requests).toMatchObject([
      { headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' } },
    ])
    expect(receiver.requests[0]?.path).toBe(
      '/ocsf/_bulk?filter_path=items.%2A._id%2Citems.%2A.status%2Citems.%2A.error.type%2Citems.%2A.error.reason',
    )
  })

  test('that are there already are duplicates', async () => {
    const { sink, documents } = await start({ gzip: false })
    await sink.deliver(createBatch(3))
    expect(await sink.deliver(createBatch(5))).toStrictEqual({
      ...stored,
      accepted: 2,
      duplicates: 3,
    })
    expect(documents).toStrictEqual(documentsById(createBatch(5)))
  })

  test('get a time stamp where data streams need one, but not in the dead letter', async () => {
    const { sink, documents, failItems, deadLetters } = await start({
      timestampField: '@timestamp',
    })
    const batch = createBatch(3)
    const [, bad] = batch.events.ids
    failItems((id) => (id === bad ? { status: 400, type: 'mapper_parsing_exception' } : undefined))
    await sink.deliver(batch)
    const [first, second, third] = documentsOf(batch)
    expect([...documents.values()]).toStrictEqual([
      `{"@timestamp":${batch.events.times[0]},${first?.slice(1)}`,
      `{"@timestamp":${batch.events.times[2]},${third?.slice(1)}`,
    ])
    expect(await deadLetters()).toMatchObject([{ id: bad, event: Buffer.from(second!) }])
  })

  test('go out in requests of bounded size, some at a time', async () => {
    const maxRequestBytes = 2_000
    const exchange = { concurrency: 3 }
    const { sink, receiver, documents, bulk } = await start({ maxRequestBytes, exchange })
    receiver.always((request) => ({ ...bulk(request), delay: 5 }))
    const batch = createBatch(50)
    expect(await sink.deliver(batch)).toStrictEqual({ ...stored, accepted: 50 })
    expect(documents.size).toBe(50)
    const sizes = receiver.requests.map(({ text }) => text.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxRequestBytes)
    expect(receiver.requests.length).toBeLessThan(12)
    expect(receiver.load.most).toBe(3)
  })

  test('of any size are sent, alone if need be', async () => {
    const { sink, documents, receiver } = await start({ maxRequestBytes: 1 })
    await sink.deliver(createBatch(3))
    expect(documents).toStrictEqual(documentsById(createBatch(3)))
    expect(receiver.requests).toHaveLength(3)
  })

  test('without ids get those of the server, and twice is twice', async () => {
    const { sink, documents } = await start({ omitIds: true })
    for (let count = 0; count < 2; count++) {
      expect(await sink.deliver(createBatch(2))).toStrictEqual({ ...stored, accepted: 2 })
    }
    expect([...documents.keys()]).toStrictEqual(
      [1, 2, 3, 4].map((number) => `ocsf/made-up-${number}`),
    )
  })

  test('are stored by the time the sink is closed', async () => {
    const { sink, receiver, documents, bulk } = await start()
    receiver.always((request) => ({ ...bulk(request), delay: 50 }))
    const report = sink.deliver(createBatch(2))
    await sink.close()
    expect(documents.size).toBe(2)
    expect(await report).toStrictEqual({ ...stored, accepted: 2 })
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('one event', () => {
  test.each([429, 500, 503])('is sent again alone after %i', async (status) => {
    const { sink, receiver, documents, failItems } = await start()
    const batch = createBatch(4)
    const busy = new Map([
      [batch.events.ids[1], 2],
      [batch.events.ids[3], 1],
    ])
    failItems((id) => {
      const left = busy.get(id) ?? 0
      busy.set(id, left - 1)
      return left > 0 ? { status, type: 'rejected_execution_exception' } : undefined
    })
    expect(await sink.deliver(batch)).toStrictEqual({ ...stored, accepted: 4, retried: 3 })
    expect(documents).toStrictEqual(
      new Map([...documentsById(batch)].sort(byOrderOf([...documents.keys()]))),
    )
    expect(receiver.requests.map(({ text }) => text.split('\n').length >> 1)).toStrictEqual([
      4, 2, 1,
    ])
  })

  test.each([
    { status: 400, type: 'mapper_parsing_exception', reason: 'failed to parse' },
    { status: 404, type: 'index_not_found_exception', reason: 'no such index [ocsf]' },
    { status: 413, type: 'document_too_large', reason: 'too large' },
    { status: 501, type: 'not_implemented', reason: 'no' },
  ])('that is refused with $status is a dead letter', async (fault) => {
    const { sink, failItems, deadLetters, documents } = await start()
    const batch = createBatch(3, ['bad'])
    const [, refused] = batch.events.ids
    failItems((id) => (id === refused ? fault : undefined))
    expect(await sink.deliver(batch)).toStrictEqual({
      ...stored,
      accepted: 2,
      deadLettered: 2,
      reasons: { [fault.type]: 1, too_few_values: 1 },
    })
    expect(documents.size).toBe(2)
    expect(await deadLetters()).toMatchObject([
      {
        sink: 'opensearch',
        reason: fault.type,
        message: fault.reason,
        status: fault.status,
        id: refused,
        event: Buffer.from(documentsOf(batch)[1]!),
      },
      { reason: 'too_few_values' },
    ])
  })
})

describe('a request', () => {
  const good = [
    ['hang', {}],
    ['reset', {}],
    ['reset unread', {}],
    ['reset in body', {}],
    ['malformed', {}],
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
      ...stored,
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
        ...stored,
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
      ...stored,
      duplicates: 3,
      retried: 3,
    })
    expect(documents).toStrictEqual(documentsById(createBatch(3)))
  })

  test('without ids that is answered with nonsense is not sent again', async () => {
    const { sink, receiver } = await start({ omitIds: true })
    receiver.next({ body: 'nonsense' })
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({
      code: 'refused',
      message:
        'a reply that does not fit the request, and events without ids cannot be sent again safely',
    })
    expect(receiver.requests).toHaveLength(1)
  })

  test.each([401, 403])('that is not let in with %i ends the delivery', async (status) => {
    const { sink, receiver, deadLetters } = await start({
      authentication: { username: 'admin', password: 'secret' },
      maxRequestBytes: 2_000,
    })
    receiver.always({ status, body: { error: { reason: 'user admin secret' } } })
    const error = await sink.deliver(createBatch(50)).catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: `the server answered with status ${status}`,
    })
    await expect(deadLetters()).rejects.toThrow('ENOENT')
    receiver.always({ status: 200, body: { items: [] } })
  })

  test('that is wrong makes dead letters of its events', async () => {
    const { sink, receiver, deadLetters } = await start()
    const error = { type: 'action_request_validation_exception', reason: 'id is too long' }
    receiver.next({ status: 400, body: { error, status: 400 } }, { status: 404, body: 'nothing' })
    expect(await sink.deliver(createBatch(2))).toStrictEqual({
      ...stored,
      deadLettered: 2,
      reasons: { action_request_validation_exception: 2 },
    })
    expect(await sink.deliver(createBatch(1))).toStrictEqual({
      ...stored,
      deadLettered: 1,
      reasons: { 'status 404': 1 },
    })
    expect(await deadLetters()).toMatchObject([
      { message: 'id is too long', status: 400 },
      { message: 'id is too long', status: 400 },
      { message: 'the server answered with status 404', status: 404 },
    ])
  })

  test('that is too large is halved', async () => {
    const { sink, receiver, documents, bulk, deadLetters } = await start({ gzip: false })
    const batch = createBatch(20)
    const tooLarge = batch.events.ids[7]!
    receiver.always((request) =>
      request.body.length > 2_500 || request.text.includes(tooLarge)
        ? { status: 413, body: 'too large' }
        : bulk(request),
    )
    expect(await sink.deliver(batch)).toStrictEqual({
      ...stored,
      accepted: 19,
      deadLettered: 1,
      reasons: { 'status 413': 1 },
    })
    expect(documents.size).toBe(19)
    expect(await deadLetters()).toMatchObject([{ id: tooLarge, status: 413 }])
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
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(receiver.requests).toHaveLength(length)
  })

  test('waits for a server that is away', async () => {
    const { sink, receiver, documents } = await start()
    await receiver.refuse()
    const report = sink.deliver(createBatch(2))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await receiver.accept()
    expect(await report).toMatchObject({ accepted: 2, duplicates: 0 })
    expect(documents.size).toBe(2)
  })
})

describe('TLS', () => {
  const certificate = createCertificate()

  test('keeps the password from servers that cannot be trusted', async () => {
    const { sink, receiver } = await start({
      certificate,
      authentication: { username: 'admin', password: 'secret' },
      retry: { initialDelay: 1, deadline: 100 },
    })
    const error = await sink.deliver(createBatch(1)).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'deadline' })
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(error.message).not.toContain('secret')
    expect(receiver.requests).toStrictEqual([])
  })

  test('works with a certificate that is', async () => {
    const { sink, documents } = await start({
      certificate,
      exchange: { tls: { ca: certificate.cert } },
    })
    await sink.deliver(createBatch(1))
    expect(documents.size).toBe(1)
  })
})

describe('the sender is named by', () => {
  async function sentWith(
    authentication: OpenSearchSinkOptions['authentication'],
  ): Promise<ReceivedRequest> {
    const { sink, receiver, documents } = await start({ ...(authentication && { authentication }) })
    await sink.deliver(createBatch(2))
    expect(documents.size).toBe(2)
    return receiver.requests[0]!
  }

  test.each([
    [undefined, undefined],
    [{ username: 'ünü', password: 'p:w' }, `Basic ${Buffer.from('ünü:p:w').toString('base64')}`],
    [{ apiKey: 'aWQ6a2V5' }, 'ApiKey aWQ6a2V5'],
    [{ bearerToken: 'abc' }, 'Bearer abc'],
  ])('%j', async (authentication, authorization) => {
    expect((await sentWith(authentication)).headers.authorization).toBe(authorization)
  })

  test.each(['es', 'aoss'] as const)('a signature for %s', async (service) => {
    const region = 'eu-central-1'
    const credentials = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: 'token/+=',
    }
    const request = await sentWith({ service, region, credentials: async () => credentials })
    const expected = { ...credentials, region, service }
    expect(findSignatureMistake(request, expected)).toBeUndefined()
    // A judge that agrees to everything is none.
    expect(findSignatureMistake({ ...request, method: 'PUT' }, expected)).toBe('signature')
    expect(findSignatureMistake({ ...request, path: '/other/_bulk' }, expected)).toBe('signature')
    expect(findSignatureMistake({ ...request, body: Buffer.of(1) }, expected)).toBe(
      'hash of the body',
    )
    expect(findSignatureMistake(request, { ...expected, secretAccessKey: 'another' })).toBe(
      'signature',
    )
  })
})

test('the path of the URL stands before the others, also in a signature', async () => {
  const { receiver, bulk, documents } = await start()
  receiver.always((request) => bulk({ ...request, path: request.path.replace('/a%20b/c', '') }))
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
  const sink = createOpenSearchSink({
    url: `${receiver.url}/a%20b/c/`,
    index: 'ocsf',
    authentication: { service: 'es', region: 'us-east-1', credentials: async () => credentials },
  })
  open.push(sink)
  await sink.deliver(createBatch(1))
  expect(documents.size).toBe(1)
  expect(receiver.requests[0]?.path).toMatch(/^\/a%20b\/c\/ocsf\/_bulk\?/)
  const expected = { ...credentials, region: 'us-east-1', service: 'es' }
  expect(findSignatureMistake(receiver.requests[0]!, expected)).toBeUndefined()
})

test.each([
  [{ url: 'https://user:secret@host' }, 'credentials do not belong into a URL'],
  [{ index: 'Upper' }, 'an index is named by'],
  [{ index: '..' }, 'an index is named by'],
  [{ index: 'a/b' }, 'an index is named by'],
  [{ index: '' }, 'an index is named by'],
  [{ maxRequestBytes: 0 }, 'requests of 0 bytes'],
  [{ retry: { deadline: 0 } }, 'deadline is to be'],
] as const)('%j is refused', (options, message) => {
  const build = () => createOpenSearchSink({ url: 'http://127.0.0.1:1', index: 'a', ...options })
  expect(build).toThrow(message)
  expect(build).not.toThrow('secret')
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
        const { sink, receiver, documents, bulk, failItems, deadLetters } = await start({
          maxRequestBytes,
        })
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
        const dead = (await deadLetters().catch(() => [])) as { id: string; event: Buffer }[]
        await rm(join(folder, 'dead'), { force: true })
        const everything = documentsById(batch)
        // A refusal may come after the event was stored: a 413 on what an earlier answer hid.
        const seen = new Map([
          ...documents,
          ...dead.map(({ id, event }) => [`ocsf/${id}`, event.toString()] as const),
        ])
        expect([...seen].sort()).toStrictEqual([...everything].sort())
        expect(report.accepted + report.duplicates + report.deadLettered).toBe(count)
        expect(report.deadLettered).toBe(dead.length)
        expect(report.accepted).toBeLessThanOrEqual(documents.size)
        expect(Object.values(report.reasons).reduce((so, more) => so + more, 0)).toBe(dead.length)
        for (const each of open.splice(0).reverse()) await each.close()
      },
    ),
    { numRuns: 150 },
  )
})

function byOrderOf(keys: readonly string[]) {
  return ([a]: [string, string], [b]: [string, string]) => keys.indexOf(a) - keys.indexOf(b)
}

function itemsOf(answer: { readonly body?: unknown }): object[] {
  return (answer.body as { items: object[] }).items
}

function idOf(item: object | undefined): string {
  return (item as { create: { _id: string } }).create._id
}
