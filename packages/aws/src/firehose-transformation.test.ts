import { gzipSync } from 'node:zlib'
import {
  createTransform,
  isBalanced,
  type Ledger,
  type Rejection,
  recordMapping,
  type Transform,
  type TransformResult,
  emptyLedger as zeros,
} from '@flowlogs/core'
import type { FirehoseTransformationEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createFirehoseTransformation,
  type FirehoseTransformationOptions,
} from './firehose-transformation.ts'
import type { OverflowRecord } from './overflow.ts'
import { partitionMapping } from './partition-keys.ts'
import type { Invocation } from './telemetry.ts'

// Real bytes: two captures of flow logs sent straight to Firehose, and the message with which
// CloudWatch Logs checks a destination.
const captures = {
  direct:
    'eyJtZXNzYWdlIjoiMiA2NDc2MDQxOTUxNTUgZW5pLTA1ZmRkNTgzMTdhM2E1OGU0IDEwLjMwLjIuMjM4IDEwLjMwLjEuMjE3IDgwODkgMzkwMTYgNiAyMiAxMDUyNyAxNjQzMTYwNzMyIDE2NDMxNjA3OTIgQUNDRVBUIE9LIn0=',
  directWithNewline:
    'eyJtZXNzYWdlIjoiMiAwNTg2OTQ4NTY0NzYgZW5pLTAzYzBmNWJhNzlhNjZlZjE3IDEwLjMuMTY2LjcxIDEwLjMuMTQxLjIwOSA0NDMgMzg2MzQgNiAxMDMgNDI5MjYgMTY4MDgzODU1NiAxNjgwODM4NTc4IEFDQ0VQVCBPSyJ9Cg==',
  control:
    'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA=',
}
const accept =
  '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const reject =
  '2 123456789010 eni-1 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK'
const nodata = '2 428961148399 eni-0e0bf7be352692297 - - - - - - - 1671029698 1671029728 - NODATA'
const bad =
  '2 123456789010 eni-1 172.31.9.69 172.31.9.12 49761 99999 6 20 4249 1418530010 1418530070 REJECT OK'

const transform = createTransform({ mapping: recordMapping })
// Which engine takes a line is core's affair.
const emptyLedger: Ledger = { ...zeros(), lanes: expect.any(Object) }

let told: Invocation[]
let logged: string[]

beforeEach(() => {
  told = []
  logged = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => logged.push(String(text)) > 0)
})

afterEach(() => {
  vi.restoreAllMocks()
})

function create(options: Partial<FirehoseTransformationOptions> = {}) {
  return createFirehoseTransformation({
    transform,
    log: (invocation) => told.push(invocation),
    ...options,
  })
}

function eventOf(data: readonly (string | Uint8Array)[]): FirehoseTransformationEvent {
  return {
    invocationId: '180af8d1-d1d7-4d4b-9d5c-7a1d7f2a5a5b',
    deliveryStreamArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
    region: 'us-east-1',
    records: data.map((each, index) => ({
      recordId: recordId(index),
      approximateArrivalTimestamp: 1671029729000,
      data: Buffer.from(each as string).toString('base64'),
    })),
  }
}

function recordId(index: number): string {
  return `4962615450164411073925754533287874685072880336325155225800000${index}`
}

function documents(lines: string): string {
  return Buffer.from(transform(lines, { region: 'us-east-1' }).output).toString()
}

function ok(index: number, lines: string) {
  const data = Buffer.from(documents(lines)).toString('base64')
  return { recordId: recordId(index), result: 'Ok', data }
}

function dropped(index: number) {
  return { recordId: recordId(index), result: 'Dropped' }
}

function failed(index: number) {
  return { recordId: recordId(index), result: 'ProcessingFailed' }
}

function message(line: string): string {
  return JSON.stringify({ message: line })
}

function payload(...lines: readonly string[]): string {
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['toFirehose'],
    logEvents: lines.map((line, index) => ({
      id: `383734305361985001753715055764357838084194514591909150${index}`,
      timestamp: 1720724137000 + index,
      message: line,
    })),
  })
}

