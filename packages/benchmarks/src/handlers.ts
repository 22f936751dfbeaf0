/** `pnpm bench:handlers`: what it takes to open AWS's envelopes, beside what is in them. */
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import {
  createFirehoseEndpoint,
  createFirehoseTransformation,
  createKinesisHandler,
  transformStream,
} from '@flowlogs/aws'
import { createTransform, presets } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createCorpus } from './corpus.ts'
import { toCloudWatchPayload, toDirectRecord } from './envelopes.ts'
import { writeResults } from './readme.ts'
import { describeMachine } from './report.ts'
import { spread } from './statistics.ts'

/** One handler and an event for it, which has all lines in it. */
interface Way {
  readonly name: string
  readonly event: string
  run(): Promise<unknown>
}

const rounds = 30
const warmUp = 10
const linesPerPayload = 100
const lines = createCorpus('v5', 1, 20_000).flatMap((slice) => slice.lines)
const text = Buffer.from(`${lines.join('\n')}\n`)
const transform = createTransform({ format: 'v5', mapping: createOcsfMapping() })
const options = { transform, deliver: async () => {}, log: () => {} }

const ways: readonly Way[] = [
  { name: 'transform alone', event: 'the lines', run: async () => transform(text) },
  endpointWay(),
  transformationWay(),
  kinesisWay(),
  objectWay(),
]

const microseconds = ways.map((): number[] => [])
for (let round = -warmUp; round < rounds; round++) {
  for (let turn = 0; turn < ways.length; turn++) {
    const index = (turn + round + warmUp) % ways.length
    globalThis.gc?.({ type: 'major', execution: 'sync' })
    const before = process.cpuUsage()
    await ways[index]!.run()
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) microseconds[index]!.push((user + system) / lines.length)
  }
}
const results = toMarkdown()
console.log(results)
if (process.argv.includes('--write')) {
  const readme = resolve(import.meta.dirname, '../README.md')
  writeResults(readme, results, 'pnpm bench:handlers --write')
}

function endpointWay(): Way {
  const handle = createFirehoseEndpoint({ ...options, accessKeys: 'none', replayCache: false })
  const records = lines.map((line) => ({ data: toDirectRecord(line).toString('base64') }))
  // Firehose sends 10,000 records at most.
  const requests = [records.slice(0, 10_000), records.slice(10_000)].map((part, index) => ({
    id: `r-${index}`,
    body: gzipSync(JSON.stringify({ requestId: `r-${index}`, timestamp: 1, records: part })),
  }))
  return {
    name: 'createFirehoseEndpoint',
    event: 'gzip requests of 10,000 direct records',
    async run() {
      for (const { id, body } of requests) {
        const response = await handle(
          new Request('https://localhost/', {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-amz-firehose-request-id': id },
            body,
          }),
        )
        if (response.status !== 200) throw new Error(await response.text())
      }
    },
  }
}

function transformationWay(): Way {
  const handle = createFirehoseTransformation({ ...options })
  const records = lines.map((line, index) => ({
    recordId: String(index),
    approximateArrivalTimestamp: 1,
    data: toDirectRecord(line).toString('base64'),
  }))
  // A buffer of 0.25 MB.
  const perEvent = Math.floor(250_000 / toDirectRecord(lines[0]!).length)
  const events = chunksOf(records, perEvent).map((part) => ({
    invocationId: 'i',
    deliveryStreamArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
    region: 'us-east-1',
    records: part,
  }))
  return {
    name: 'createFirehoseTransformation',
    event: 'events of 0.25 MB of direct records',
    async run() {
      for (const event of events) await handle(event)
    },
  }
}

function kinesisWay(): Way {
  const handle = createKinesisHandler(options)
  const Records = chunksOf(lines, linesPerPayload).map((part, index) => ({
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${index}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/flow-logs',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/flow-logs',
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: '0',
      sequenceNumber: String(index),
      data: toCloudWatchPayload(part).toString('base64'),
      approximateArrivalTimestamp: 1,
    },
  }))
  return {
    name: 'createKinesisHandler',
    event: `CloudWatch Logs payloads of ${linesPerPayload} lines`,
    run: () => handle({ Records }),
  }
}

function objectWay(): Way {
  const chunks = chunksOf(gzipSync(`${presets.v5}\n${text}`), 65_536)
  return {
    name: 'transformStream',
    event: 'a gzip object, as from S3',
    async run() {
      for await (const _ of transformStream(transform, Readable.from(chunks))) {
        // Thrown away, as by the others.
      }
    },
  }
}

function chunksOf<Items extends { slice(from: number, to: number): Items; length: number }>(
  items: Items,
  size: number,
): Items[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

function toMarkdown(): string {
  const { cpu, cores, node } = describeMachine()
  const baseline = microseconds[0]!
  const rows = ways.map(({ name, event }, index) => {
    const own = microseconds[index]!
    const { median, p10, p90 } = spread(own)
    const times = spread(own.map((value, round) => value / baseline[round]!)).median
    const cells = [
      `${median.toFixed(2)} (${p10.toFixed(2)}–${p90.toFixed(2)})`,
      `${(1000 / median).toFixed(0)} k`,
      times.toFixed(2),
    ]
    return `| ${[name, event, ...cells].join(' | ')} |`
  })
  return [
    `${cpu}, ${cores} cores, shared with other work; Node ${node}. v5 → OCSF 1.1.0, ${rounds} rounds, medians (p10–p90).`,
    '',
    '| handler | delivery | CPU µs/line | lines/s per core | × transform alone |',
    '| --- | --- | --: | --: | --: |',
    ...rows,
  ].join('\n')
}
