import { gunzipSync, gzipSync } from 'node:zlib'
import {
  createTransform,
  emptyLedger,
  isBalanced,
  type Ledger,
  type Rejection,
  recordMapping,
  type TransformResult,
} from '@flowlogs/core'
import type { CloudWatchLogsEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  type CloudWatchLogsHandlerOptions,
  createCloudWatchLogsHandler,
} from './cloudwatch-logs-handler.ts'
import type { Invocation } from './telemetry.ts'

const line =
  '2 509304988160 eni-0f6428b026d2cdcf8 172.169.2.193 10.54.1.52 34451 3306 6 1 40 1720724137 1720724166 REJECT OK'
const eventId = '38373430536198500175371505576435783808419451459190915072'
const payload = {
  messageType: 'DATA_MESSAGE',
  owner: '123456789012',
  logGroup: '/aws/vpc/flowlogs',
  logStream: 'eni-0f6428b026d2cdcf8-all',
  subscriptionFilters: ['toLambda'],
  logEvents: [{ id: eventId, timestamp: 1720724137000, message: line }],
}
// As CloudWatch Logs sent it in 2023.
const control =
  'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA='

const transform = createTransform({ mapping: recordMapping })
const event = Buffer.from(transform(line).output).toString()

function eventOf(content: unknown): CloudWatchLogsEvent {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return { awslogs: { data: gzipSync(text, { level: 6 }).toString('base64') } }
}

/** Runs a handler once, and tells what was delivered. */
async function run(
  input: unknown,
  options: Partial<CloudWatchLogsHandlerOptions> = {},
): Promise<{ ledger: Ledger; batch: TransformResult; invocations: Invocation[] }> {
  const batches: TransformResult[] = []
  const invocations: Invocation[] = []
  const handle = createCloudWatchLogsHandler({
    transform,
    deliver: async (batch) => batches.push(batch),
    log: (invocation) => invocations.push(invocation),
    ...options,
  })
  const ledger = await handle(input as CloudWatchLogsEvent)
  expect(isBalanced(ledger)).toBe(true)
  expect(batches).toHaveLength(1)
  expect(batches[0]?.ledger).toStrictEqual(ledger)
  return { ledger, batch: batches[0] as TransformResult, invocations }
}

describe('an event that was stored', () => {
  test('resolves to its ledger, and is one line in the log', async () => {
    const { ledger, batch, invocations } = await run(eventOf(payload))
    expect(Buffer.from(batch.output).toString()).toBe(event)
    const expected = { ...emptyLedger(), lines: 1, emitted: 1, lanes: expect.any(Object) }
    expect(ledger).toStrictEqual(expected)
    expect(invocations).toStrictEqual([
      {
        handler: 'cloudwatch-logs',
        outcome: 'ok',
        ledger: expected,
        bytesIn: gzipSync(JSON.stringify(payload), { level: 6 }).length,
        bytesOut: event.length,
        milliseconds: expect.any(Number),
      },
    ])
  })

  test('is not answered before it is stored', async () => {
    const order: string[] = []
    const handle = createCloudWatchLogsHandler({
      transform,
      async deliver() {
        await new Promise((done) => setTimeout(done, 20))
        order.push('stored')
      },
      log: () => order.push('logged'),
    })
    await handle(eventOf(payload))
    expect([...order, 'answered']).toStrictEqual(['stored', 'logged', 'answered'])
  })

  test('that is a control message is counted, and not parsed', async () => {
    const { ledger, batch } = await run({ awslogs: { data: control } })
    const expected = { ...emptyLedger(), lines: 1, control: 1, lanes: { envelope: 1 } }
    expect(ledger).toStrictEqual(expected)
    expect(batch).toStrictEqual({ output: new Uint8Array(0), ledger: expected, rejections: [] })
    expect(gunzipSync(Buffer.from(control, 'base64')).toString()).toContain('CWL CONTROL MESSAGE')
  })

  test('tells of each line what the payload and the options tell', async () => {
    const bad = { ...payload, logEvents: [{ id: eventId, timestamp: 5, message: 'a\nb' }, 7] }
    const { batch } = await run(eventOf(bad), { origin: { region: 'eu-central-1', account: '1' } })
    const origin = {
      region: 'eu-central-1',
      account: '123456789012',
      logGroup: '/aws/vpc/flowlogs',
      logStream: 'eni-0f6428b026d2cdcf8-all',
    }
    const short = { code: 'too_few_values', field: 'account_id' }
    expect(batch.rejections).toStrictEqual([
      { ...short, line: 'a', origin: { ...origin, eventId, timestamp: 5, line: 1 } },
      { ...short, line: 'b', origin: { ...origin, eventId, timestamp: 5, line: 2 } },
      { code: 'unknown_shape', line: '7', origin },
    ])
  })

  test('has the same ids when Lambda tries again', async () => {
    const places = createTransform({ format: 'srcaddr', mapping: recordMapping, index: true })
    const events = [1, 2, 3].map((index) => ({ id: `${index}`, timestamp: 5, message: '10.0.0.1' }))
    const ids = async () =>
      (await run(eventOf({ ...payload, logEvents: events }), { transform: places })).batch.events
        ?.ids
    const first = await ids()
    expect(new Set(first).size).toBe(3)
    expect(await ids()).toStrictEqual(first)
  })
})