function texts(records: readonly OverflowRecord[]): readonly string[] {
  return records.map(({ data }) => Buffer.from(data).toString())
}

describe('a record', () => {
  test('is answered with its events, whatever it came in', async () => {
    const event = eventOf([
      Buffer.from(captures.direct, 'base64'),
      Buffer.from(captures.directWithNewline, 'base64'),
      message(nodata),
      gzipSync(payload(accept, reject)),
      payload(accept),
      `${accept}\n${reject}\n`,
      `${message(accept)}${message(reject)}`,
    ])
    expect(await create()(event)).toStrictEqual({
      records: [
        ok(0, JSON.parse(Buffer.from(captures.direct, 'base64').toString()).message),
        ok(1, JSON.parse(Buffer.from(captures.directWithNewline, 'base64').toString()).message),
        ok(2, nodata),
        ok(3, `${accept}\n${reject}`),
        ok(4, accept),
        ok(5, `${accept}\n${reject}`),
        ok(6, `${accept}\n${reject}`),
      ],
    })
  })

  test('that holds nothing to emit is dropped', async () => {
    const filtering = createTransform({
      mapping: { ...recordMapping, keepOut: [{ column: 'nodata', condition: noData }] },
      filter: [
        { name: 'ssh', drop: { test: 'is', source: 'dstport', values: ['22'], ignoreCase: false } },
      ],
    })
    const event = eventOf([
      Buffer.from(captures.control, 'base64'),
      'CWL CONTROL MESSAGE: Checking health of destination Firehose.',
      'version account-id interface-id srcaddr\n',
      '\n\n',
      '',
      message(nodata),
      message(accept),
      payload(),
    ])
    const reply = await create({ transform: filtering })(event)
    expect(reply).toStrictEqual({ records: event.records.map((_, index) => dropped(index)) })
    expect(reply.ledger).toStrictEqual({
      ...emptyLedger,
      lines: 7,
      control: 2,
      header: 1,
      blank: 2,
      nodata: 1,
      filtered: 1,
      filters: { ssh: 1 },
    })
    expect(logged).toStrictEqual([])
  })

  test('that cannot be read fails, and Firehose keeps its bytes', async () => {
    const gzip = gzipSync(payload(accept))
    const event = eventOf([
      message(bad),
      `${bad}\n${nodata.slice(0, 20)}\n`,
      gzip.subarray(0, -5),
      '{"message":',
      '{"messages":[]}',
      Buffer.from([0xff, 0xfe, 32, 0xff]),
      Buffer.from('PAR1\0\0\0PAR1'),
      `{"message":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      gzipSync(Buffer.alloc(2_000_000, '\n')),
    ])
    const reply = await create({ maxInflatedBytes: 4_000_000 })(event)
    expect(reply).toStrictEqual({ records: event.records.map((_, index) => failed(index)) })
    expect(reply.ledger.rejections).toMatchObject({ bad_gzip: 1, bad_encoding: 1, too_large: 1 })
    expect(logged).toStrictEqual([])
  })

  test('fails when those before it were inflated to too much', async () => {
    const record = gzipSync(`${accept}\n`.repeat(100))
    const reply = await create({ maxInflatedBytes: 45_000 })(
      eventOf([record, record, record, record, record, accept]),
    )
    expect(reply.records.map(({ result }) => result)).toStrictEqual([
      'Ok',
      'Ok',
      'Ok',
      'Ok',
      'ProcessingFailed',
      'Ok',
    ])
    expect(reply.ledger.rejections).toStrictEqual({ too_large: 1 })
  })

  test('whose data is no base64 fails', async () => {
    const event = eventOf([accept, accept, accept, accept])
    const data = ['not base64!', 'AAA', null, undefined] as readonly string[]
    const records = event.records.map((record, index) => ({
      ...record,
      data: data[index] as string,
    }))
    const reply = await create()({ ...event, records })
    expect(reply).toStrictEqual({ records: records.map((_, index) => failed(index)) })
    expect(reply.ledger.rejections).toStrictEqual({ bad_base64: 2, unknown_shape: 2 })
  })

  test('is answered as often as it comes', async () => {
    const event = eventOf([accept, reject])
    const records = event.records.map((record) => ({ ...record, recordId: 'same' }))
    const reply = await create()({ ...event, records })
    expect(reply.records).toStrictEqual([
      { ...ok(0, accept), recordId: 'same' },
      { ...ok(1, reject), recordId: 'same' },
    ])
    expect(await create()(eventOf([]))).toStrictEqual({ records: [] })
  })

  test('is read by itself: a header holds for its own lines', async () => {
    const reply = await create()(eventOf([`dstport srcport\n443 80\n`, accept]))
    expect(reply.records[0]).toMatchObject({
      result: 'Ok',
      data: toBase64('{"dstport":443,"srcport":80}\n'),
    })
    expect(reply.records[1]).toStrictEqual(ok(1, accept))
  })

  test('tells each line where it came from', async () => {
    const kept: Rejection[] = []
    const rejections = async (each: readonly Rejection[]) => kept.push(...each)
    const event = eventOf([`${accept}\n${bad}\n`, gzipSync(payload(accept, bad))])
    await create({ rejections, origin: { account: '999999999999' } })(event)
    expect(kept.map(({ origin }) => origin)).toStrictEqual([
      {
        account: '999999999999',
        region: 'us-east-1',
        requestId: recordId(0),
        timestamp: 1671029729000,
        line: 2,
      },
      {
        account: '123456789012',
        region: 'us-east-1',
        requestId: recordId(1),
        timestamp: 1720724137001,
        logGroup: '/aws/vpc/flowlogs',
        logStream: 'eni-0f6428b026d2cdcf8-all',
        eventId: '3837343053619850017537150557643578380841945145919091501',
        line: 2,
      },
    ])
  })
})

describe('rejected lines next to events', () => {
  const event = eventOf([payload(accept, bad, reject, '2 1'), message(bad)])
  const answers = { records: [ok(0, `${accept}\n${reject}`), failed(1)] }

  test('are logged, each of them', async () => {
    const reply = await create()(event)
    expect(reply).toStrictEqual(answers)
    expect(logged.map((text) => JSON.parse(text))).toMatchObject([
      { message: 'flowlogs rejection', code: 'bad_integer', field: 'dstport', line: bad },
      { message: 'flowlogs rejection', code: 'too_few_values', line: '2 1' },
    ])
    expect(reply.ledger).toStrictEqual({
      ...emptyLedger,
      lines: 5,
      emitted: 2,
      rejected: 3,
      rejections: { bad_integer: 2, too_few_values: 1 },
    })
    expect(told).toMatchObject([{ outcome: 'ok' }])
  })

  test('are handed over, if there is somebody to take them', async () => {
    const kept: (readonly Rejection[])[] = []
    const rejections = async (each: readonly Rejection[]) => kept.push(each)
    expect(await create({ rejections })(event)).toStrictEqual(answers)
    expect(kept.map((each) => each.map(({ line }) => line))).toStrictEqual([[bad, '2 1']])
    expect(await create({ rejections })(eventOf([accept]))).toStrictEqual({
      records: [ok(0, accept)],
    })
    expect(kept).toHaveLength(1)
    expect(logged).toStrictEqual([])
  })

  test('are logged when whoever takes them fails', async () => {
    const rejections = async () => {
      throw new Error('queue is gone')
    }
    expect(await create({ rejections })(event)).toStrictEqual(answers)
    expect(logged.map((text) => JSON.parse(text).line)).toStrictEqual([bad, '2 1'])
    expect(told).toMatchObject([
      { outcome: 'partial', error: 'rejections are logged, not stored: queue is gone' },
    ])
  })

  test('are emitted after the events, if so wanted', async () => {
    const reply = await create({ rejections: 'emit' })(event)
    const [first, ...others] = reply.records
    const lines = Buffer.from(first?.data ?? '', 'base64').toString()
    const documentsOfEvents = documents(`${accept}\n${reject}`)
    expect(lines.slice(0, documentsOfEvents.length)).toBe(documentsOfEvents)
    const emitted = lines.slice(documentsOfEvents.length).split('\n')
    expect(emitted.pop()).toBe('')
    expect(emitted.map((text) => JSON.parse(text))).toMatchObject([
      { code: 'bad_integer', field: 'dstport', value: '99999', line: bad },
      { code: 'too_few_values', field: 'interface_id', line: '2 1' },
    ])
    expect(others).toStrictEqual([failed(1)])
    expect(logged).toStrictEqual([])
  })
})

describe('records beyond the limit of the reply', () => {
  // An answer with one event has about 490 bytes.
  const five = Array.from({ length: 5 }, (_, index) =>
    accept.replace('20641', String(20640 + index)),
  )

  test('fail without overflow, and nothing else does', async () => {
    const reply = await create({ maxResponseBytes: 1600 })(eventOf(five))
    expect(reply).toStrictEqual({
      records: [ok(0, five[0] ?? ''), ok(1, five[1] ?? ''), failed(2), failed(3), failed(4)],
    })
    expect(reply.ledger).toStrictEqual({
      ...emptyLedger,
      lines: 5,
      emitted: 2,
      rejected: 3,
      rejections: { too_large: 3 },
    })
    expect(told).toMatchObject([
      { outcome: 'partial', error: '3 failed: the events do not fit in the reply' },
    ])
  })

  test('go back as they came', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    const reply = await create({ maxResponseBytes: 1600, overflow })(eventOf(five))
    expect(reply).toStrictEqual({
      records: [ok(0, five[0] ?? ''), ok(1, five[1] ?? ''), dropped(2), dropped(3), dropped(4)],
    })
    expect(texts(back)).toStrictEqual(five.slice(2))
    // What goes back is counted when it comes again.
    expect(reply.ledger).toStrictEqual({ ...emptyLedger, lines: 2, emitted: 2 })
    expect(told).toMatchObject([{ outcome: 'ok', ledger: { emitted: 2 } }])
  })

  test('go back under the partition keys of their Kinesis stream', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    const event = eventOf(five)
    const records = event.records.map((record, index) => ({
      ...record,
      kinesisRecordMetadata: {
        shardId: 'shardId-000000000000',
        partitionKey: `key-${index}`,
        approximateArrivalTimestamp: 1671029729000,
        sequenceNumber: '1',
        subsequenceNumber: '0',
      },
    }))
    await create({ maxResponseBytes: 1600, overflow })({ ...event, records })
    expect(back.map(({ partitionKey }) => partitionKey)).toStrictEqual(['key-2', 'key-3', 'key-4'])
  })

  test('fail if they were not taken', async () => {
    const overflow = async () => [{ index: 1, reason: 'ServiceUnavailableException' }]
    const reply = await create({ maxResponseBytes: 1600, overflow })(eventOf(five))
    expect(reply.records.slice(2)).toStrictEqual([dropped(2), failed(3), dropped(4)])
    expect(reply.ledger).toMatchObject({ lines: 3, emitted: 2, rejections: { too_large: 1 } })
    expect(told).toMatchObject([
      { outcome: 'partial', error: '1 failed: not put back: ServiceUnavailableException' },
    ])
  })

  test('fail if overflow does', async () => {
    const overflow = async () => {
      throw new TypeError('no client')
    }
    const reply = await create({ maxResponseBytes: 1600, overflow })(eventOf(five))
    expect(reply.records.slice(2)).toStrictEqual([failed(2), failed(3), failed(4)])
    expect(told).toMatchObject([
      { outcome: 'partial', error: '3 failed: not put back: TypeError: no client' },
    ])
  })

  test('have most of the time for it that the function has left', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout')
    const signals: AbortSignal[] = []
    const overflow = async (_: readonly OverflowRecord[], signal: AbortSignal) => {
      signals.push(signal)
      return []
    }
    const handler = create({ maxResponseBytes: 1600, overflow })
    await handler(eventOf(five), { getRemainingTimeInMillis: () => 60_001 })
    await handler(eventOf(five), { getRemainingTimeInMillis: () => -1 })
    await handler(eventOf(five))
    // What does not overflow asks for no time.
    await handler(eventOf([accept]))
    expect(timeout.mock.calls).toStrictEqual([[48_000], [0], [24_000]])
    expect(timeout.mock.results.map(({ value }) => value)).toStrictEqual(signals)
  })

  test('are split when they are too large by themselves', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    const reply = await create({ maxResponseBytes: 2000, overflow })(
      eventOf([payload(...five), accept, `${five.join('\n')}\n`]),
    )
    expect(reply).toStrictEqual({ records: [dropped(0), ok(1, accept), dropped(2)] })
    expect(texts(back)).toStrictEqual([...payloads(payload(...five)), ...five])
  })

  test('are split when they would rarely find room behind others', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    // Three events fit in the reply by themselves, but not behind two.
    const reply = await create({ maxResponseBytes: 1700, overflow })(
      eventOf([`${five.slice(0, 2).join('\n')}\n`, `${five.slice(2).join('\n')}\n`]),
    )
    expect(reply).toStrictEqual({ records: [ok(0, five.slice(0, 2).join('\n')), dropped(1)] })
    expect(texts(back)).toStrictEqual(five.slice(2))
  })

  test('go back whole if they cannot be split and have room in another reply', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    const reply = await create({ maxResponseBytes: 900, overflow })(eventOf(five.slice(0, 2)))
    expect(reply).toStrictEqual({ records: [ok(0, five[0] ?? ''), dropped(1)] })
    expect(texts(back)).toStrictEqual(five.slice(1, 2))
  })

  test('fail when one line is too large by itself', async () => {
    const overflow = async () => []
    const reply = await create({ maxResponseBytes: 400, overflow })(eventOf([accept]))
    expect(reply).toStrictEqual({ records: [failed(0)] })
  })
})

describe('partition keys', () => {
  const mapping = partitionMapping(recordMapping, ['account', 'region', 'day', 'action'])
  const partitioned = createTransform({ mapping })
  const keys = { account: '123456789010', region: 'us-east-1', day: '2014-12-14' }

  test('stand in the metadata, not in the data', async () => {
    const reply = await create({ transform: partitioned })(
      eventOf([payload(accept, accept), reject, nodata, '']),
    )
    const of = (action: string) => ({ metadata: { partitionKeys: { ...keys, action } } })
    expect(reply).toStrictEqual({
      records: [
        { ...ok(0, `${accept}\n${accept}`), ...of('ACCEPT') },
        { ...ok(1, reject), ...of('REJECT') },
        {
          ...ok(2, nodata),
          metadata: {
            partitionKeys: {
              account: '428961148399',
              region: 'us-east-1',
              day: '2022-12-14',
              action: 'unknown',
            },
          },
        },
        dropped(3),
      ],
    })
  })

  test('that differ bring a record back in one part for each', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    const mixed = [
      payload(accept, reject, bad, accept),
      `${accept}\n${reject}\n${accept}\n`,
      [accept, reject, accept].map(message).join(''),
    ]
    const handler = create({ transform: partitioned, overflow })
    expect(await handler(eventOf(mixed))).toStrictEqual({
      records: [dropped(0), dropped(1), dropped(2)],
    })
    const [whole] = [payload(accept, reject, bad, accept)].map((text) => JSON.parse(text))
    const events = whole.logEvents
    expect(texts(back)).toStrictEqual([
      JSON.stringify({ ...whole, logEvents: [events[0], events[3]] }),
      JSON.stringify({ ...whole, logEvents: [events[1], events[2]] }),
      `${accept}\n${accept}`,
      reject,
      `${message(accept)}\n${message(accept)}`,
      message(reject),
    ])
    const again = await handler(eventOf(back.map(({ data }) => data)))
    expect(again.records.map(({ metadata }) => metadata?.partitionKeys.action)).toStrictEqual([
      'ACCEPT',
      'REJECT',
      'ACCEPT',
      'REJECT',
      'ACCEPT',
      'REJECT',
    ])
    expect(again.ledger).toMatchObject({ lines: 10, emitted: 9, rejected: 1 })
  })

  test('that differ fail a record that cannot go back', async () => {
    const reply = await create({ transform: partitioned })(
      eventOf([payload(accept, reject), accept]),
    )
    expect(reply.records).toMatchObject([failed(0), { result: 'Ok' }])
    expect(told).toMatchObject([
      { outcome: 'partial', error: '1 failed: the events belong in several partitions' },
    ])
  })

  test('that differ within one message fail it, and only it', async () => {
    const back: OverflowRecord[] = []
    const overflow = async (records: readonly OverflowRecord[]) => {
      back.push(...records)
      return []
    }
    const handler = create({ transform: partitioned, overflow })
    const both = message(`${accept}\n${reject}`)
    expect(await handler(eventOf([`${both}${message(accept)}`]))).toStrictEqual({
      records: [dropped(0)],
    })
    expect(texts(back)).toStrictEqual([both, message(accept)])
    const again = await handler(eventOf(texts(back)))
    expect(again.records).toMatchObject([failed(0), { result: 'Ok' }])
    expect(back).toHaveLength(2)
  })
})

describe('an invocation', () => {
  test('tells its account, and replies with nothing that AWS does not know', async () => {
    const event = eventOf([payload(accept, bad), 'x', ''])
    const reply = await create()(event)
    expect(told).toStrictEqual([
      {
        handler: 'firehose-transformation',
        requestId: event.invocationId,
        outcome: 'ok',
        ledger: {
          ...emptyLedger,
          lines: 3,
          emitted: 1,
          rejected: 2,
          rejections: { bad_integer: 1, too_few_values: 1 },
        },
        bytesIn: payload(accept, bad).length + 1,
        bytesOut: documents(accept).length,
        milliseconds: expect.any(Number),
      },
    ])
    expect(isBalanced(reply.ledger)).toBe(true)
    expect(Object.keys(JSON.parse(JSON.stringify(reply)))).toStrictEqual(['records'])
  })

  test('of a transform that throws, which is a defect, fails', async () => {
    const broken: Transform = Object.assign((): TransformResult => {
      throw new RangeError('defect')
    }, transform)
    await expect(create({ transform: broken })(eventOf([accept]))).rejects.toThrow('defect')
    expect(told).toMatchObject([
      { outcome: 'failed', error: 'RangeError: defect', ledger: { lines: 0 } },
    ])
  })

  test('works with a transform that reuses its output', async () => {
    const reusing = createTransform({ mapping: recordMapping, reuseOutput: true })
    const event = eventOf([accept, reject, `${accept}\n${reject}`])
    expect(await create({ transform: reusing })(event)).toStrictEqual(await create()(event))
  })
})

test('a wrong configuration is refused', () => {
  const refusal = (options: Partial<FirehoseTransformationOptions>) => {
    try {
      create(options)
    } catch (error) {
      return String(error)
    }
    return undefined
  }
  expect(refusal({ maxResponseBytes: 0 })).toBe(
    'ConfigurationError: maxResponseBytes must be a positive integer up to 6291556, not 0',
  )
  expect(refusal({ maxResponseBytes: 6_291_557 })).toBe(
    'ConfigurationError: maxResponseBytes must be a positive integer up to 6291556, not 6291557',
  )
  expect(refusal({ maxInflatedBytes: 1.5 })).toBe(
    'ConfigurationError: maxInflatedBytes must be a positive integer, not 1.5',
  )
  expect(refusal({ rejections: 'drop' as 'log' })).toBe(
    "ConfigurationError: rejections must be 'log', 'emit' or a function, not drop",
  )
})

const noData = {
  test: 'is',
  source: 'log_status',
  values: ['nodata'],
  ignoreCase: true,
} as const

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** A payload for each of its events. */
function payloads(text: string): readonly string[] {
  const whole = JSON.parse(text)
  return whole.logEvents.map((event: unknown) => JSON.stringify({ ...whole, logEvents: [event] }))
}
