import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import {
  type Answer,
  createHttpReceiver,
  type HttpReceiver,
  type Script,
} from './http-receiver.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'
import {
  createSplunkStandIn,
  type SplunkStandIn,
  type SplunkStandInOptions,
} from './splunk.test-support.ts'
import { createSplunkSink, type SplunkSink, type SplunkSinkOptions } from './splunk-sink.ts'

const quick = { pollInterval: 5, expiry: 200 }

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

let folder: string
let deadLetterCount = 0
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-splunk-'))
})

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
  await rm(folder, { recursive: true })
})

interface Started extends SplunkStandIn {
  readonly sink: SplunkSink
  readonly receiver: HttpReceiver
  readonly deadLetters: () => Promise<unknown[]>
}

/** A sink that hardly waits, and the collector that it stores in. */
async function start(
  sending: Partial<SplunkSinkOptions> = {},
  receiving: SplunkStandInOptions = {},
): Promise<Started> {
  const standIn = createSplunkStandIn(receiving)
  const receiver = await createHttpReceiver({ always: standIn.answer })
  const path = join(folder, `dead-${++deadLetterCount}`)
  const sink = createSplunkSink({
    url: receiver.url,
    token: 'secret',
    deadLetter: createDeadLetter({ path }),
    retry: { initialDelay: 1, maxDelay: 5, deadline: 20_000 },
    ...sending,
    http: {
      timeouts: { headers: 500, body: 500 },
      circuitBreaker: { cooldown: 1 },
      ...sending.http,
    },
  })
  open.push(receiver, sink)
  return { ...standIn, sink, receiver, deadLetters: () => readAll(path).catch(() => []) }
}

/** Refuses the events with these indexes with a code, the first `times` times that they come. */
function refusing(
  batch: ReturnType<typeof createBatch>,
  codes: Readonly<Record<number, number>>,
  times = Number.POSITIVE_INFINITY,
): SplunkStandInOptions['refuse'] {
  const documents = documentsOf(batch)
  const left = new Map(Object.keys(codes).map((index) => [Number(index), times]))
  return (document) => {
    const index = documents.indexOf(document)
    const more = left.get(index) ?? 0
    left.set(index, more - 1)
    return more > 0 ? codes[index] : undefined
  }
}

const nothing = { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }

