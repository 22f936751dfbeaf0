/** What the OpenTelemetry Collector understands of what we send, and what it makes of the same lines itself. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  createLineGenerator,
  createRandom,
  describePeer,
  type Found,
  findCollector,
  loadCases,
  runGo,
  startCollector,
} from '@flowlogs/conformance'
import { createTransform, parseFormat, presets } from '@flowlogs/core'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { expect, onTestFinished, test } from 'vitest'
import {
  createFlowLogEmitter,
  createOtlpMapping,
  createOtlpSender,
  type LogOptions,
  toOtlpRequests,
  trackExports,
} from './index.ts'
import { type ExportRequest, type ReceivedRecord, recordsOf } from './receiver.test-support.ts'

const choices: readonly LogOptions[] = [
  {},
  { profile: 'semconv-v1', time: 'end', body: 'record' },
  { profile: 'raw-v1', body: 'remove', rejectSeverity: 'WARN' },
]
const line =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1763700000 1763700060 ACCEPT OK'

/** All lines of the corpus, and generated ones of every format, under their headers. */
function createInput(): Buffer {
  const random = createRandom(60)
  const generated = Object.values(presets).flatMap((format) => {
    const generate = createLineGenerator(parseFormat(format).columns, random)
    return [format, ...Array.from({ length: 50 }, () => generate().join(' '))]
  })
  const corpus = loadCases().flatMap(({ input }) => [input, Buffer.from('\n')])
  return Buffer.concat([...corpus, Buffer.from(generated.join('\n'))])
}

const decoderFolder = resolve(import.meta.dirname, '../peers/pdata')

/** The Collector writes the body that it did not get as an empty value. */
function withoutEmptyBody(key: string, value: object): object | undefined {
  return key === 'body' && Object.keys(value).length === 0 ? undefined : value
}

/** The Collector's decoder as a program, run by Go. */
function findDecoder(): Found<(requests: readonly Uint8Array[]) => ExportRequest[]> {
  const decode = (requests: readonly Uint8Array[]): ExportRequest[] => {
    const { status, stdout, stderr } = runGo(['run', '.'], {
      cwd: decoderFolder,
      input: Buffer.concat(requests.flatMap((request) => [request, Buffer.from('\n')])),
    })
    if (status !== 0) throw new Error(stderr || 'Go is not on this machine')
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text, withoutEmptyBody))
  }
  try {
    decode([])
    return { peer: decode }
  } catch (error) {
    return { missing: (error as Error).message.trim().split('\n').at(-1) ?? '' }
  }
}

describePeer('the OTLP decoder of the OpenTelemetry Collector (pdata)', findDecoder(), (decode) => {
  test.each(choices)('understands every request as it was meant, with %o', (options) => {
    const transform = createTransform({ mapping: createOtlpMapping(options) })
    const { output, ledger } = transform(createInput(), {
      region: 'eu-west-1',
      logGroup: '/aws/vpc',
      timestamp: 1_763_700_061_000,
    })
    const requests = toOtlpRequests(output, { maxBytes: 100_000 })
    expect(requests.length).toBeGreaterThan(5)
    const sent = requests.map(({ body }) => JSON.parse(new TextDecoder().decode(body)))
    const understood = decode(requests.map(({ body }) => body))
    expect(understood).toEqual(sent)
    expect(recordsOf(understood)).toHaveLength(ledger.emitted)
  })
})

