import { gzipSync } from 'node:zlib'
import {
  addLedger,
  createTransform,
  emptyLedger,
  isBalanced,
  recordMapping,
  type TransformResult,
} from '@flowlogs/core'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Deliver } from './deliver.ts'
import { type S3StandIn, startS3StandIn } from './s3.test-support.ts'
import {
  bridgedEvent,
  type EventObject,
  s3Event,
  snsEnvelope,
  snsEvent,
  sqsEvent,
  testMessage,
} from './s3-events.test-support.ts'
import { createS3Handler, type S3HandlerEvent, type S3HandlerOptions } from './s3-handler.ts'
import { parseS3Key } from './s3-key.ts'
import type { Invocation } from './telemetry.ts'

const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
const line =
  '2 123456789012 eni-0050644426037aa0f 10.26.1.153 3.239.232.29 60220 443 6 48 21869 1669842701 1669842702 ACCEPT OK'
const text = `${header}\n${line}\n`
const folder = 'AWSLogs/123456789012/vpcflowlogs/us-east-1/2022/11/30'
const hive =
  'my logs + more/AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/year=2022/month=11/day=30/hour=21'
const file = (hash: string) =>
  `123456789012_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20221130T2110Z_${hash}.log.gz`
const transform = createTransform({ mapping: recordMapping, index: true })
const expected = transform(text, {})

let s3: S3StandIn
let delivered: TransformResult[]
let invocations: Invocation[]

beforeAll(async () => {
  s3 = await startS3StandIn()
})

afterAll(() => s3.close())

beforeEach(() => {
  s3.objects.clear()
  s3.requests.length = 0
  delivered = []
  invocations = []
})

function createHandler(options: Partial<S3HandlerOptions> = {}) {
  return createS3Handler({
    client: s3.createClient({ maxAttempts: 1 }),
    transform,
    deliver: async (batch) => delivered.push(batch),
    log: (invocation) => invocations.push(invocation),
    ...options,
  })
}

/** Stores an object; an event tells of it. */
function put(key: string, content: Uint8Array | string = gzipSync(text)): EventObject {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  s3.objects.set(`bucket/${key}`, { content: bytes })
  return { bucket: 'bucket', key, size: bytes.length }
}

const missing = { bucket: 'bucket', key: `${folder}/${file('gone')}` }
const noSuchKey = `s3://bucket/${missing.key}: NoSuchKey: The specified key does not exist.`

describe('however it learns of an object', () => {
  const key = `${hive}/${file('0a1b2c3d')}`
  const object = { bucket: 'bucket', key, size: 100 }
  const notification = JSON.stringify(s3Event([object]))
  const bridged = JSON.stringify(bridgedEvent(object))
  // A format that does not tell flows apart: ids come from the place of a line.
  const places = createTransform({ format: 'srcaddr', mapping: recordMapping, index: true })

  test.each<[string, S3HandlerEvent]>([
    ['S3', s3Event([object])],
    ['SNS', snsEvent([notification])],
    ['EventBridge', bridgedEvent(object)],
    ['SQS', sqsEvent([notification])],
    ['SNS, SQS', sqsEvent([snsEnvelope(notification)])],
    ['EventBridge, SQS', sqsEvent([bridged])],
    ['EventBridge, SNS', snsEvent([bridged])],
  ])('%s: the same events, ids and account', async (_, event) => {
    put(key, '10.0.0.1\n10.0.0.1\nhere\n')
    const reply = await createHandler({ transform: places })(event)
    const origin = {
      account: '123456789012',
      region: 'us-east-1',
      timestamp: Date.UTC(2022, 10, 30, 21, 10),
      bucket: 'bucket',
      key,
    }
    const whole = places('10.0.0.1\n10.0.0.1\nhere\n', (index) => ({ ...origin, line: index + 1 }))
    expect(whole.events?.ids[0]).not.toBe(whole.events?.ids[1])
    expect(whole.events?.times).toStrictEqual([origin.timestamp, origin.timestamp])
    expect(delivered).toStrictEqual([whole])
    expect(reply).toStrictEqual({ batchItemFailures: [] })
    expect(reply.ledger).toStrictEqual(whole.ledger)
  })
})

