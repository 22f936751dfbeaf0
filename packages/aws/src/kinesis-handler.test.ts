import { gzipSync } from 'node:zlib'
import {
  addLedger,
  createTransform,
  emptyLedger,
  isBalanced,
  type Ledger,
  type Rejection,
  recordMapping,
  type TransformResult,
} from '@flowlogs/core'
import type { KinesisStreamEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  kinesisEvent,
  kinesisRecord,
  kplRecord,
  sequenceNumber,
} from './kinesis-events.test-support.ts'
import { createKinesisHandler, type KinesisHandlerOptions } from './kinesis-handler.ts'
import type { Invocation } from './telemetry.ts'

const line =
  '2 509304988160 eni-0f6428b026d2cdcf8 172.169.2.193 10.54.1.52 34451 3306 6 1 40 1720724137 1720724166 REJECT OK'
// As CloudWatch Logs sent it in 2023.
const control =
  'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA='

function payload(...messages: readonly string[]): string {
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['toKinesis'],
    logEvents: messages.map((message, index) => ({
      id: `3837343053619850017537150557643578380841945145919091507${index % 10}`,
      timestamp: 1720724137000,
      message,
    })),
  })
}

const transform = createTransform({ mapping: recordMapping })
const event = Buffer.from(transform(line).output).toString()
const quiet = { log: () => {} }

/** Runs a handler once, and tells what was delivered. */
async function run(
  input: unknown,
  options: Partial<KinesisHandlerOptions> = {},
): Promise<{
  failures: unknown
  ledger: Ledger
  batches: TransformResult[]
  invocations: Invocation[]
}> {
  const batches: TransformResult[] = []
  const invocations: Invocation[] = []
  const handle = createKinesisHandler({
    transform,
    deliver: async (batch) => batches.push(batch),
    log: (invocation) => invocations.push(invocation),
    ...options,
  })
  const reply = await handle(input as KinesisStreamEvent)
  expect(isBalanced(reply.ledger)).toBe(true)
  expect(JSON.parse(JSON.stringify(reply))).toStrictEqual({
    batchItemFailures: reply.batchItemFailures,
  })
  return { failures: reply.batchItemFailures, ledger: reply.ledger, batches, invocations }
}

function textOf(batches: readonly TransformResult[]): string {
  return Buffer.concat(batches.map(({ output }) => output)).toString()
}

function total(batches: readonly TransformResult[]): Ledger {
  const ledger = emptyLedger()
  for (const batch of batches) addLedger(ledger, batch.ledger)
  return ledger
}

/** Stores all batches but the one with this index, and those after it. */
function failingAt(
  index: number,
  stored: TransformResult[] = [],
): KinesisHandlerOptions['deliver'] {
  return async (batch) => {
    if (stored.length === index) throw new Error('the disk is full')
    stored.push(batch)
  }
}

describe('an event that was stored', () => {
  test('is answered without failures; lines, envelopes and origins arrive', async () => {
    const seen: unknown[] = []
    const spy = createTransform({ mapping: recordMapping, index: true })
    const { failures, batches, ledger } = await run(
      kinesisEvent(
        gzipSync(payload(line, line)),
        Buffer.from(control, 'base64'),
        `${line}\nbroken`,
        JSON.stringify({ message: 'short' }),
        '',
        kplRecord(line, 'also broken'),
      ),
      {
        transform: spy,
        deliver: async (batch) => {
          seen.push(...batch.rejections)
        },
      },
    )
    const place = { region: 'eu-central-1', timestamp: 1668093033744 }
    const requestId = (index: number) => `shardId-000000000006:${sequenceNumber(index)}`
    const short = { code: 'too_few_values', field: 'account_id' }
    expect(seen).toStrictEqual([
      { ...short, line: 'broken', origin: { ...place, requestId: requestId(2), line: 2 } },
      { ...short, line: 'short', origin: { ...place, requestId: requestId(3), line: 1 } },
      {
        code: 'too_few_values',
        field: 'interface_id',
        line: 'also broken',
        origin: { ...place, requestId: requestId(5), record: 1, line: 1 },
      },
    ])
    expect({ failures, batches: batches.length }).toStrictEqual({ failures: [], batches: 0 })
    expect(ledger).toStrictEqual({
      ...emptyLedger(),
      lines: 8,
      emitted: 4,
      control: 1,
      rejected: 3,
      rejections: { too_few_values: 3 },
      lanes: expect.any(Object),
    })
  })

  test('is one batch, and one line in the log', async () => {
    const data = gzipSync(payload(line))
    const { batches, invocations } = await run(kinesisEvent(data, `${line}\n`))
    expect(textOf(batches)).toBe(event + event)
    expect(batches).toHaveLength(1)
    expect(invocations).toStrictEqual([
      {
        handler: 'kinesis',
        outcome: 'ok',
        ledger: { ...emptyLedger(), lines: 2, emitted: 2, lanes: expect.any(Object) },
        bytesIn: data.length + line.length + 1,
        bytesOut: event.length * 2,
        milliseconds: expect.any(Number),
      },
    ])
  })

  test('is delivered although nothing came out of it, unless it has no records', async () => {
    const { batches } = await run(kinesisEvent(Buffer.from(control, 'base64')))
    expect(batches).toStrictEqual([
      {
        output: new Uint8Array(0),
        ledger: { ...emptyLedger(), lines: 1, control: 1, lanes: { envelope: 1 } },
        rejections: [],
      },
    ])
    expect((await run({ Records: [] })).batches).toStrictEqual([])
  })

  test('inherits an origin, and a payload knows better', async () => {
    const format = 'version srcaddr'
    const { batches } = await run(kinesisEvent('x', payload('y')), {
      transform: createTransform({ format, mapping: recordMapping }),
      origin: { account: '999999999999', region: 'us-gov-east-1' },
    })
    expect(batches[0]?.rejections.map(({ origin }) => origin)).toStrictEqual([
      {
        account: '999999999999',
        region: 'us-gov-east-1',
        timestamp: 1668093033744,
        requestId: `shardId-000000000006:${sequenceNumber(0)}`,
        line: 1,
      },
      {
        account: '123456789012',
        region: 'us-gov-east-1',
        timestamp: 1720724137000,
        requestId: `shardId-000000000006:${sequenceNumber(1)}`,
        logGroup: '/aws/vpc/flowlogs',
        logStream: 'eni-0f6428b026d2cdcf8-all',
        eventId: '38373430536198500175371505576435783808419451459190915070',
        line: 1,
      },
    ])
  })
})