describePeer('the OpenTelemetry Collector', findCollector(), (program) => {
  /** A collector that writes what it gets to a file, and what it has written so far. */
  async function start(receivers: (ports: readonly number[]) => string, names: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'flowlogs-otlp-'))
    const file = join(folder, 'logs.json')
    const ports = [await freePort(), await freePort()]
    const collector = await startCollector(
      program,
      [
        receivers(ports),
        'exporters:',
        `  file: { path: ${file}, flush_interval: 100ms }`,
        'service:',
        '  telemetry: { metrics: { level: none } }',
        ...(names.includes('awsfirehose/cloudwatch')
          ? ['  extensions: [awslogs_encoding/vpcflow]']
          : []),
        `  pipelines: { logs: { receivers: [${names.join(', ')}], exporters: [file] } }`,
      ].join('\n'),
    )
    onTestFinished(async () => {
      await collector.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const written = (): ReceivedRecord[] =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .flatMap((text) => recordsOf([JSON.parse(text)]))
    return {
      ports,
      async records(count: number): Promise<ReceivedRecord[]> {
        for (let attempt = 0; attempt < 100; attempt++) {
          if (written().length >= count) break
          await new Promise((done) => setTimeout(done, 100))
        }
        return written()
      },
    }
  }

  const otlp = ([port]: readonly number[]): string =>
    `receivers:\n  otlp: { protocols: { http: { endpoint: '127.0.0.1:${port}' } } }`

  const sorted = (records: readonly ReceivedRecord[]): ReceivedRecord[] =>
    records.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))

  test('writes what the byte lane sent', async () => {
    const { ports, records } = await start(otlp, ['otlp'])
    const { output, ledger } = createTransform({ mapping: createOtlpMapping() })(createInput())
    const { deliver } = createOtlpSender({ url: `http://127.0.0.1:${ports[0]}/v1/logs` })
    expect(await deliver({ output })).toMatchObject({ accepted: ledger.emitted, rejected: 0 })
    const sent = toOtlpRequests(output).map(({ body }) => JSON.parse(Buffer.from(body).toString()))
    expect(sorted(await records(ledger.emitted))).toEqual(sorted(recordsOf(sent)))
  })

  test('writes what the SDK sent: the same attributes', async () => {
    const { ports, records } = await start(otlp, ['otlp'])
    const exports = trackExports(
      new OTLPLogExporter({ url: `http://127.0.0.1:${ports[0]}/v1/logs` }),
    )
    const loggerProvider = new LoggerProvider({
      processors: [new BatchLogRecordProcessor({ exporter: exports })],
    })
    onTestFinished(() => loggerProvider.shutdown())
    const { ledger } = await createFlowLogEmitter({ loggerProvider, exports }).emit(createInput())
    const { output } = createTransform({ mapping: createOtlpMapping() })(createInput())
    const sent = toOtlpRequests(output).map(({ body }) => JSON.parse(Buffer.from(body).toString()))
    const byUid = (left: ReceivedRecord, right: ReceivedRecord): number =>
      String(left.attributes['log.record.uid']) < String(right.attributes['log.record.uid'])
        ? -1
        : 1
    expect(
      (await records(ledger.emitted)).toSorted(byUid).map(({ attributes }) => attributes),
    ).toEqual(
      recordsOf(sent)
        .toSorted(byUid)
        .map(({ attributes, resource }) => ({ ...resource, ...attributes })),
    )
  })

  test('with its own AWS encoding: the same attributes of a CloudWatch payload, nothing of a direct one', async () => {
    const { ports, records } = await start(
      ([port]) =>
        [
          'extensions:',
          '  awslogs_encoding/vpcflow: { format: vpcflow, vpcflow: { file_format: plain-text } }',
          'receivers:',
          `  awsfirehose/cloudwatch: { endpoint: '127.0.0.1:${port}', encoding: awslogs_encoding/vpcflow }`,
        ].join('\n'),
      ['awsfirehose/cloudwatch'],
    )
    const post = async (data: Uint8Array): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${ports[0]}/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-amz-firehose-request-id': 'r' },
        body: JSON.stringify({
          requestId: 'r',
          timestamp: 1763700061000,
          records: [{ data: Buffer.from(data).toString('base64') }],
        }),
      })
      return response.status
    }
    // The direct payload first: its loss shows in what is written after it.
    expect(await post(Buffer.from(JSON.stringify({ message: line })))).toBe(200)
    const payload = {
      messageType: 'DATA_MESSAGE',
      owner: '123456789010',
      logGroup: '/aws/vpc',
      logStream: 'eni-1235b8ca123456789-all',
      logEvents: [{ id: '1', timestamp: 1763700060000, message: line }],
    }
    expect(await post(gzipSync(JSON.stringify(payload)))).toBe(200)
    const written = await records(1)
    expect(written).toHaveLength(1)
    const { output } = createTransform({ mapping: createOtlpMapping({ time: 'end' }) })(line)
    const [ours] = recordsOf(
      toOtlpRequests(output).map(({ body }) => JSON.parse(Buffer.from(body).toString())),
    )
    const { attributes, resource } = written[0]!
    expect(ours!.attributes).toMatchObject(attributes)
    const { 'aws.log.group.names': _, 'aws.log.stream.names': __, ...cloud } = resource
    expect(ours!.resource).toEqual(cloud)
    const added = Object.keys(ours!.attributes).filter((name) => !(name in attributes))
    expect(added.sort()).toEqual(['aws.vpc.flow.end', 'log.record.uid', 'network.transport'])
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