describe('a queue', () => {
  test('has exactly the messages back whose objects failed', async () => {
    const objects = ['0', '1', '2'].map((hash) => put(`${folder}/${file(hash)}`))
    const [first, second, third] = objects as [EventObject, EventObject, EventObject]
    const messages = [[first], [second, missing], [], [missing], [third]]
    const bodies = messages.map((each) => JSON.stringify(s3Event(each)))
    const reply = await createHandler()(sqsEvent([...bodies, 'no JSON', testMessage]))
    expect(reply).toStrictEqual({
      batchItemFailures: [
        { itemIdentifier: 'm-1' },
        { itemIdentifier: 'm-3' },
        { itemIdentifier: 'm-5' },
      ],
    })
    expect(Object.keys(reply)).toStrictEqual(['batchItemFailures'])
    expect(reply.ledger).toStrictEqual(sum([expected, expected, expected]))
    expect(invocations).toStrictEqual([
      {
        handler: 's3',
        outcome: 'partial',
        ledger: reply.ledger,
        objects: 4,
        failedObjects: 1,
        ignored: 1,
        bytesIn: 3 * gzipSync(text).length,
        bytesOut: 3 * expected.output.length,
        milliseconds: expect.any(Number),
        error: `${noSuchKey}; no notification of S3: no JSON`,
      },
    ])
  })

  test('reads an object once that it tells of twice', async () => {
    const body = JSON.stringify(s3Event([put(`${folder}/${file('0')}`)]))
    await createHandler()(sqsEvent([body, body]))
    expect(s3.requests).toHaveLength(1)
    expect(delivered).toHaveLength(1)
  })

  test('has every message back when nothing can be stored', async () => {
    const bodies = ['0', '1'].map((hash) =>
      JSON.stringify(s3Event([put(`${folder}/${file(hash)}`)])),
    )
    const deliver = () => Promise.reject(new Error('the disk is full'))
    const reply = await createHandler({ deliver })(sqsEvent(bodies))
    expect(reply.batchItemFailures.map((each) => each.itemIdentifier)).toStrictEqual(['m-0', 'm-1'])
    expect(reply.ledger).toStrictEqual(emptyLedger())
    expect(invocations[0]).toMatchObject({
      outcome: 'failed',
      bytesOut: 0,
      error: ['0', '1']
        .map((hash) => `s3://bucket/${folder}/${file(hash)}: not stored: the disk is full`)
        .join('; '),
    })
  })

  test('of very many failures, some are told', async () => {
    const bodies = Array.from({ length: 100 }, (_, index) => `message ${index}`)
    const reply = await createHandler()(sqsEvent(bodies))
    expect(reply.batchItemFailures).toHaveLength(100)
    expect(invocations[0]?.error).toMatch(/: message 0; .*: message 9; and 90 more$/)
  })
})

describe('an event that no queue holds', () => {
  test('is thrown back when an object failed, after the others were stored', async () => {
    const event = s3Event([missing, put(`${folder}/${file('0')}`)])
    const error = await createHandler()(event).catch((thrown: unknown) => thrown)
    expect(error).toStrictEqual(new Error(noSuchKey))
    expect(error).toHaveProperty('ledger', expected.ledger)
    expect(delivered.map(({ ledger }) => ledger)).toStrictEqual([expected.ledger])
    expect(invocations).toMatchObject([
      { outcome: 'failed', objects: 2, failedObjects: 1, error: noSuchKey },
    ])
  })

  test.each([
    ['EventBridge', bridgedEvent(missing)],
    ['SNS', snsEvent([JSON.stringify(s3Event([missing]))])],
  ])('from %s, too', async (_, event) => {
    await expect(createHandler()(event)).rejects.toThrow(noSuchKey)
  })

  test('is thrown back when it is no notification', async () => {
    await expect(createHandler()({} as S3HandlerEvent)).rejects.toThrow('no notification of S3: {}')
  })

  test('has nothing to do', async () => {
    expect(await createHandler()({ Records: [] })).toStrictEqual({ batchItemFailures: [] })
  })
})