describe('an event that was not stored', () => {
  test('rejects with the reason, after telling the log', async () => {
    const invocations: Invocation[] = []
    const failure = new Error('the index is read-only')
    const handle = createCloudWatchLogsHandler({
      transform,
      deliver: async () => {
        throw failure
      },
      log: (invocation) => invocations.push(invocation),
    })
    await expect(handle(eventOf(payload))).rejects.toBe(failure)
    expect(invocations).toStrictEqual([
      {
        handler: 'cloudwatch-logs',
        outcome: 'failed',
        ledger: emptyLedger(),
        bytesIn: expect.any(Number),
        bytesOut: 0,
        milliseconds: expect.any(Number),
        error: 'the index is read-only',
      },
    ])
  })

  test('comes again even if a log that throws was told', async () => {
    const handle = createCloudWatchLogsHandler({
      transform,
      deliver: () => Promise.reject(new Error('no')),
      log() {
        throw new Error('nor this')
      },
    })
    await expect(handle(eventOf(payload))).rejects.toThrow('no')
  })
})

describe('hostile events', () => {
  const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024)).toString('base64')
  const cut = gzipSync(JSON.stringify(payload)).subarray(0, 60).toString('base64')

  test.each<[string, unknown, Rejection]>([
    ['null', null, { code: 'unknown_shape', line: 'null' }],
    ['nothing', undefined, { code: 'unknown_shape', line: '' }],
    ['another event', { Records: [] }, { code: 'unknown_shape', line: '{"Records":[]}' }],
    ['logs without data', { awslogs: {} }, { code: 'unknown_shape', line: '{"awslogs":{}}' }],
    [
      'data that is no text',
      { awslogs: { data: 1 } },
      expect.objectContaining({ code: 'unknown_shape' }),
    ],
    ['data that is no base64', { awslogs: { data: '%%%' } }, { code: 'bad_base64', line: '%%%' }],
    ['gzip that is cut short', { awslogs: { data: cut } }, { code: 'bad_gzip', line: cut }],
    ['a bomb', { awslogs: { data: bomb } }, { code: 'too_large', line: bomb }],
    ['a payload of another kind', eventOf('{"a":1}'), { code: 'unknown_shape', line: '{"a":1}' }],
    ['a payload that is no JSON', eventOf('{"a":'), { code: 'bad_json', line: '{"a":' }],
  ])('%s is one rejection, which is delivered', async (_, input, rejection) => {
    const { batch, ledger } = await run(input, { maxInflatedBytes: 1024 * 1024 })
    expect(batch.rejections).toStrictEqual([rejection])
    expect(batch.output).toHaveLength(0)
    expect(ledger).toMatchObject({ lines: 1, rejected: 1 })
  })

  test('log events of any kind never make it throw, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (logEvents) => {
        const { ledger } = await run(eventOf({ ...payload, logEvents }))
        expect(ledger.lines).toBeGreaterThanOrEqual(logEvents.length)
      }),
    )
  })

  test('anything at all never makes it throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.uint8Array(), async (input, data) => {
        await run(input)
        await run({ awslogs: { data: Buffer.from(data).toString('base64') } })
      }),
      { numRuns: 300 },
    )
  })
})

test('without a log, a line of JSON is printed', async () => {
  const print = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await createCloudWatchLogsHandler({ transform, deliver: async () => {} })(eventOf(payload))
  expect(JSON.parse(String(print.mock.lastCall?.[0]))).toMatchObject({
    handler: 'cloudwatch-logs',
    ledger: { emitted: 1 },
  })
  print.mockRestore()
})

test('a wrong limit is a configuration error', () => {
  const create = () =>
    createCloudWatchLogsHandler({ transform, deliver: async () => {}, maxInflatedBytes: 0 })
  expect(create).toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      message: 'maxInflatedBytes must be a positive integer, not 0',
    }),
  )
})
