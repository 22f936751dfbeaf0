/** Envelopes of envelopes: what Lambda, Kinesis and Firehose wrap around what the others sent. */
import { gzipSync } from 'node:zlib'
import { createTransform, type Origin, recordMapping } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { transformDelivery } from './delivery.ts'
import { unwrap } from './unwrap.ts'

const transform = createTransform({ format: 'version srcaddr bytes', mapping: recordMapping })

const payload = (message: unknown, event = {}) => ({
  messageType: 'DATA_MESSAGE',
  owner: '123456789012',
  logGroup: '/aws/vpc/flowlogs',
  logStream: 'eni-0f6428b026d2cdcf8-all',
  subscriptionFilters: ['toKinesis'],
  logEvents: [{ id: '3837', timestamp: 1720724137000, message, ...event }],
})
const gzipped = (value: unknown) => gzipSync(JSON.stringify(value)).toString('base64')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const fromCloudWatch: Origin = {
  account: '123456789012',
  logGroup: '/aws/vpc/flowlogs',
  logStream: 'eni-0f6428b026d2cdcf8-all',
  eventId: '3837',
  timestamp: 1720724137000,
  line: 1,
}

describe('records inside of', () => {
  test('a Firehose request', () => {
    const text = {
      requestId: 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f',
      timestamp: 1578090901599,
      records: [
        { data: base64('{"message":"2 10.0.0.1 7"}') },
        { data: gzipped(payload('2 10.0.0.2 8')) },
        { data: 'no base64!' },
        { data: '' },
        { text: 'nothing' },
      ],
    }
    const requestId = 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f'
    expect(open(JSON.stringify(text))).toStrictEqual({
      output:
        '{"version":2,"srcaddr":"10.0.0.1","bytes":7}\n{"version":2,"srcaddr":"10.0.0.2","bytes":8}\n',
      origins: [
        { requestId, record: 0, line: 1 },
        { ...fromCloudWatch, requestId, record: 1 },
      ],
      rejections: [
        { code: 'bad_base64', line: 'no base64!', origin: { requestId, record: 2 } },
        { code: 'unknown_shape', line: '{"text":"nothing"}', origin: { requestId, record: 4 } },
      ],
    })
  })

  test('an event of the Firehose transformation', () => {
    const records = [
      {
        recordId: '49546986683135544286507457936321625675700192471156785154000000',
        data: base64('2 10.0.0.1 7'),
      },
    ]
    const event = { invocationId: 'i', deliveryStreamArn: 'arn', region: 'eu-west-1', records }
    expect(open(JSON.stringify(event))).toStrictEqual(first({ record: 0 }))
  })

  test('an event of CloudWatch Logs for Lambda', () => {
    const event = { awslogs: { data: gzipped(payload('2 10.0.0.1 7')) } }
    expect(open(JSON.stringify(event))).toStrictEqual(first(fromCloudWatch))
  })

  test('an event of Kinesis for Lambda', () => {
    const kinesis = { sequenceNumber: '4959', data: gzipped(payload('2 10.0.0.1 7')) }
    expect(
      open(JSON.stringify({ Records: [{ eventSource: 'aws:kinesis', kinesis }] })),
    ).toStrictEqual(first({ ...fromCloudWatch, record: 0 }))
  })

  test('what was read from a Kinesis stream', () => {
    const Records = [{ SequenceNumber: '4959', Data: gzipped(payload('2 10.0.0.1 7')) }]
    expect(open(JSON.stringify({ Records, MillisBehindLatest: 0 }))).toStrictEqual(
      first({ ...fromCloudWatch, record: 0 }),
    )
  })

  test('what Firehose backed up, since it could not be delivered', () => {
    const backup = {
      attemptsMade: 5,
      arrivalTimestamp: 1594265943615,
      errorCode: 'HttpEndpoint.DestinationException',
      errorMessage: 'no',
      attemptEndingTimestamp: 1594265945101,
      rawData: base64('{"message":"2 10.0.0.1 7"}\n'),
    }
    expect(open(`${JSON.stringify(backup)}\n`)).toStrictEqual(first({}))
  })

  test('an array of objects', () => {
    const { output, rejections } = open(
      ' [ {"message":"2 10.0.0.1 7"},\n{"message":"2 10.0.0.2 8"} ]\n',
    )
    expect({ output, rejections }).toStrictEqual({
      output:
        '{"version":2,"srcaddr":"10.0.0.1","bytes":7}\n{"version":2,"srcaddr":"10.0.0.2","bytes":8}\n',
      rejections: [],
    })
  })

  test('themselves, four times at most', () => {
    const wrap = (text: string) => JSON.stringify({ records: [{ data: base64(text) }] })
    const four = wrap(wrap(wrap(wrap('2 10.0.0.1 7'))))
    expect(open(four)).toStrictEqual(first({ record: 0 }))
    expect(open(wrap(four)).rejections).toStrictEqual([
      { code: 'too_deep', line: base64('2 10.0.0.1 7'), origin: { record: 0 } },
    ])
  })

  test('an envelope inflate to so many bytes together, and those beyond are rejected', () => {
    const bomb = gzipSync(`2 10.0.0.1 7\n${'\n'.repeat(1000)}`).toString('base64')
    const text = JSON.stringify({
      records: [{ data: bomb }, { data: bomb }, { data: base64('2 10.0.0.2 8') }],
    })
    const delivery = unwrap(Buffer.from(text), { maxInflatedBytes: 1500 })
    const { output, rejections } = transformDelivery(transform, delivery)
    expect({ output: Buffer.from(output).toString(), rejections }).toStrictEqual({
      output:
        '{"version":2,"srcaddr":"10.0.0.1","bytes":7}\n{"version":2,"srcaddr":"10.0.0.2","bytes":8}\n',
      rejections: [{ code: 'too_large', line: bomb, origin: { record: 1 } }],
    })
  })
})

