/** What the HEC receiver of a real OpenTelemetry Collector makes of what the sink sends. */

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Collector, describePeer, findCollector, startCollector } from '@flowlogs/conformance'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { toBatch } from './merge-batches.ts'
import type { Batch, Sink } from './sink.ts'
import { createSplunkSink, type SplunkSinkOptions } from './splunk-sink.ts'

describePeer("the OpenTelemetry Collector's HEC receiver", findCollector(), (program) => {
  let folder: string
  let port: number
  let collector: Collector
  let sink: Sink

  /** The collector, which writes what it gets to a file, and empties that when it starts. */
  function startReceiver(): Promise<Collector> {
    return startCollector(
      program,
      [
        `receivers: { splunk_hec: { endpoint: '127.0.0.1:${port}', ack: { extension: ack } } }`,
        'extensions: { ack: {} }',
        `exporters: { file: { path: ${join(folder, 'logs.json')}, flush_interval: 50ms } }`,
        'service:',
        '  telemetry: { metrics: { level: none } }',
        '  extensions: [ack]',
        '  pipelines: { logs: { receivers: [splunk_hec], exporters: [file] } }',
      ].join('\n'),
    )
  }

  function open(options: Partial<SplunkSinkOptions> = {}): void {
    const deadLetter = createDeadLetter({ path: join(folder, 'dead') })
    const url = `http://127.0.0.1:${port}`
    const known = { host: 'a', source: 'b', sourcetype: 'c', index: 'd' }
    sink = createSplunkSink({ url, token: 'secret', deadLetter, ...known, ...options })
  }

  /** What the collector has written once it has stopped. */
  async function written(): Promise<readonly Written[]> {
    await collector.stop()
    return readWritten(join(folder, 'logs.json'))
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowlogs-hec-'))
    port = await freePort()
    collector = await startReceiver()
  })
  afterEach(async () => {
    await sink.close()
    await collector.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each([
    ['', {}],
    [', without compression', { gzip: false }],
    [', with acknowledgement', { acknowledgement: { pollInterval: 50 } }],
  ] as const)('stores each event once, with its time and metadata%s', async (_, options) => {
    open({ ...options, maxRequestBytes: 20_000 })
    const batch = createBatch(1_000)
    await sink.ready()
    expect(await sink.deliver(batch)).toMatchObject({ accepted: 1_000, retried: 0 })
    expect(await written()).toStrictEqual(expected(batch))
  })

  test('refuses what is no event without a number: it is found, and nothing is stored twice', async () => {
    open()
    const good = createBatch(9)
    const documents = documentsOf(good).toSpliced(4, 0, '""')
    const lines = documents.map((text) => Buffer.from(`${text}\n`))
    const offsets = lines.map((_, index) => Buffer.concat(lines.slice(0, index)).length)
    const { ids, accounts, times } = createBatch(10).events
    const events = { offsets, ids, accounts, times: times.map(() => times[0]) }
    const report = await sink.deliver(
      toBatch({ output: new Uint8Array(Buffer.concat(lines)), events }),
    )
    expect(report).toMatchObject({
      accepted: 9,
      deadLettered: 1,
      reasons: { 'Event field cannot be blank': 1 },
    })
    expect(await readAll(join(folder, 'dead'))).toMatchObject([{ event: Buffer.from('""') }])
    const times0 = good.events.times.map(() => times[0])
    expect(await written()).toStrictEqual(
      expected({ ...good, events: { ...good.events, times: times0 } }),
    )
  })

  test('forgets its acknowledgements in a restart, and gets the events again', async () => {
    open({ acknowledgement: { pollInterval: 1_500, expiry: 2_000 } })
    const batch = createBatch(20)
    const report = sink.deliver(batch)
    await setTimeout(700)
    await collector.stop()
    expect(readWritten(join(folder, 'logs.json'))).toHaveLength(20)
    collector = await startReceiver()
    expect(await report).toMatchObject({ accepted: 20, retried: 20 })
    expect(await written()).toStrictEqual(expected(batch))
  })
})

interface Written {
  readonly metadata: object
  readonly time: string
  readonly event: unknown
}

function expected(batch: Required<Batch>): Written[] {
  return documentsOf(batch).map((text, index) => ({
    metadata: {
      'host.name': 'a',
      'com.splunk.source': 'b',
      'com.splunk.sourcetype': 'c',
      'com.splunk.index': 'd',
    },
    time: `${batch.events.times[index]}000000`,
    event: JSON.parse(text),
  }))
}

/** The records of the file exporter, in the order in which the batch has them. */
function readWritten(path: string): Written[] {
  const requests = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  return requests
    .flatMap((text) => JSON.parse(text).resourceLogs)
    .flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }: { logRecords: LogRecord[] }) =>
        logRecords.map(({ timeUnixNano, body }) => ({
          metadata: toObject(resource.attributes),
          time: timeUnixNano,
          event: toPlain(body),
        })),
      ),
    )
    .sort((one, other) => portOf(one) - portOf(other))
}

interface LogRecord {
  readonly timeUnixNano: string
  readonly body: AnyValue
}

interface AnyValue {
  readonly stringValue?: string
  readonly doubleValue?: number
  readonly kvlistValue?: { readonly values: readonly Pair[] }
}

interface Pair {
  readonly key: string
  readonly value: AnyValue
}

function toPlain({ stringValue, doubleValue, kvlistValue }: AnyValue): unknown {
  return kvlistValue ? toObject(kvlistValue.values) : (stringValue ?? doubleValue)
}

function toObject(pairs: readonly Pair[]): object {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, toPlain(value)]))
}

function portOf({ event }: Written): number {
  return (event as { srcport: number }).srcport
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