describe('errors name the object', () => {
  const key = `${folder}/${file('0')}`
  test.each([
    [
      { status: 403, code: 'AccessDenied', message: 'Access Denied' },
      'AccessDenied: Access Denied',
    ],
    [{ status: 503, code: 'SlowDown', message: 'Please wait' }, 'SlowDown: Please wait'],
    [{ status: 500, code: 'InternalError', message: 'We' }, 'InternalError: We'],
  ])('%j', async (fault, message) => {
    s3.objects.set(`bucket/${key}`, { content: gzipSync(text), faults: [fault] })
    const body = JSON.stringify(s3Event([{ bucket: 'bucket', key, versionId: '1.x' }]))
    s3.objects.set(`bucket/${key}?versionId=1.x`, { content: gzipSync(text), faults: [fault] })
    const reply = await createHandler()(sqsEvent([body]))
    expect(reply.batchItemFailures).toStrictEqual([{ itemIdentifier: 'm-0' }])
    expect(invocations[0]?.error).toBe(`s3://bucket/${key} (version 1.x): ${message}`)
    // The next time, it is there.
    expect((await createHandler()(sqsEvent([body]))).ledger).toStrictEqual(expected.ledger)
  })

  test('nobody answers', async () => {
    const client = s3.createClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
    await expect(createHandler({ client })(s3Event([missing]))).rejects.toThrow(
      `s3://bucket/${missing.key}: connect ECONNREFUSED`,
    )
  })
})

describe('the content of an object', () => {
  test('is told by itself, not by the key', async () => {
    const event = s3Event([put('anything', `{"message":"${line}"}`)])
    expect((await createHandler()(event)).ledger.emitted).toBe(1)
  })

  test('that is no flow log is rejected with its origin, once', async () => {
    const key = 'AWSLogs/123456789012/CloudTrail/x.json.gz'
    const reply = await createHandler()(s3Event([put(key, gzipSync('{"hello":"world"}'))]))
    expect(reply.ledger).toMatchObject({ lines: 1, rejected: 1 })
    expect(delivered.flatMap(({ rejections }) => rejections)).toStrictEqual([
      {
        code: 'unknown_shape',
        line: '{"hello":"world"}',
        origin: { bucket: 'bucket', key },
      },
    ])
  })

  test('without a line is not delivered', async () => {
    const event = s3Event([put('empty', ''), put('zipped', gzipSync(''))])
    expect((await createHandler()(event)).ledger).toStrictEqual(emptyLedger())
    expect(delivered).toStrictEqual([])
    expect(invocations).toMatchObject([{ outcome: 'ok', objects: 2, ignored: 0 }])
  })

  test('that is too large is rejected unread', async () => {
    const object = put('large', text)
    const reply = await createHandler({ maxObjectBytes: 10 })(s3Event([object]))
    expect(reply.ledger).toStrictEqual({
      ...emptyLedger(),
      lines: 1,
      rejected: 1,
      rejections: { too_large: 1 },
      lanes: { envelope: 1 },
    })
    expect(delivered.flatMap(({ rejections }) => rejections)).toStrictEqual([
      {
        code: 'too_large',
        value: String(text.length),
        line: '',
        origin: { bucket: 'bucket', key: 'large' },
      },
    ])
    expect(invocations).toMatchObject([{ outcome: 'ok', bytesIn: 0 }])
  })

  test('does not matter of folders', async () => {
    await createHandler()(s3Event([put('folder/', '')]))
    expect(s3.requests).toStrictEqual([])
    expect(invocations).toMatchObject([{ outcome: 'ok', objects: 0, ignored: 1 }])
  })

  test('does not matter of objects that are not accepted', async () => {
    const objects = [put('folder/', ''), put('a.json', text), put(`${folder}/${file('0')}`)]
    const accept = ({ key }: EventObject) => parseS3Key(key) !== undefined
    const reply = await createHandler({ accept })(s3Event(objects))
    expect(reply.ledger).toStrictEqual(expected.ledger)
    expect(s3.requests).toStrictEqual([`bucket/${folder}/${file('0')}`])
    expect(invocations).toMatchObject([{ objects: 1, ignored: 2 }])
  })

  test('of a key that ends in a slash is read if there is any', async () => {
    expect((await createHandler()(s3Event([put('odd/', text)]))).ledger.emitted).toBe(1)
  })

  test('cut short is one rejection, and the lines before are kept', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => line.replace('60220', `${index}`))
    const content = gzipSync([header, ...lines].join('\n')).subarray(0, -1000)
    const { ledger } = await createHandler()(s3Event([put('cut', content)]))
    expect(ledger.emitted).toBeGreaterThan(1000)
    expect(ledger).toMatchObject({ rejected: 1, rejections: { bad_gzip: 1 } })
  })
})

