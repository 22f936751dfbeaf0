import { describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import type { ReceivedRequest } from './http-receiver.test-support.ts'
import { createOpenSearchStandIn } from './opensearch.test-support.ts'
import { createOpenSearchSink, type OpenSearchSinkOptions } from './opensearch-sink.ts'
import { documentsById, nothing, useOpenSearch } from './opensearch-stage.test-support.ts'
import { findSignatureMistake } from './sigv4.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'

const start = useOpenSearch()

describeSink('OpenSearch', {
  create: ({ exchange: http, ...settings }) =>
    createOpenSearchSink({ ...settings, http, index: 'ocsf' }),
  createReceiver(refuses) {
    const { bulk, stored, failItems } = createOpenSearchStandIn()
    failItems((_, document) =>
      refuses(document) ? { status: 400, type: 'mapper_parsing_exception' } : undefined,
    )
    return { answer: bulk, stored: () => stored.filter(({ length }) => length > 0) }
  },
})

describe('readiness', () => {
  test.each([
    [200, undefined],
    [403, undefined],
    [404, undefined],
    [401, 'the server answered 401'],
    [503, 'the server answered 503'],
  ])('after %i: %s', async (status, reason) => {
    const { sink, receiver } = await start()
    receiver.always({ status })
    const outcome = sink.ready().then(
      () => undefined,
      ({ message }) => message,
    )
    expect(await outcome).toBe(reason)
    expect(receiver.requests).toMatchObject([{ method: 'HEAD', path: '/ocsf' }])
  })

  test('of a server that is not there', async () => {
    const { sink, receiver } = await start()
    await receiver.refuse()
    await expect(sink.ready()).rejects.toThrow(/^ECONNREFUSED: /)
  })
})

describe('events', () => {
  test('are stored as they are, under their ids', async () => {
    const { sink, receiver, documents } = await start()
    const batch = createBatch(5)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 5 })
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
      ...nothing,
      accepted: 2,
      duplicates: 3,
    })
    expect(documents).toStrictEqual(documentsById(createBatch(5)))
  })

  test('get a time stamp where data streams need one, but not in the dead letter', async () => {
    const { sink, documents, failItems, takeDeadLetters } = await start({
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
    expect(await takeDeadLetters()).toMatchObject([{ id: bad, event: Buffer.from(second!) }])
  })

  test('go out in requests of bounded size, some at a time', async () => {
    const maxRequestBytes = 2_000
    const http = { concurrency: 3 }
    const { sink, receiver, documents, bulk } = await start({ maxRequestBytes, http })
    receiver.always((request) => ({ ...bulk(request), delay: 5 }))
    const batch = createBatch(50)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 50 })
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
      expect(await sink.deliver(createBatch(2))).toStrictEqual({ ...nothing, accepted: 2 })
    }
    expect([...documents.keys()]).toStrictEqual(
      [1, 2, 3, 4].map((number) => `ocsf/made-up-${number}`),
    )
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
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 4, retried: 3 })
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
    const { sink, failItems, takeDeadLetters, documents } = await start()
    const batch = createBatch(3, ['bad'])
    const [, refused] = batch.events.ids
    failItems((id) => (id === refused ? fault : undefined))
    expect(await sink.deliver(batch)).toStrictEqual({
      ...nothing,
      accepted: 2,
      deadLettered: 2,
      reasons: { [fault.type]: 1, too_few_values: 1 },
    })
    expect(documents.size).toBe(2)
    expect(await takeDeadLetters()).toMatchObject([
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
  await sink.deliver(createBatch(1))
  await sink.close()
  expect(documents.size).toBe(1)
  expect(receiver.requests[0]?.path).toMatch(/^\/a%20b\/c\/ocsf\/_bulk\?/)
  const expected = { ...credentials, region: 'us-east-1', service: 'es' }
  expect(findSignatureMistake(receiver.requests[0]!, expected)).toBeUndefined()
})

test.each([
  [{ url: 'https://user:secret@host' }, 'credentials and queries do not belong into the URL'],
  [{ url: 'https://host?secret=1' }, 'credentials and queries do not belong into the URL'],
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

function byOrderOf(keys: readonly string[]) {
  return ([a]: [string, string], [b]: [string, string]) => keys.indexOf(a) - keys.indexOf(b)
}