describe('a request', () => {
  test('has the events in envelopes, with their times in seconds', async () => {
    const { sink, receiver } = await start({
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
    const { sink, receiver, stored } = await start({ gzip: false, sourcetype: 'flow' })
    await sink.deliver(createBatch(1))
    expect(receiver.requests[0]?.headers['content-encoding']).toBeUndefined()
    expect(receiver.requests[0]?.text).toContain('"sourcetype":"flow"')
    expect(stored()).toStrictEqual([documentsOf(createBatch(1))])
  })

  test('has a bounded size; a few go out at once', async () => {
    const { sink, receiver, stored, answer } = await start({
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
    const { receiver } = await start()
    receiver.always({ body: { text: 'Success', code: 0 } })
    const sink = createSplunkSink({ url: receiver.url + path, token: 'secret' })
    open.push(sink)
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

describe('of a request that is cut short', () => {
  test.each([6, 12, 13, 15])('at code %i, the rest is sent, and nothing twice', async (code) => {
    const batch = createBatch(9)
    const refuse = refusing(batch, { 0: code, 3: code, 4: code, 8: code })!
    const { sink, stored, receiver, deadLetters } = await start({}, { refuse })
    const report = await sink.deliver(batch)
    expect(report).toMatchObject({ accepted: 5, deadLettered: 4, retried: 8 + 5 + 4 })
    const documents = documentsOf(batch)
    const at = (...indexes: number[]) => indexes.map((index) => documents[index])
    expect(stored()).toStrictEqual([at(1, 2), at(5, 6, 7)])
    expect(receiver.requests).toHaveLength(4)
    expect(await deadLetters()).toMatchObject(
      [0, 3, 4, 8].map((index) => ({
        sink: 'splunk',
        reason: Object.keys(report.reasons)[0],
        message: `Splunk says 400: No (code ${code})`,
        status: 400,
        id: batch.events.ids[index],
        event: Buffer.from(documents[index]!),
      })),
    )
  })

  test('because the server is busy, the rest is sent later, and nothing twice', async () => {
    const batch = createBatch(9)
    const refuse = refusing(batch, { 0: 9, 3: 9, 8: 8 }, 2)!
    const { sink, stored } = await start({}, { refuse })
    expect(await sink.deliver(batch)).toMatchObject({ accepted: 9, deadLettered: 0 })
    expect(stored().flat()).toStrictEqual(documentsOf(batch))
  })

  test('by a server that counts from 0 when it is busy, one event is sent twice', async () => {
    const batch = createBatch(9)
    const refuse = refusing(batch, { 3: 9 }, 1)!
    const { sink, stored } = await start({}, { refuse, firstBusy: 0 })
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 9, retried: 7 })
    const documents = documentsOf(batch)
    expect(stored()).toStrictEqual([documents.slice(0, 3), documents.slice(2)])
  })

  test.each([undefined, 10, 99])(
    'at number %s, which tells nothing, the bad ones are found',
    async (number) => {
      const { sink, receiver, stored, answer, deadLetters } = await start()
      const batch = createBatch(10)
      const documents = documentsOf(batch)
      const bad = [documents[2]!, documents[7]!]
      // It takes all of a request or nothing, as the OpenTelemetry Collector does.
      receiver.always((request) =>
        bad.some((document) => request.text.includes(document))
          ? {
              status: 400,
              body: {
                text: 'Invalid data format',
                code: 6,
                ...(number !== undefined && { 'invalid-event-number': number }),
              },
            }
          : answer(request),
      )
      expect(await sink.deliver(batch)).toMatchObject({
        accepted: 8,
        deadLettered: 2,
        reasons: { 'Invalid data format': 2 },
      })
      expect(stored().flat()).toStrictEqual(documents.filter((each) => !bad.includes(each)))
      expect(await deadLetters()).toMatchObject(bad.map((each) => ({ event: Buffer.from(each) })))
    },
  )

  test('because it is too large, halves are sent; an event that is too large is refused', async () => {
    const { sink, receiver, stored, answer } = await start()
    const batch = createBatch(10)
    const documents = documentsOf(batch)
    receiver.always((request) =>
      request.text.includes(documents[4]!) || request.text.split('\n').length > 4
        ? { status: 413, body: '<html>Request Entity Too Large</html>' }
        : answer(request),
    )
    expect(await sink.deliver(batch)).toMatchObject({
      accepted: 9,
      deadLettered: 1,
      reasons: { 'status 413': 1 },
    })
    expect(stored().flat()).toStrictEqual(documents.filter((_, index) => index !== 4))
  })
})

describe('a person has to change something', () => {
  test.each([
    [
      { status: 403, body: { text: 'Token disabled', code: 1 } },
      'unauthorized',
      'enable the token',
    ],
    [{ status: 403, body: { text: 'Invalid token', code: 4 } }, 'unauthorized', 'this Splunk'],
    [{ status: 403, body: 'Forbidden' }, 'unauthorized', '403: Forbidden'],
    [
      { status: 400, body: { text: 'Incorrect index', code: 7, 'invalid-event-number': 1 } },
      'refused',
      'allow it for the token',
    ],
    [
      { status: 400, body: { text: 'Data channel is missing', code: 10 } },
      'refused',
      'set `acknowledgement`',
    ],
    [{ status: 404, body: 'nothing here' }, 'refused', 'is the URL'],
  ] as const)(
    'after %j: delivery rejects at once, nothing is a dead letter',
    async (answer, code, advice) => {
      const { sink, receiver, deadLetters } = await start({
        maxRequestBytes: 2_000,
        http: { concurrency: 1 },
      })
      receiver.always(answer)
      const error = await sink.deliver(createBatch(30)).catch((reason) => reason)
      expect(error).toMatchObject({ code, message: expect.stringContaining(advice) })
      expect(error.message).not.toContain('secret')
      expect(receiver.requests).toHaveLength(1)
      expect(await deadLetters()).toStrictEqual([])
    },
  )
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
    ['reset', false, 'ECONNRESET'],
  ] as const)('after %j is %s', async (answer, healthy, message) => {
    const { sink, receiver } = await start()
    if (answer === 'reset') await receiver.refuse()
    receiver.always(answer)
    const health = await sink.checkHealth()
    expect(health).toStrictEqual({ healthy, message: expect.any(String) })
    if (answer === 'reset') return
    expect(health.message).toContain(message)
    expect(receiver.requests).toMatchObject([
      {
        method: 'GET',
        path: '/services/collector/health',
        headers: { authorization: 'Splunk secret' },
      },
    ])
  })

  test('of a closed sink is bad', async () => {
    const { sink } = await start()
    await sink.close()
    expect(await sink.checkHealth()).toMatchObject({ healthy: false })
  })
})

describe('acknowledgement', () => {
  const acknowledging = { acknowledgement: { polls: 2 } }

  test('is waited for, on one channel', async () => {
    const { sink, receiver, stored } = await start({ acknowledgement: quick }, acknowledging)
    const batch = createBatch(5)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 5 })
    expect(stored()).toStrictEqual([documentsOf(batch)])
    const [event, ...polls] = receiver.requests
    const channel = event?.headers['x-splunk-request-channel']
    expect(channel).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(polls).toMatchObject(
      Array(3).fill({
        method: 'POST',
        path: '/services/collector/ack',
        headers: { authorization: 'Splunk secret', 'x-splunk-request-channel': channel },
        text: '{"acks":[0]}',
      }),
    )
  })

  test('of many requests is asked for at once', async () => {
    const { sink, receiver, stored } = await start(
      { acknowledgement: { pollInterval: 50 }, maxRequestBytes: 1_000 },
      { acknowledgement: { polls: 0 } },
    )
    await sink.deliver(createBatch(20))
    expect(stored().flat()).toHaveLength(20)
    const polls = receiver.requests.filter(({ path }) => path.endsWith('/ack'))
    expect(polls.length).toBeLessThanOrEqual(2)
  })

  test('that does not come makes the events come again', async () => {
    const { sink, receiver, stored, answer } = await start(
      { acknowledgement: quick },
      acknowledging,
    )
    // The first request is forgotten.
    receiver.next((request) => {
      answer(request)
      return { body: { text: 'Success', code: 0, ackId: 77 } }
    })
    const batch = createBatch(5)
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 5, retried: 5 })
    expect(stored()).toStrictEqual([documentsOf(batch)])
  })

  test('is lost in a restart, even when the same numbers are given again', async () => {
    const { sink, receiver, stored, restart } = await start(
      { acknowledgement: { pollInterval: 30, expiry: 60_000 } },
      { acknowledgement: { polls: 3 } },
    )
    const [first, second] = [createBatch(3), createBatch(6)]
    const early = sink.deliver(first)
    await until(() => receiver.requests.length >= 1)
    restart()
    const late = sink.deliver(second)
    expect(await Promise.all([early, late])).toStrictEqual([
      { ...nothing, accepted: 3, retried: 3 },
      { ...nothing, accepted: 6 },
    ])
    expect(stored().flat().sort()).toStrictEqual(
      [...documentsOf(first), ...documentsOf(second)].sort(),
    )
  })

  test('is not given for what was taken of a request that was cut short', async () => {
    const batch = createBatch(5)
    const refuse = refusing(batch, { 3: 13 })!
    const { sink, stored, restart, receiver } = await start(
      { acknowledgement: quick },
      { ...acknowledging, refuse },
    )
    const report = sink.deliver(batch)
    await until(() => receiver.requests.length >= 2)
    restart()
    expect(await report).toMatchObject({ accepted: 4, deadLettered: 1 })
    const documents = documentsOf(batch)
    expect(stored().flat().sort()).toStrictEqual(documents.filter((_, index) => index !== 3).sort())
  })

  test('may be off for the token', async () => {
    const { sink } = await start({ acknowledgement: quick }, {})
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('leave `acknowledgement` out'),
    })
  })

  test.each([
    [
      { status: 400, body: { text: 'ACK is disabled', code: 14 } },
      'refused',
      'leave `acknowledgement` out',
    ],
    [
      { status: 403, body: { text: 'Token disabled', code: 1 } },
      'unauthorized',
      'enable the token',
    ],
    [{ status: 404, body: '404 page not found' }, 'refused', 'is the URL'],
  ] as const)('may be refused: %j', async (answer, code, advice) => {
    const { sink, receiver } = await start({ acknowledgement: quick }, acknowledging)
    receiver.always((request) =>
      request.path.endsWith('/ack') ? answer : { body: { text: 'Success', code: 0, ackId: 0 } },
    )
    const error = await sink.deliver(createBatch(1)).catch((reason) => reason)
    expect(error).toMatchObject({ code, message: expect.stringContaining(advice) })
  })

  test('is not waited for beyond the deadline', async () => {
    const { sink, receiver } = await start({
      acknowledgement: { pollInterval: 10_000 },
      retry: { deadline: 100 },
    })
    receiver.always({ body: { text: 'Success', code: 0, ackId: 0 } })
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({ code: 'deadline' })
    const closing = performance.now()
    await sink.close()
    expect(performance.now() - closing).toBeLessThan(5_000)
  })

  test('goes to the server that the cookies of a load balancer name', async () => {
    const { sink, receiver, answer } = await start({ acknowledgement: quick }, acknowledging)
    receiver.next((request) => ({
      ...answer(request),
      headers: {
        'set-cookie':
          'AWSALB=a=b/c; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, AWSALBCORS=d; Secure',
      },
    }))
    await sink.deliver(createBatch(1))
    expect(receiver.requests.map(({ headers }) => headers.cookie)).toStrictEqual([
      undefined,
      ...Array(receiver.requests.length - 1).fill('AWSALB=a=b/c; AWSALBCORS=d'),
    ])
  })
})

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
    { status: 503, body: { text: 'Server is busy', code: 9 } },
    { body: '{"text":"Succ' },
  ),
})
const eventFault = fc.constantFrom(undefined, undefined, undefined, 6, 8, 9, 12, 13, 15)