describe('batches', () => {
  const lines = Array.from({ length: 5000 }, (_, index) => line.replace('60220', `${index}`))
  const large = `${[header, ...lines].join('\n')}\n`
  const whole = transform(large, {})

  test('are stored one after the other, and are no larger than allowed', async () => {
    const object = put(`${folder}/${file('0')}`, gzipSync(large))
    let isStoring = false
    const deliver: Deliver = async (batch) => {
      expect(isStoring).toBe(false)
      isStoring = true
      await new Promise((done) => setTimeout(done, 2))
      delivered.push(batch)
      isStoring = false
    }
    const { ledger } = await createHandler({ deliver, maxBatchBytes: 200_000 })(s3Event([object]))
    expect(ledger).toStrictEqual(whole.ledger)
    expect(Buffer.concat(delivered.map(({ output }) => output))).toStrictEqual(
      Buffer.from(whole.output),
    )
    const sizes = delivered.map(({ output }) => output.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200_000)
    expect(sizes.length).toBe(Math.ceil(whole.output.length / Math.max(...sizes)))
    for (const { output, events } of delivered) {
      expect(events?.offsets.every((at) => output[at] === 123)).toBe(true)
    }
  })

  test('after one that could not be stored are not made; the next object is', async () => {
    const objects = [put('a', gzipSync(large)), put('b', gzipSync(text))]
    const deliver = vi.fn<Deliver>(async (batch) => {
      if (deliver.mock.calls.length === 2) throw new Error('full')
      return delivered.push(batch)
    })
    await expect(
      createHandler({ deliver, maxBatchBytes: 200_000 })(s3Event(objects)),
    ).rejects.toThrow('s3://bucket/a: not stored: full')
    expect(deliver).toHaveBeenCalledTimes(3)
    expect(invocations[0]?.ledger).toStrictEqual(sum(delivered))
  })

  test('of several objects may be stored at the same time', async () => {
    const objects = ['a', 'b', 'c', 'd', 'e'].map((key) => put(key, gzipSync(text)))
    let running = 0
    let most = 0
    const deliver: Deliver = async (batch) => {
      most = Math.max(most, ++running)
      await new Promise((done) => setTimeout(done, 30))
      running--
      delivered.push(batch)
    }
    const { ledger } = await createHandler({ deliver, concurrency: 3 })(s3Event(objects))
    expect(most).toBe(3)
    expect(ledger).toStrictEqual(sum(objects.map(() => expected)))
  })
})

test('any chunks and breaks of the body give what the whole gives', async () => {
  const mixed = `${header}\n${line}\n\n2 too few\n${line.replace('443', '80')}\n`.repeat(300)
  const whole = transform(mixed, {})
  const contents = fc.constantFrom(Buffer.from(mixed), gzipSync(mixed), gzipSync(gzipSync(mixed)))
  const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 })
  const faults = fc.array(
    fc.integer({ min: 1, max: 90_000 }).map((resetAfter) => ({ resetAfter })),
    { maxLength: 3 },
  )
  await fc.assert(
    fc.asyncProperty(contents, sizes, faults, async (content, pieces, resets) => {
      s3.objects.set('bucket/key', { content, sizes: pieces, faults: resets })
      delivered = []
      const event = s3Event([{ bucket: 'bucket', key: 'key' }])
      const { ledger } = await createHandler({ maxBatchBytes: 20_000 })(event)
      expect(isBalanced(ledger)).toBe(true)
      expect({
        output: Buffer.concat(delivered.map(({ output }) => output)).toString(),
        ledger,
        rejected: delivered.flatMap(({ rejections }) =>
          rejections.map((each) => each.origin?.line),
        ),
      }).toStrictEqual({
        output: Buffer.from(whole.output).toString(),
        ledger: { ...whole.ledger, lanes: expect.any(Object) },
        rejected: whole.rejections.map((each) => each.origin?.line),
      })
    }),
    { numRuns: 30 },
  )
})

test.each([
  [{ maxBatchBytes: 0 }, 'maxBatchBytes must be a positive integer, not 0'],
  [{ maxObjectBytes: 1.5 }, 'maxObjectBytes must be a positive integer, not 1.5'],
  [{ concurrency: -1 }, 'concurrency must be a positive integer, not -1'],
])('%j is a mistake', (mistake, message) => {
  expect(() => createHandler(mistake)).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', message }),
  )
})

function sum(results: readonly TransformResult[]) {
  const total = emptyLedger()
  for (const { ledger } of results) addLedger(total, ledger)
  return total
}