describe('batches', () => {
  test('are delivered one after the other, each with the records that fill it', async () => {
    const order: string[] = []
    await run(kinesisEvent(...Array(5).fill(line)), {
      maxBatchBytes: line.length * 2,
      async deliver({ ledger }) {
        order.push(`begin ${ledger.lines}`)
        await new Promise((done) => setTimeout(done, 5))
        order.push(`end ${ledger.lines}`)
      },
    })
    expect(order).toStrictEqual(['begin 2', 'end 2', 'begin 2', 'end 2', 'begin 1', 'end 1'])
  })

  test('may be made by a transform that uses its output again', async () => {
    const outputs: string[] = []
    await run(kinesisEvent(line, `${line}\n${line}`, line), {
      maxBatchBytes: 1,
      transform: createTransform({ mapping: recordMapping, reuseOutput: true }),
      async deliver({ output }) {
        await new Promise((done) => setTimeout(done, 5))
        outputs.push(Buffer.from(output).toString())
      },
    })
    expect(outputs).toStrictEqual([event, event + event, event])
  })

  const records = Array.from({ length: 7 }, (_, index) => line.replace('34451', `${index}`))

  test('the first record that was not stored is the one reported, and the rest is left', async () => {
    for (let failing = 0; failing < 7; failing++) {
      const stored: TransformResult[] = []
      const deliver = failingAt(failing, stored)
      const { failures, ledger, invocations } = await run(kinesisEvent(...records), {
        deliver,
        maxBatchBytes: 1,
      })
      expect(failures).toStrictEqual([{ itemIdentifier: sequenceNumber(failing) }])
      expect(ledger).toStrictEqual(total(stored))
      expect(stored).toHaveLength(failing)
      expect(invocations).toMatchObject([
        {
          outcome: failing === 0 ? 'failed' : 'partial',
          ledger: { lines: failing },
          error: 'the disk is full',
        },
      ])
    }
  })

  test('of three records each: the first of the second batch is reported', async () => {
    const { failures } = await run(kinesisEvent(...records), {
      deliver: failingAt(1),
      maxBatchBytes: records.slice(0, 3).join('').length,
    })
    expect(failures).toStrictEqual([{ itemIdentifier: sequenceNumber(3) }])
  })

  test('what comes again, as Lambda does it, is complete and without repetition', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { minLength: 1, maxLength: 12 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        fc.integer({ min: 1, max: 800 }),
        async (sizes, outcomes, maxBatchBytes) => {
          const stored: TransformResult[] = []
          const all = sizes.map((size, index) =>
            kinesisRecord(
              Array(size)
                .fill(line.replace('34451', `${index}`))
                .join('\n'),
              index,
            ),
          )
          const handle = createKinesisHandler({
            ...quiet,
            transform,
            maxBatchBytes,
            async deliver(batch) {
              if (outcomes.shift()) throw new Error('not now')
              stored.push(batch)
            },
          })
          const ledger = emptyLedger()
          let Records = all
          while (Records.length > 0) {
            const reply = await handle({ Records })
            addLedger(ledger, reply.ledger)
            const [failure] = reply.batchItemFailures
            // Everything from the lowest sequence number on comes again.
            const from = Records.findIndex(
              ({ kinesis }) => kinesis.sequenceNumber === failure?.itemIdentifier,
            )
            Records = from === -1 ? [] : Records.slice(from)
          }
          const lines = sizes.flatMap((size, index) =>
            Array(size).fill(line.replace('34451', `${index}`)),
          )
          const expected = transform(lines.join('\n'))
          expect(textOf(stored)).toBe(Buffer.from(expected.output).toString())
          expect(ledger).toStrictEqual(expected.ledger)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('laws', () => {
  const wrappings: readonly ((lines: readonly string[]) => Uint8Array | string)[] = [
    (lines) => lines.join('\n'),
    (lines) => gzipSync(`${lines.join('\n')}\n`),
    (lines) => lines.map((message) => JSON.stringify({ message })).join(''),
    (lines) => gzipSync(payload(...lines)),
    (lines) => kplRecord(...lines),
    (lines) => kplRecord(...lines.map((each) => gzipSync(payload(each)))),
  ]
  const lines = fc.constantFrom(
    line,
    line.replace('1720724137', '1720724137999'),
    '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
    'cut short 1',
    `${line} surplus`,
    line.replace('172.169', '972.169'),
  )

  test('however lines are wrapped and batched, the same comes out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(lines, { minLength: 1, maxLength: 5 }), fc.nat(5)), {
          maxLength: 12,
        }),
        fc.integer({ min: 1, max: 3000 }),
        async (records, maxBatchBytes) => {
          const data = records.map(([content, kind]) => wrappings[kind]?.(content) ?? '')
          const { batches, ledger } = await run(kinesisEvent(...data), { maxBatchBytes })
          const expected = transform(records.flatMap(([content]) => content).join('\n'))
          expect(textOf(batches)).toBe(Buffer.from(expected.output).toString())
          expect(ledger).toStrictEqual(expected.ledger)
          expect(total(batches)).toStrictEqual(ledger)
          const withoutOrigin = ({ origin: _, ...rejection }: Rejection) => rejection
          expect(batches.flatMap(({ rejections }) => rejections).map(withoutOrigin)).toStrictEqual(
            expected.rejections.map(withoutOrigin),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  test('ids stay the same when records come again in other batches', async () => {
    // Such lines do not tell one flow from another, so the ids depend on the place.
    const places = createTransform({ format: 'srcaddr', mapping: recordMapping, index: true })
    const idsOf = (batches: readonly TransformResult[]) =>
      batches.flatMap(({ events }) => events?.ids ?? [])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.nat(7),
        fc.integer({ min: 1, max: 60 }),
        async (records, from, maxBatchBytes) => {
          const { Records } = kinesisEvent(
            ...records.map(([size, isPacked]) => {
              const content = Array<string>(size).fill('10.0.0.1')
              return isPacked ? kplRecord(...content) : content.join('\n')
            }),
          )
          const first = idsOf((await run({ Records }, { transform: places })).batches)
          expect(new Set(first).size).toBe(first.length)
          const again = await run(
            { Records: Records.slice(from) },
            { transform: places, maxBatchBytes },
          )
          const before = records.slice(0, from).reduce((sum, [size]) => sum + size, 0)
          expect(idsOf(again.batches)).toStrictEqual(first.slice(before))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('hostile records', () => {
  const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024))
  const deep = `{"message":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  const notUtf8 = Buffer.concat([
    Buffer.from('{"message":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}'),
  ])
  const packed = kplRecord(line)
  const damaged = Uint8Array.from(packed)
  damaged[10] = 0

  test.each<[string, Uint8Array | string, Partial<Rejection>]>([
    ['gzip that is cut short', gzipSync(line).subarray(0, 40), { code: 'bad_gzip' }],
    ['JSON that is cut short', payload(line).slice(0, -20), { code: 'bad_json' }],
    ['JSON of another kind', '{"detail-type":"x"}', { code: 'unknown_shape' }],
    ['JSON that is nested deep', deep, { code: 'too_deep' }],
    ['JSON that is not UTF-8', notUtf8, { code: 'bad_encoding' }],
    ['Parquet', 'PAR1\0\0', { code: 'unknown_shape', line: 'UEFSMQAA' }],
    ['a bomb', bomb, { code: 'too_large', line: bomb.toString('base64') }],
    [
      'a damaged aggregated record',
      damaged,
      { code: 'unknown_shape', line: Buffer.from(damaged).toString('base64') },
    ],
  ])('%s is a rejection; those around it are stored', async (_, data, rejection) => {
    const { failures, batches, ledger } = await run(kinesisEvent(line, data, line), {
      maxInflatedBytes: 16 * 1024 * 1024,
    })
    expect(failures).toStrictEqual([])
    expect(textOf(batches)).toBe(event + event)
    expect(batches[0]?.rejections).toMatchObject([rejection])
    expect(batches[0]?.rejections[0]?.origin?.requestId).toBe(
      `shardId-000000000006:${sequenceNumber(1)}`,
    )
    expect(ledger).toMatchObject({ lines: 3, emitted: 2, rejected: 1 })
  })

  test('bombs packed in one record share its limit', async () => {
    const small = gzipSync(Buffer.alloc(600))
    const { batches } = await run(kinesisEvent(kplRecord(small, small, line)), {
      maxInflatedBytes: 1000,
    })
    expect(batches[0]?.rejections.map(({ code, origin }) => [code, origin?.record])).toStrictEqual([
      ['unknown_shape', 0],
      ['too_large', 1],
    ])
    expect(textOf(batches)).toBe(event)
  })

  test.each<[string, unknown, Rejection['code']]>([
    ['no base64', { ...kinesisRecord('').kinesis, data: 'not base64!' }, 'bad_base64'],
    ['base64 without its padding', { ...kinesisRecord('').kinesis, data: 'YQ' }, 'bad_base64'],
    ['no data', { sequenceNumber: sequenceNumber(1) }, 'unknown_shape'],
    ['a number for data', { sequenceNumber: sequenceNumber(1), data: 5 }, 'unknown_shape'],
    ['nothing', undefined, 'unknown_shape'],
  ])('a member "kinesis" with %s is a rejection', async (_, kinesis, code) => {
    const { batches, failures } = await run({
      Records: [kinesisRecord(line), { ...kinesisRecord(''), kinesis }, kinesisRecord(line, 2)],
    })
    expect(failures).toStrictEqual([])
    expect(textOf(batches)).toBe(event + event)
    expect(batches[0]?.rejections.map((rejection) => rejection.code)).toStrictEqual([code])
  })

  test.each([
    ['null', null, 'null'],
    ['nothing', undefined, ''],
    ['text', 'text', '"text"'],
    ['another event', { source: 'aws.events' }, '{"source":"aws.events"}'],
    ['records that are no array', { Records: {} }, '{"Records":{}}'],
  ])('an event that is %s is one rejection', async (_, input, text) => {
    const { batches, ledger } = await run(input)
    expect(batches.map(({ rejections }) => rejections)).toStrictEqual([
      [{ code: 'unknown_shape', line: text }],
    ])
    expect(ledger).toMatchObject({ lines: 1, rejected: 1 })
  })

  test('an event without sequence numbers comes again as a whole when it was not stored', async () => {
    const invocations: Invocation[] = []
    const handle = createKinesisHandler({
      transform,
      deliver: failingAt(0),
      log: (invocation) => invocations.push(invocation),
    })
    await expect(handle({} as KinesisStreamEvent)).rejects.toThrow('the disk is full')
    expect(invocations).toMatchObject([{ outcome: 'failed', error: 'the disk is full' }])
  })

  test('anything at all never makes it throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.uint8Array(), async (input, data) => {
        const { failures } = await run({ Records: [input, kinesisRecord(data, 1)] })
        expect(failures).toStrictEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

test('a transform that throws is reported like a batch that was not stored', async () => {
  const broken: typeof transform = Object.assign(() => {
    throw new RangeError('a defect')
  }, transform)
  const { failures, invocations } = await run(kinesisEvent(line), { transform: broken })
  expect(failures).toStrictEqual([{ itemIdentifier: sequenceNumber(0) }])
  expect(invocations).toMatchObject([{ outcome: 'failed', error: 'RangeError: a defect' }])
})

test('a log that throws changes nothing; without one, a line of JSON is printed', async () => {
  const { failures } = await run(kinesisEvent(line), {
    log() {
      throw new Error('no')
    },
  })
  expect(failures).toStrictEqual([])
  const print = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await createKinesisHandler({ transform, deliver: async () => {} })(kinesisEvent(line))
  expect(JSON.parse(String(print.mock.lastCall?.[0]))).toMatchObject({
    handler: 'kinesis',
    outcome: 'ok',
  })
  print.mockRestore()
})

test.each([
  [{ maxBatchBytes: 0 }, 'maxBatchBytes must be a positive integer, not 0'],
  [{ maxBatchBytes: 1.5 }, 'maxBatchBytes must be a positive integer, not 1.5'],
  [{ maxInflatedBytes: -1 }, 'maxInflatedBytes must be a positive integer, not -1'],
])('%j is a configuration error', (wrong, message) => {
  const create = () => createKinesisHandler({ transform, deliver: async () => {}, ...wrong })
  expect(create).toThrow(expect.objectContaining({ name: 'ConfigurationError', message }))
})
