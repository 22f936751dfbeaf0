import { createTransform } from '@flowlogs/core'
import { expect, onTestFinished, test } from 'vitest'
import { createOtlpMapping, createOtlpSender, type OtlpSenderOptions } from './index.ts'
import { type Answer, recordsOf, startReceiver } from './receiver.test-support.ts'

const lines = Array.from({ length: 50 }, (_, index) => `10.0.0.${index} ${index}`)
const transform = createTransform({ format: 'srcaddr bytes', mapping: createOtlpMapping() })
const batch = transform(lines.join('\n'))

async function start(
  answer?: (attempt: number) => Answer,
  options: Omit<OtlpSenderOptions, 'url'> = {},
) {
  const receiver = await startReceiver(answer)
  onTestFinished(receiver.close)
  return { receiver, ...createOtlpSender({ url: receiver.url, ...options }) }
}

test.each(['none', 'gzip'] as const)(
  'all records arrive, compressed by %s',
  async (compression) => {
    const { receiver, deliver } = await start(undefined, { compression, maxBytes: 5000 })
    const account = await deliver(batch)
    expect(account).toEqual({
      requests: receiver.requests.length,
      accepted: 50,
      rejected: 0,
      messages: [],
    })
    expect(receiver.requests.length).toBeGreaterThan(3)
    expect(
      recordsOf(receiver.requests).map(({ attributes }) => attributes['aws.vpc.flow.bytes']),
    ).toEqual(lines.map((_, index) => index))
  },
)

test('what the receiver refuses for good is accounted for, and not sent again', async () => {
  const partialSuccess = { rejectedLogRecords: '3', errorMessage: 'too old' }
  const { receiver, deliver } = await start(() => ({
    status: 200,
    body: JSON.stringify({ partialSuccess }),
  }))
  expect(await deliver(batch)).toEqual({
    requests: 1,
    accepted: 47,
    rejected: 3,
    messages: ['too old'],
  })
  expect(receiver.attempts()).toBe(1)
})

test.each([400, 401, 404, 413, 500, 501])('%i is not tried again', async (status) => {
  const { receiver, deliver } = await start(() => ({ status, body: 'why' }))
  await expect(deliver(batch)).rejects.toThrow(`the OTLP receiver answered ${status} why`)
  expect(receiver.attempts()).toBe(1)
})

test('an empty batch sends nothing', async () => {
  const { receiver, deliver } = await start()
  const account = await deliver({ output: new Uint8Array(0) })
  expect(account).toEqual({ requests: 0, accepted: 0, rejected: 0, messages: [] })
  expect(receiver.attempts()).toBe(0)
})

test.each([429, 502, 503, 504])('%i is tried again, when the receiver says so', async (status) => {
  const { receiver, deliver } = await start((attempt) =>
    attempt < 2 ? { status, headers: { 'retry-after': '0' } } : { status: 200 },
  )
  expect(await deliver(batch)).toMatchObject({ accepted: 50 })
  expect(receiver.attempts()).toBe(3)
  expect(recordsOf(receiver.requests)).toHaveLength(50)
})

test('a receiver that never recovers is given up', async () => {
  const { receiver, deliver } = await start(
    () => ({ status: 503, headers: { 'retry-after': new Date(0).toUTCString() } }),
    { retries: 3 },
  )
  await expect(deliver(batch)).rejects.toThrow('no success after 4 attempts: 503')
  expect(receiver.attempts()).toBe(4)
})

test('a connection that fails is tried again, after a while', async () => {
  const begin = performance.now()
  let calls = 0
  const { deliver } = await start(undefined, {
    fetch: (url, init) => {
      if (calls++ === 0) throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
      return fetch(url, init)
    },
  })
  expect(await deliver(batch)).toMatchObject({ accepted: 50 })
  expect(calls).toBe(2)
  expect(performance.now() - begin).toBeGreaterThan(700)
})

test('an attempt ends in time', async () => {
  const receiver = await startReceiver()
  onTestFinished(receiver.close)
  const { deliver } = createOtlpSender({
    url: receiver.url,
    timeoutMillis: 20,
    retries: 0,
    fetch: (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      }),
  })
  await expect(deliver(batch)).rejects.toThrow('no success after 1 attempts')
})

test.each<[Partial<OtlpSenderOptions>, string]>([
  [{ url: 'localhost' }, 'url must be one, not "localhost"'],
  [{ retries: -1 }, 'retries must be an integer from 0, not -1'],
])('%o is refused', (options, message) => {
  expect(() => createOtlpSender({ url: 'http://localhost:4318/v1/logs', ...options })).toThrow(
    message,
  )
})