test('an event of a centralised log group is of the account and region that its fields tell', () => {
  const extractedFields = { '@aws.account': '999888777666', '@aws.region': 'us-west-2', eni: '-' }
  expect(open(JSON.stringify(payload('2 10.0.0.1 7', { extractedFields })))).toStrictEqual(
    first({ ...fromCloudWatch, account: '999888777666', region: 'us-west-2' }),
  )
})

describe('records whose fields have names', () => {
  const named = {
    version: 2,
    accountId: '123456789012',
    interfaceId: 'eni-0f6428b026d2cdcf8',
    srcAddr: '172.169.2.193',
    dstAddr: '10.54.1.52',
    srcPort: 34451,
    dstPort: 3306,
    protocol: 6,
    packets: 1,
    bytes: 40,
    startTime: 1720724137,
    endTime: 1720724166,
    action: 'REJECT',
    logStatus: 'OK',
  }
  const line =
    '2 123456789012 eni-0f6428b026d2cdcf8 172.169.2.193 10.54.1.52 34451 3306 6 1 40 1720724137 1720724166 REJECT OK'
  const reader = createTransform({ format: 'v2', mapping: recordMapping, index: true })
  const { output, events } = reader(line)

  test.each([
    ['by a transformer of CloudWatch Logs, as text', payload(JSON.stringify(named))],
    ['by a transformer of CloudWatch Logs', payload(named)],
    ['straight', named],
    ['by another shipper', { message: named }],
    ['by `flowlogs convert --to json`', JSON.parse(Buffer.from(output).toString())],
    ['in a Firehose record', { records: [{ data: base64(JSON.stringify(named)) }] }],
  ])('%s give the same event and id as the line', (_, value) => {
    const delivery = unwrap(Buffer.from(JSON.stringify(value)))
    const result = transformDelivery(reader, delivery)
    expect(Buffer.from(result.output).toString()).toBe(Buffer.from(output).toString())
    expect(result.events?.ids).toStrictEqual(events?.ids)
  })

  test('stand between lines, each in its own format', () => {
    const { bytes, ...rest } = named
    const text = [
      '{"message":"2 10.0.0.1 7"}',
      JSON.stringify({ ...rest, vpcId: 'vpc-1' }),
      '2 10.0.0.2 8',
    ]
    expect(open(text.join('\n')).output).toBe(
      [
        '{"version":2,"srcaddr":"10.0.0.1","bytes":7}',
        '{"version":2,"account_id":"123456789012","interface_id":"eni-0f6428b026d2cdcf8","srcaddr":"172.169.2.193","dstaddr":"10.54.1.52","srcport":34451,"dstport":3306,"protocol":6,"packets":1,"start":1720724137,"end":1720724166,"action":"REJECT","log_status":"OK","vpc_id":"vpc-1"}',
        '{"version":2,"srcaddr":"10.0.0.2","bytes":8}',
        '',
      ].join('\n'),
    )
  })

  test('are rejected where no line can hold a value', () => {
    expect(open(JSON.stringify({ ...named, srcPort: 1.5 })).rejections).toStrictEqual([
      {
        code: 'unknown_shape',
        field: 'srcport',
        value: '1.5',
        line: JSON.stringify({ ...named, srcPort: 1.5 }),
      },
    ])
  })
})

describe('a header line', () => {
  const text = (records: readonly string[]) =>
    JSON.stringify({ records: records.map((record) => ({ data: base64(record) })) })

  test('holds in its own record, and in no other', () => {
    const records = [
      '2 10.0.0.1 7',
      'bytes dstaddr\n8 10.0.0.2\n9 10.0.0.3',
      '2 10.0.0.4 6',
      '2 x 5',
    ]
    const delivery = unwrap(Buffer.from(text(records)))
    for (const reuseOutput of [false, true]) {
      const reader = createTransform({
        format: 'version srcaddr bytes',
        mapping: recordMapping,
        reuseOutput,
        index: true,
      })
      const { output, ledger, rejections, events } = transformDelivery(reader, delivery)
      expect(Buffer.from(output).toString()).toBe(
        [
          '{"version":2,"srcaddr":"10.0.0.1","bytes":7}',
          '{"bytes":8,"dstaddr":"10.0.0.2"}',
          '{"bytes":9,"dstaddr":"10.0.0.3"}',
          '{"version":2,"srcaddr":"10.0.0.4","bytes":6}',
          '',
        ].join('\n'),
      )
      expect(events?.offsets).toStrictEqual([0, 45, 78, 111])
      expect([ledger.lines, ledger.emitted, ledger.header, ledger.rejected]).toStrictEqual([
        6, 4, 1, 1,
      ])
      expect(rejections).toStrictEqual([
        {
          code: 'bad_address',
          field: 'srcaddr',
          value: 'x',
          line: '2 x 5',
          origin: { record: 3, line: 1 },
        },
      ])
    }
  })
})

/** What becomes of an envelope, and where its lines are from. */
function open(text: string) {
  const delivery = unwrap(Buffer.from(text))
  const { output, rejections } = transformDelivery(transform, delivery)
  const origins = delivery.sections.flatMap((section) => section.records.map(section.originAt))
  return { output: Buffer.from(output).toString(), origins, rejections }
}

/** The one line of most examples, with its origin. */
function first(origin: Origin) {
  return {
    output: '{"version":2,"srcaddr":"10.0.0.1","bytes":7}\n',
    origins: [{ ...origin, line: 1 }],
    rejections: [],
  }
}
