import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { FirehoseClient } from '@aws-sdk/client-firehose'
import { createTransform, recordMapping } from '@flowlogs/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFirehoseTransformation } from './firehose-transformation.ts'
import type { OverflowRecord } from './overflow.ts'
import { createReingest } from './reingest.ts'

/** What a request of PutRecordBatch holds, in the JSON 1.1 protocol. */
interface PutRequest {
  readonly DeliveryStreamName: string
  readonly Records: readonly { readonly Data: string }[]
}

interface PutReply {
  readonly status?: number
  readonly body: unknown
}

let server: Server
let client: FirehoseClient
let requests: PutRequest[]
let targets: (string | string[] | undefined)[]
/** How the stand-in for Firehose answers. */
let answer: (request: PutRequest) => PutReply | Promise<PutReply>

// The real client of AWS talks to it; only the service is a stand-in.
beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    const request = (await json(incoming)) as PutRequest
    requests.push(request)
    targets.push(incoming.headers['x-amz-target'])
    const { status = 200, body } = await answer(request)
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
    outgoing.end(JSON.stringify(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  client = new FirehoseClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  })
})

afterAll(() => {
  client.destroy()
  server.close()
})

beforeEach(() => {
  requests = []
  targets = []
  answer = takeAll
})

function takeAll({ Records }: PutRequest): PutReply {
  return reply(Records.map((_, index) => ({ RecordId: `id-${index}` })))
}

function reply(responses: readonly object[]): PutReply {
  const FailedPutCount = responses.filter((each) => 'ErrorCode' in each).length
  return { body: { FailedPutCount, Encrypted: false, RequestResponses: responses } }
}

const throttled = { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }

function put(records: readonly OverflowRecord[], milliseconds = 10_000) {
  const overflow = createReingest({ client, deliveryStreamName: 'flow-logs' })
  return overflow(records, AbortSignal.timeout(milliseconds))
}

function record(text: string): OverflowRecord {
  return { data: Buffer.from(text) }
}

function texts(request: PutRequest | undefined): readonly string[] | undefined {
  return request?.Records.map(({ Data }) => Buffer.from(Data, 'base64').toString())
}

describe('records', () => {
  test('go to the stream, byte for byte', async () => {
    const binary = Buffer.from([0x1f, 0x8b, 0, 0xff, 0xfe, 10])
    expect(await put([record('one'), { data: binary }])).toStrictEqual([])
    expect(targets).toStrictEqual(['Firehose_20150804.PutRecordBatch'])
    expect(requests).toStrictEqual([
      {
        DeliveryStreamName: 'flow-logs',
        Records: [
          { Data: Buffer.from('one').toString('base64') },
          { Data: binary.toString('base64') },
        ],
      },
    ])
  })

  test('go 500 at a time', async () => {
    const records = Array.from({ length: 1201 }, (_, index) => record(String(index)))
    expect(await put(records)).toStrictEqual([])
    expect(requests.map(({ Records }) => Records.length)).toStrictEqual([500, 500, 201])
    expect(requests.flatMap(texts)).toStrictEqual(records.map((_, index) => String(index)))
  })

  test('go 4 MiB at a time', async () => {
    const mebibyte = 1024 * 1024
    const sizes = [1000, 1000, 1000, 1000, 96, 1, 1000].map((kibibytes) => kibibytes * 1024)
    expect(await put(sizes.map((size) => ({ data: new Uint8Array(size) })))).toStrictEqual([])
    const sent = requests.map(({ Records }) =>
      Records.map(({ Data }) => Buffer.from(Data, 'base64')),
    )
    expect(sent.map((each) => each.map(({ length }) => length))).toStrictEqual([
      sizes.slice(0, 5),
      sizes.slice(5),
    ])
    expect(sizes.slice(0, 5).reduce((sum, size) => sum + size, 0)).toBe(4 * mebibyte)
  })

  test('that Firehose cannot take are not sent', async () => {
    const data = new Uint8Array(1000 * 1024 + 1)
    expect(await put([record(''), record('one'), { data }])).toStrictEqual([
      { index: 0, reason: 'a record cannot have 0 bytes' },
      { index: 2, reason: 'a record cannot have 1024001 bytes' },
    ])
    expect(requests.map(texts)).toStrictEqual([['one']])
  })

  test('none of them, need no call', async () => {
    expect(await put([])).toStrictEqual([])
    expect(requests).toStrictEqual([])
  })
})