test.each([
  ['without acknowledgement', {}, {}],
  ['with acknowledgement', { acknowledgement: quick }, { acknowledgement: { polls: 1 } }],
] as const)(
  'whatever happens, nothing is lost, and the report adds up: %s',
  async (_, sending, receiving) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 500, max: 20_000 }),
        fc.array(requestFault, { maxLength: 10 }),
        fc.array(eventFault, { maxLength: 60 }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 2 }),
        fc.constantFrom<0 | 1>(0, 1),
        async (count, maxRequestBytes, requestFaults, eventFaults, restarts, firstBusy) => {
          const faults = [...eventFaults]
          const refuse = () => faults.pop()
          const started = await start(
            { maxRequestBytes, ...sending },
            { ...receiving, refuse, firstBusy },
          )
          const { sink, receiver, answer, stored, deadLetters, restart } = started
          const batch = createBatch(count)
          receiver.next(
            ...requestFaults.map(({ isCarriedOut, answer: fault }): Script => {
              if (!isCarriedOut && fault) return fault
              return (request) => {
                const real = answer(request)
                return fault ?? real
              }
            }),
          )
          const restartAt = 'acknowledgement' in sending ? restarts : []
          receiver.always((request) => {
            if (restartAt.includes(receiver.requests.length)) restart()
            return answer(request)
          })
          const report = await sink.deliver(batch)
          const dead = (await deadLetters()) as { id: string; event: Buffer }[]
          const documents = documentsOf(batch)
          const found = new Set([...stored().flat(), ...dead.map(({ event }) => event.toString())])
          expect([...found].sort()).toStrictEqual([...documents].sort())
          expect(report.accepted + report.deadLettered).toBe(count)
          expect(report.deadLettered).toBe(dead.length)
          expect(report.duplicates).toBe(0)
          expect(new Set(dead.map(({ id }) => id)).size).toBe(dead.length)
          // Where the protocol tells what was taken, nothing is there twice.
          const tells = requestFaults.every(
            ({ isCarriedOut, answer: fault }) => !isCarriedOut || !fault,
          )
          if (tells && firstBusy === 1 && !('acknowledgement' in sending)) {
            expect(stored().flat()).toHaveLength(report.accepted)
          }
          for (const each of open.splice(0).reverse()) await each.close()
        },
      ),
      { numRuns: 150 },
    )
  },
)

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}
