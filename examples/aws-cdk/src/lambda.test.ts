import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Case, loadCases } from '@flowlogs/conformance'
import { emptyLedger, type Ledger } from '@flowlogs/core'
import { readDeadLetter } from '@flowlogs/siem'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { invoke } from './invoke.test-support.ts'
import { type Receiver, startReceiver } from './receiver.test-support.ts'
import { propertiesOf } from './template.test-support.ts'

const cases = new Map(loadCases().map((each) => [each.name, each]))
const found = (name: string) => cases.get(name) as Case
// All fields of version 5 in the order of the stacks.
const first = found('made-v5-ipv6-ingress')
const second = found('v5-doc-order-egress-udp-dns')
const golden = ({ goldens }: Case) => goldens['ocsf-1.1.0'] as { metadata: { uid: string } }
const tooShort =
  '2 123456789010 eni-1 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK'
// Real bytes: with this CloudWatch Logs checks a destination.
const control =
  'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA='

let receiver: Receiver

beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

test('the corpus speaks the format of the stacks', () => {
  const format = propertiesOf('FlowLogsOpenSearch', 'FlowLog').LogFormat as string
  const names = format.replaceAll(/[${}]/g, '')
  expect([first.header, second.header]).toStrictEqual([names, names])
})

test('Firehose gets its records back as OCSF', async () => {
  const record = (recordId: string, data: string) => ({
    recordId,
    approximateArrivalTimestamp: 1763700100000,
    data,
  })
  const direct = (line: string) => Buffer.from(JSON.stringify({ message: line })).toString('base64')
  const { reply, log } = await invoke(
    'FlowLogsOpenSearch',
    {
      invocationId: '180af8d1-d1d7-4d4b-9d5c-7a1d7f2a5a5b',
      deliveryStreamArn: 'arn:aws:firehose:eu-central-1:123456789010:deliverystream/flow-logs',
      region: 'eu-central-1',
      records: [
        record('1', direct(first.line)),
        record('2', control),
        record('3', direct(tooShort)),
        record('4', direct(second.line)),
      ],
    },
    {},
  )
  const { records } = reply as { records: { data?: string }[] }
  expect(
    records.map(({ data, ...rest }) => ({
      ...rest,
      ...(data && { data: toEvents(Buffer.from(data, 'base64')) }),
    })),
  ).toStrictEqual([
    { recordId: '1', result: 'Ok', data: [golden(first)] },
    { recordId: '2', result: 'Dropped' },
    { recordId: '3', result: 'ProcessingFailed' },
    { recordId: '4', result: 'Ok', data: [golden(second)] },
  ])
  expect(log).toStrictEqual([
    accountOf(
      'firehose-transformation',
      { lines: 4, emitted: 2, rejected: 1, control: 1, rejections: { too_few_values: 1 } },
      { requestId: '180af8d1-d1d7-4d4b-9d5c-7a1d7f2a5a5b' },
    ),
  ])
})

test('a payload of CloudWatch Logs in Kinesis becomes events in OpenSearch, or dead letters', async () => {
  receiver.refused.add(golden(second).metadata.uid)
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0123456789abcdef0-all',
    subscriptionFilters: ['toKinesis'],
    logEvents: [first.line, second.line, tooShort].map((message, index) => ({
      id: `3837343053619850017537150557643578380845945119091505507${index}`,
      timestamp: 1763700000000,
      message,
    })),
  }
  const { reply, log } = await invoke(
    'FlowLogsKinesis',
    {
      Records: [kinesisRecord('1', gzipSync(JSON.stringify(payload)).toString('base64'))],
    },
    {
      '${DomainEndpoint}': receiver.url,
      '${FailedBucket}': 'failed',
      endpoint: receiver.url,
    },
  )
  expect(reply).toStrictEqual({ batchItemFailures: [] })
  expect(log).toStrictEqual([
    { message: 'flowlogs dead letters', refused: 1 },
    accountOf('kinesis', {
      lines: 3,
      emitted: 2,
      rejected: 1,
      rejections: { too_few_values: 1 },
    }),
  ])
  expect(receiver.bulks.map(({ path }) => path)).toStrictEqual(['/ocsf-network-activity/_bulk'])
  // The payload tells what the line alone does not.
  const sent = [first, second]
    .map(golden)
    .flatMap(({ metadata, ...event }) => [
      { create: { _id: metadata.uid } },
      { ...event, metadata: { ...metadata, log_name: '/aws/vpc/flowlogs' } },
    ])
  expect(toEvents(Buffer.from(receiver.bulks[0]!.body))).toStrictEqual(sent)

  const [[key, bytes] = ['', new Uint8Array()], ...others] = receiver.objects
  expect(others).toStrictEqual([])
  expect(key).toMatch(/^failed\/dead-letters\/\d{4}-\d\d-\d\dT[\d:.]+Z-[0-9a-f-]{36}\.ndjson$/)
  expect(await readDeadLetters(bytes)).toMatchObject([
    {
      sink: 'opensearch',
      reason: 'mapper_parsing_exception',
      message: 'failed to parse',
      status: 400,
      id: golden(second).metadata.uid,
      account: '424805057484',
    },
    { sink: 'opensearch', reason: 'too_few_values', rejection: { line: tooShort } },
  ])
})