describe('what is refused', () => {
  test('is tried again, and nothing else is', async () => {
    answer = ({ Records }) =>
      requests.length > 2
        ? takeAll({ DeliveryStreamName: '', Records })
        : reply(Records.map((_, index) => (index % 2 ? throttled : { RecordId: 'id' })))
    const records = ['0', '1', '2', '3', '4', '5', '6', '7'].map(record)
    expect(await put(records)).toStrictEqual([])
    expect(requests.map(texts)).toStrictEqual([
      ['0', '1', '2', '3', '4', '5', '6', '7'],
      ['1', '3', '5', '7'],
      ['3', '7'],
    ])
  })

  test('until there is no time left, is reported', async () => {
    answer = ({ Records }) =>
      reply(Records.map(({ Data }) => (Data === 'MQ==' ? throttled : { RecordId: 'id' })))
    const started = performance.now()
    expect(await put(['0', '1', '2'].map(record), 700)).toStrictEqual([
      { index: 1, reason: 'ServiceUnavailableException: Slow down.' },
    ])
    expect(performance.now() - started).toBeLessThan(5000)
    // The pauses grow from 50 to 100 ms.
    expect(requests.length).toBeGreaterThan(1)
    expect(requests.length).toBeLessThan(8)
  })

  test('without an answer of its own counts as refused', async () => {
    answer = ({ Records }) =>
      requests.length > 1
        ? takeAll({ DeliveryStreamName: '', Records })
        : reply([{ RecordId: 'id' }])
    expect(await put(['0', '1'].map(record))).toStrictEqual([])
    expect(requests.map(texts)).toStrictEqual([['0', '1'], ['1']])
  })
})

test('the transformation drops what the stream takes back, and fails what it refuses', async () => {
  answer = ({ Records }) =>
    reply(Records.map(({ Data }) => (Data === encoded[2] ? throttled : { RecordId: 'id' })))
  const encoded = [1, 2, 3].map((port) => {
    const line = `2 123456789010 eni-1 10.0.0.1 10.0.0.2 ${port} 22 6 20 4249 1418530010 1418530070 ACCEPT OK`
    return Buffer.from(JSON.stringify({ message: line })).toString('base64')
  })
  const handler = createFirehoseTransformation({
    transform: createTransform({ mapping: recordMapping }),
    overflow: createReingest({ client, deliveryStreamName: 'flow-logs' }),
    maxResponseBytes: 600,
    log: () => {},
  })
  const { records } = await handler(
    {
      invocationId: 'i',
      deliveryStreamArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
      region: 'us-east-1',
      records: encoded.map((data, index) => ({
        recordId: String(index),
        approximateArrivalTimestamp: 1418530080000,
        data,
      })),
    },
    { getRemainingTimeInMillis: () => 500 },
  )
  expect(records.map(({ result }) => result)).toStrictEqual(['Ok', 'Dropped', 'ProcessingFailed'])
  expect(requests[0]?.Records.map(({ Data }) => Data)).toStrictEqual(encoded.slice(1))
  expect(requests[1]?.Records.map(({ Data }) => Data)).toStrictEqual(encoded.slice(2))
})

describe('a call', () => {
  test('that is throttled is made again', async () => {
    answer = (request) =>
      requests.length < 4
        ? { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } }
        : takeAll(request)
    expect(await put([record('one')])).toStrictEqual([])
    expect(requests).toHaveLength(4)
  })

  // The client of AWS makes three attempts by itself.
  test.each([
    [503, 'ServiceUnavailableException'],
    [500, 'InternalFailure'],
  ])('that fails at the service with %d %s is made again', async (status, type) => {
    answer = (request) =>
      requests.length < 4 ? { status, body: { __type: type, message: 'Busy' } } : takeAll(request)
    expect(await put([record('one')])).toStrictEqual([])
    expect(requests).toHaveLength(4)
  })

  test('that is not allowed is made once, for all records', async () => {
    answer = () => ({
      status: 400,
      body: { __type: 'AccessDeniedException', message: 'no firehose:PutRecordBatch' },
    })
    const reason = 'AccessDeniedException: no firehose:PutRecordBatch'
    const records = Array.from({ length: 501 }, (_, index) => record(String(index)))
    expect(await put(records)).toStrictEqual(records.map((_, index) => ({ index, reason })))
    expect(requests).toHaveLength(1)
  })

  test('that Firehose refuses, since it reads a Kinesis stream, is made once', async () => {
    const message = 'This operation is not permitted on KinesisStreamAsSource delivery stream type.'
    answer = () => ({ status: 400, body: { __type: 'InvalidArgumentException', message } })
    expect(await put([record('one')])).toStrictEqual([
      { index: 0, reason: `InvalidArgumentException: ${message}` },
    ])
    expect(requests).toHaveLength(1)
  })

  test('that hangs is given up in time', async () => {
    answer = () => new Promise(() => {})
    const started = performance.now()
    expect(await put([record('one')], 300)).toStrictEqual([
      { index: 0, reason: expect.stringContaining('Abort') },
    ])
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
