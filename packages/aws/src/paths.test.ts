/** The same lines, whichever way AWS brings them, are the same events in the same account. */
import { gzipSync } from 'node:zlib'
import { createLineGenerator, createRandom } from '@flowlogs/conformance'
import {
  addLedger,
  createTransform,
  emptyLedger,
  findField,
  parseFormat,
  recordMapping,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { createCloudWatchLogsHandler } from './cloudwatch-logs-handler.ts'
import type { Deliver } from './deliver.ts'
import { createFirehoseEndpoint } from './firehose-endpoint.ts'
import { createFirehoseTransformation } from './firehose-transformation.ts'
import { kinesisEvent } from './kinesis-events.test-support.ts'
import { createKinesisHandler } from './kinesis-handler.ts'
import { transformStream } from './transform-stream.ts'

describe.each(['v2', 'v5', 'v11', 'tgw'])('%s', (preset) => {
  const format = parseFormat(preset)
  const columns = format.columns.map(({ name }) => {
    return { name, kind: findField(name)?.kind ?? 'text' }
  })
  const generate = createLineGenerator(columns, createRandom(4))
  // AWS writes printable characters only.
  const rows = Array.from({ length: 80 }, generate).filter((row) => /^[ -~]*$/.test(row.join(' ')))
  const lines = rows.map((row) => row.join(' '))
  const transform = createTransform({ format, mapping: recordMapping, index: true })

  test.each<[string, Path]>([
    [
      'flow logs straight to Firehose, to an HTTP endpoint',
      (deliver) => request(transform, deliver, lines.map(direct)),
    ],
    [
      'CloudWatch Logs to Firehose, to an HTTP endpoint',
      (deliver) =>
        request(
          transform,
          deliver,
          inThrees(lines).map((some) => gzipSync(payload(some))),
        ),
    ],
    [
      'CloudWatch Logs to Firehose, decompressed',
      (deliver) => request(transform, deliver, inThrees(lines).map(payload)),
    ],
    [
      'CloudWatch Logs to Firehose, with its messages extracted',
      (deliver) =>
        request(
          transform,
          deliver,
          inThrees(lines).map((some) => `${some.join('\n')}\n`),
        ),
    ],
    [
      'CloudWatch Logs to Lambda',
      async (deliver) => {
        const handle = createCloudWatchLogsHandler({ transform, deliver, log })
        for (const some of inThrees(lines)) {
          await handle({ awslogs: { data: gzipSync(payload(some)).toString('base64') } })
        }
      },
    ],
    [
      'CloudWatch Logs to Kinesis to Lambda',
      (deliver) =>
        createKinesisHandler({ transform, deliver, log })(
          kinesisEvent(...inThrees(lines).map((some) => gzipSync(payload(some)))),
        ),
    ],
    [
      'S3, as text',
      async (deliver) => {
        const object = gzipSync(`${format.text}\n${lines.join('\n')}\n`)
        for await (const result of transformStream(transform, chunksOf(object))) {
          const { header, ...rest } = result.ledger
          // The one line that the other ways do not have.
          await deliver({ ...result, ledger: { ...rest, header: 0, lines: rest.lines - header } })
        }
      },
    ],
    [
      'S3, as Parquet',
      async (deliver) => {
        const results = transformStream(transform, chunksOf(parquet(columns, rows)))
        for await (const result of results) await deliver(result)
      },
    ],
  ])('%s', async (_, path) => {
    expect(await collect(path)).toStrictEqual(summarize([transform(lines.join('\n'))]))
  })

  test('Firehose to a transformation', async () => {
    const handle = createFirehoseTransformation({ transform, log })
    const records = lines.map((line, index) => ({
      recordId: `${index}`,
      approximateArrivalTimestamp: 1668093033744,
      data: Buffer.from(direct(line)).toString('base64'),
    }))
    const reply = await handle({ invocationId: 'i', deliveryStreamArn: '', region: '', records })
    const output = reply.records.map(({ data = '' }) => Buffer.from(data, 'base64')).join('')
    const expected = transform(lines.join('\n'))
    expect(output).toBe(Buffer.from(expected.output).toString())
    expect({ ...reply.ledger, lanes: {} }).toStrictEqual({ ...expected.ledger, lanes: {} })
  })
})

/** Takes lines to `deliver` in some way. */
type Path = (deliver: Deliver) => Promise<unknown>

async function collect(path: Path) {
  const results: TransformResult[] = []
  await path(async (result) => results.push(result))
  return summarize(results)
}

function summarize(results: readonly TransformResult[]) {
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  return {
    output: results.map(({ output }) => Buffer.from(output)).join(''),
    ids: results.flatMap(({ events }) => events?.ids ?? []),
    ledger: { ...ledger, lanes: {} },
    rejections: results.flatMap(({ rejections }) => rejections),
  }
}

async function request(
  transform: Transform,
  deliver: Deliver,
  records: readonly (Uint8Array | string)[],
): Promise<void> {
  const handle = createFirehoseEndpoint({ accessKeys: 'none', transform, deliver, log })
  const body = {
    requestId: 'r-1',
    timestamp: 1668093033744,
    records: records.map((record) => ({ data: Buffer.from(record).toString('base64') })),
  }
  const { status } = await handle(
    new Request('https://localhost/', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-amz-firehose-request-id': 'r-1' },
      body: JSON.stringify(body),
    }),
  )
  expect(status).toBe(200)
}

function direct(line: string): string {
  return JSON.stringify({ message: line })
}

function payload(messages: readonly string[]): string {
  return JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['all'],
    logEvents: messages.map((message, index) => ({
      id: `${index}`,
      timestamp: 1720724137000,
      message,
    })),
  })
}

function inThrees(lines: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(lines.length / 3) }, (_, index) =>
    lines.slice(index * 3, index * 3 + 3),
  )
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

/** AWS's types: INT32 and INT64 with nulls, and text with `-`. */
function parquet(
  columns: readonly { readonly name: string; readonly kind: string }[],
  rows: readonly (readonly string[])[],
): Uint8Array {
  const columnData = columns.map(({ name: fieldName, kind }, column) => {
    const name = fieldName.replaceAll('-', '_')
    const values = rows.map((row) => row[column] ?? '-')
    if (kind === 'text' || kind === 'address')
      return { name, data: values, type: 'STRING' as const }
    const data = values.map((value) => (value === '-' ? null : BigInt(value)))
    return { name, data, type: 'INT64' as const, nullable: true }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

function log(): void {}
