import { createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createKinesisReingest } from './kinesis-reingest.ts'
import type { OverflowRecord } from './overflow.ts'

/** What a request of PutRecords holds, in the JSON 1.1 protocol. */
interface PutRequest {
  readonly StreamName: string
  readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[]
}

let server: Http2Server
let client: KinesisClient
let requests: PutRequest[]
let answer: (request: PutRequest) => readonly object[]

// The real client of AWS talks to it, in HTTP/2; only the service is a stand-in.
beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    expect(incoming.headers['x-amz-target']).toBe('Kinesis_20131202.PutRecords')
    const request = (await json(incoming)) as PutRequest
    requests.push(request)
    const Records = answer(request)
    const FailedRecordCount = Records.filter((each) => 'ErrorCode' in each).length
    outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    outgoing.end(JSON.stringify({ FailedRecordCount, Records }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  client = new KinesisClient({
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
  answer = ({ Records }) => Records.map(() => taken)
})

const taken = { SequenceNumber: '1', ShardId: 'shardId-000000000000' }
const refused = {
  ErrorCode: 'ProvisionedThroughputExceededException',
  ErrorMessage: 'Rate exceeded for shard shardId-000000000000.',
}

function put(records: readonly OverflowRecord[], milliseconds = 10_000) {
  const overflow = createKinesisReingest({ client, streamName: 'flow-logs' })
  return overflow(records, AbortSignal.timeout(milliseconds))
}

test('records go back under their own partition keys', async () => {
  const data = Buffer.from([0x1f, 0x8b, 0, 0xff])
  expect(await put([{ data, partitionKey: 'abc' }, { data }])).toStrictEqual([])
  const Data = data.toString('base64')
  expect(requests).toStrictEqual([
    {
      StreamName: 'flow-logs',
      Records: [
        { Data, PartitionKey: 'abc' },
        // Any shard will do.
        { Data, PartitionKey: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ],
    },
  ])
})

test('records that are refused are tried again, and reported when there is no time left', async () => {
  answer = ({ Records }) =>
    Records.map(({ PartitionKey }) =>
      PartitionKey === 'hot' || (PartitionKey === 'warm' && requests.length === 1)
        ? refused
        : taken,
    )
  const data = Buffer.from('x')
  const keys = ['cold', 'warm', 'hot', 'cold']
  expect(
    await put(
      keys.map((partitionKey) => ({ data, partitionKey })),
      2_000,
    ),
  ).toStrictEqual([
    {
      index: 2,
      reason:
        'ProvisionedThroughputExceededException: Rate exceeded for shard shardId-000000000000.',
    },
  ])
  const sent = requests.map(({ Records }) => Records.map(({ PartitionKey }) => PartitionKey))
  expect(sent.slice(0, 3)).toStrictEqual([keys, ['warm', 'hot'], ['hot']])
})
