import { describe, expect, onTestFinished, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'
import { createSplunkStandIn } from './splunk.test-support.ts'
import { createSplunkSink } from './splunk-sink.ts'
import { nothing, quick, startSplunk } from './splunk-stage.test-support.ts'

describe.each([
  ['Splunk', {}, {}],
  ['Splunk with acknowledgement', { acknowledgement: { polls: 1 } }, { acknowledgement: quick }],
] as const)('%s', (name, receiving, sending) => {
  describeSink(name, {
    create: ({ url, exchange, folder, ...settings }) =>
      createSplunkSink({ url, token: 'secret', http: exchange, ...sending, ...settings }),
    createReceiver: (refuses) =>
      createSplunkStandIn({
        ...receiving,
        refuse: (document) => (refuses(document) ? 6 : undefined),
      }),
    storesOnce: false,
  })
})

describe('a request', () => {
  test('has the events in envelopes, with their times in seconds', async () => {
    const { sink, receiver } = await startSplunk({
      host: 'vpc "a"',
      source: 'flowlogs',
      index: 'network',
    })
    const batch = createBatch(2)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 2 })
    const [first, second] = documentsOf(batch)
    const known = String.raw`"host":"vpc \"a\"","source":"flowlogs","sourcetype":"ocsf:aws:vpcflow","index":"network"`
    expect(batch.events.times).toStrictEqual([1_763_769_540_000, 1_763_769_630_000])
    expect(receiver.requests).toMatchObject([
      {
        method: 'POST',
        path: '/services/collector/event',
        headers: {
          authorization: 'Splunk secret',
          'content-type': 'application/json',
          'content-encoding': 'gzip',
        },
        text: [
          `{"time":1763769540.000,${known},"event":${first}}\n`,
          `{"time":1763769630.000,${known},"event":${second}}\n`,
        ].join(''),
      },
    ])
    expect(receiver.requests[0]?.headers['x-splunk-request-channel']).toBeUndefined()
  })

  test('can go out as it is', async () => {
    const { sink, receiver, stored } = await startSplunk({ gzip: false, sourcetype: 'flow' })
    await sink.deliver(createBatch(1))
    expect(receiver.requests[0]?.headers['content-encoding']).toBeUndefined()
    expect(receiver.requests[0]?.text).toContain('"sourcetype":"flow"')
    expect(stored()).toStrictEqual([documentsOf(createBatch(1))])
  })

  test('has a bounded size; a few go out at once', async () => {
    const { sink, receiver, stored, answer } = await startSplunk({
      maxRequestBytes: 2_000,
      http: { concurrency: 3 },
    })
    receiver.always((request) => ({ ...answer(request), delay: 5 }))
    const batch = createBatch(50)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 50 })
    expect(stored().flat().sort()).toStrictEqual(documentsOf(batch).sort())
    const sizes = receiver.requests.map(({ text }) => text.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
    expect(receiver.requests.length).toBeLessThan(15)
    expect(receiver.load.most).toBe(3)
  })

  test.each([
    ['', '/services/collector/event'],
    ['/', '/services/collector/event'],
    ['/services/collector', '/services/collector/event'],
    ['/services/collector/event/', '/services/collector/event'],
    ['/api/v1/ingest/hec', '/api/v1/ingest/hec/event'],
  ])('to a URL with the path "%s" goes to %s', async (path, expected) => {
    const { receiver } = await startSplunk()
    receiver.always({ body: { text: 'Success', code: 0 } })
    const sink = createSplunkSink({ url: receiver.url + path, token: 'secret' })
    onTestFinished(() => sink.close())
    await sink.deliver(createBatch(1))
    expect(receiver.requests[0]?.path).toBe(expected)
  })
})

test.each([
  [{ url: 'https://user:hush@host' }, 'do not belong into the URL'],
  [{ url: 'https://host?token=hush' }, 'do not belong into the URL'],
  [{ url: 'splunk://host' }, 'an http or https URL'],
  [{ token: '' }, 'the token is not one'],
  [{ token: 'hush\n' }, 'the token is not one'],
  [{ maxRequestBytes: 0 }, '1 to 5000000 bytes'],
  [{ maxRequestBytes: 6_000_000 }, '1 to 5000000 bytes'],
  [{ acknowledgement: { pollInterval: 0 } }, 'pollInterval is to be'],
  [{ retry: { deadline: 0 } }, 'deadline is to be'],
])('%j is refused', (options, message) => {
  const build = () => createSplunkSink({ url: 'http://127.0.0.1:1', token: 'hush', ...options })
  expect(build).toThrow(message)
  expect(build).not.toThrow('hush')
})

describe('health', () => {
  test.each([
    [
      { body: { text: 'HEC is healthy', code: 17 } },
      true,
      'Splunk says 200: HEC is healthy (code 17)',
    ],
    [{ body: { text: 'Queue approaching capacity', code: 24 } }, true, 'code 24'],
    [
      { status: 503, body: { text: 'HEC is unhealthy, queues are full', code: 18 } },
      false,
      'code 18',
    ],
    [{ status: 503, body: { text: 'ack service unavailable', code: 19 } }, false, 'code 19'],
    [{ status: 503, body: { text: 'both', code: 20 } }, false, 'code 20'],
    [{ status: 400, body: { text: 'Invalid token', code: 21 } }, false, 'code 21'],
    [{ status: 400, body: { text: 'Token disabled', code: 22 } }, false, 'code 22'],
    [{ body: '<html>Welcome</html>' }, false, 'Welcome'],
    ['reset', false, 'ECONNREFUSED'],
  ] as const)('after %j is %s', async (answer, healthy, message) => {
    const { sink, receiver } = await startSplunk()
    if (answer === 'reset') await receiver.refuse()
    receiver.always(answer)
    const reason = await sink.ready().then(
      () => undefined,
      ({ message }) => message,
    )
    if (healthy) expect(reason).toBeUndefined()
    else expect(reason).toContain(message)
    if (answer === 'reset') return
    expect(receiver.requests).toMatchObject([
      {
        method: 'GET',
        path: '/services/collector/health',
        headers: { authorization: 'Splunk secret' },
      },
    ])
  })

  test('of a closed sink is bad', async () => {
    const { sink } = await startSplunk()
    await sink.close()
    await expect(sink.ready()).rejects.toMatchObject({ code: 'closed' })
  })
})
