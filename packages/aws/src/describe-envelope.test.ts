import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { describeEnvelope, type EnvelopeLayer } from './describe-envelope.ts'
import { unwrap } from './unwrap.ts'

const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const payload = JSON.stringify({
  messageType: 'DATA_MESSAGE',
  owner: '123456789010',
  logGroup: 'flows',
  logStream: 'eni-1235b8ca123456789-all',
  subscriptionFilters: ['all'],
  logEvents: [{ id: '1', timestamp: 1418530010000, message: line }],
})
const message = JSON.stringify({ message: line })
const named = JSON.stringify({
  version: 2,
  srcaddr: '10.0.0.1',
  dstaddr: '10.0.0.2',
  action: 'ACCEPT',
})
const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString('base64')
const request = (...records: string[]): string =>
  JSON.stringify({ requestId: 'r', timestamp: 1, records: records.map((data) => ({ data })) })

const inputs: readonly (readonly [string, string | Uint8Array, readonly EnvelopeLayer[]])[] = [
  ['lines', `${line}\n${line}\n`, ['text']],
  ['lines after a byte order mark', `\uFEFF${line}`, ['text']],
  ['an S3 object', gzipSync(`version srcaddr\n2 10.0.0.1\n`), ['gzip', 'text']],
  ['Firehose, directly', `${message}${message}`, ['message record', 'text']],
  ['records with names', `[${named},${named}]`, ['record with field names']],
  ['CloudWatch Logs', payload, ['CloudWatch Logs payload', 'text']],
  [
    'CloudWatch Logs in S3, compressed twice',
    gzipSync(gzipSync(payload)),
    ['gzip', 'gzip', 'CloudWatch Logs payload', 'text'],
  ],
  [
    'a Firehose request',
    request(base64(message)),
    ['Firehose request', 'base64', 'message record', 'text'],
  ],
  [
    'CloudWatch Logs to Firehose',
    gzipSync(request(base64(gzipSync(payload)))),
    ['gzip', 'Firehose request', 'base64', 'gzip', 'CloudWatch Logs payload', 'text'],
  ],
  [
    'an event of Lambda for CloudWatch Logs',
    JSON.stringify({ awslogs: { data: base64(gzipSync(payload)) } }),
    ['CloudWatch Logs event', 'base64', 'gzip', 'CloudWatch Logs payload', 'text'],
  ],
  [
    'an event of Lambda for Kinesis',
    JSON.stringify({
      Records: [{ eventSource: 'aws:kinesis', kinesis: { data: base64(gzipSync(payload)) } }],
    }),
    ['Kinesis event', 'base64', 'gzip', 'CloudWatch Logs payload', 'text'],
  ],
  [
    'a transformation event',
    JSON.stringify({ invocationId: 'i', records: [{ recordId: '1', data: base64(message) }] }),
    ['Firehose transformation event', 'base64', 'message record', 'text'],
  ],
  [
    'what Firehose could not deliver',
    JSON.stringify({ attemptsMade: 1, rawData: base64(message) }),
    ['Firehose error record', 'base64', 'message record', 'text'],
  ],
]

test.each(inputs)('%s', (_, input, layers) => {
  const bytes = Buffer.from(input)
  expect(describeEnvelope(bytes)).toStrictEqual(layers)
  // What is described is what is opened.
  const { sections, rejections } = unwrap(bytes)
  expect(rejections).toStrictEqual([])
  const isNamed = sections.some(({ format }) => format !== undefined)
  expect(isNamed).toBe(layers.at(-1) === 'record with field names')
})

test('Parquet', () => {
  const file = parquetWriteBuffer({
    columnData: [{ name: 'srcaddr', data: ['10.0.0.1'], type: 'STRING' }],
  })
  expect(describeEnvelope(new Uint8Array(file))).toStrictEqual(['Parquet'])
})

test('the head may end anywhere, and may be nothing of the kind', () => {
  const whole = gzipSync(`${line}\n`.repeat(10_000))
  expect(describeEnvelope(whole.subarray(0, whole.length / 2))).toStrictEqual(['gzip', 'text'])
  expect(describeEnvelope(Buffer.from(payload.slice(0, 100)))).toStrictEqual(['unknown'])
  expect(describeEnvelope(Uint8Array.of(0x1f, 0x8b, 1, 2))).toStrictEqual(['gzip', 'unknown'])
  expect(describeEnvelope(Uint8Array.of(1, 0, 2))).toStrictEqual(['unknown'])
  expect(describeEnvelope(Buffer.from('{"a":1}'))).toStrictEqual(['unknown'])
  expect(describeEnvelope(new Uint8Array(0))).toStrictEqual(['text'])
})