test('an object that a queue tells of becomes an object of the lake', async () => {
  const object =
    'raw/AWSLogs/424805057484/vpcflowlogs/eu-west-1/2022/07/18/424805057484_vpcflowlogs_eu-west-1_fl-1234abcd_20220718T0800Z_fe123456.log.gz'
  receiver.objects.set(
    object,
    gzipSync(`${second.header}\n${second.line}\n${first.line}\n${tooShort}\n`),
  )
  const notification = {
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'raw' }, object: { key: object.slice('raw/'.length), size: 300 } },
      },
    ],
  }
  const { reply, log } = await invoke(
    'FlowLogsSecurityLake',
    {
      Records: [{ messageId: 'm-1', eventSource: 'aws:sqs', body: JSON.stringify(notification) }],
    },
    { '${LakeBucket}': 'lake', '${FailedBucket}': 'failed', endpoint: receiver.url },
  )
  expect(reply).toStrictEqual({ batchItemFailures: [] })
  expect(log).toStrictEqual([
    { message: 'flowlogs dead letters', refused: 0 },
    accountOf(
      's3',
      { lines: 4, emitted: 2, header: 1, rejected: 1, rejections: { too_few_values: 1 } },
      { objects: 1, failedObjects: 0, ignored: 0 },
    ),
  ])
  const stored = [...receiver.objects.keys()].map((key) =>
    key.replace(/[0-9a-f]{32}(?=\.parquet)/, '…').replace(/(?<=dead-letters\/).*/, '…'),
  )
  expect(stored.sort()).toStrictEqual([
    'failed/dead-letters/…',
    'lake/ext/flowlogs/region=eu-central-1/accountId=000456789012/eventDay=20251121/….parquet',
    'lake/ext/flowlogs/region=eu-central-1/accountId=424805057484/eventDay=20220718/….parquet',
    object,
  ])
  const lake = [...receiver.objects].filter(([key]) => key.startsWith('lake/')).sort()
  expect(await Promise.all(lake.map(([, bytes]) => readIds(bytes)))).toStrictEqual([
    [golden(first).metadata.uid],
    [golden(second).metadata.uid],
  ])
})

function kinesisRecord(sequenceNumber: string, data: string) {
  return {
    eventSource: 'aws:kinesis',
    eventID: `shardId-000000000006:${sequenceNumber}`,
    awsRegion: 'eu-central-1',
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: '7b0e4c2f9f0e4ed5b7b1f3a1c2d3e4f5',
      sequenceNumber,
      data,
      approximateArrivalTimestamp: 1763700100.123,
    },
  }
}

/** What a function logs, which is what the metric filters read. */
function accountOf(handler: string, columns: Partial<Ledger>, more: object = {}): object {
  return {
    message: 'flowlogs',
    handler,
    outcome: 'ok',
    // Which engine takes a line is core's affair.
    ledger: { ...emptyLedger(), ...columns, lanes: expect.any(Object) },
    bytesIn: expect.any(Number),
    bytesOut: expect.any(Number),
    milliseconds: expect.any(Number),
    ...more,
  }
}

function toEvents(ndjson: Uint8Array): unknown[] {
  const lines = Buffer.from(ndjson).toString().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line))
}

/** As `flowlogs replay` does. */
async function readDeadLetters(bytes: Uint8Array): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flowlogs-cdk-'))
  const path = join(folder, 'dead.ndjson')
  await writeFile(path, bytes)
  const entries: unknown[] = []
  for await (const entry of readDeadLetter(path)) entries.push(entry)
  await rm(folder, { recursive: true })
  return entries
}

async function readIds(parquet: Uint8Array): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flowlogs-cdk-'))
  const file = join(folder, 'object.parquet')
  await writeFile(file, parquet)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(`SELECT metadata.uid FROM '${file}'`)
  const ids = reader.getRows().map(([id]) => id)
  connection.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true })
  return ids
}
