/** What the OpenTelemetry Collector understands of what we send. */
import { resolve } from 'node:path'
import {
  createLineGenerator,
  createRandom,
  describePeer,
  type Found,
  findCollector,
  loadCases,
  runGo,
} from '@flowlogs/conformance'
import { createTransform, parseFormat, presets } from '@flowlogs/core'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { expect, onTestFinished, test } from 'vitest'
import { startWriter, type Writer } from './collector.test-support.ts'
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
  const start = (): Promise<Writer> =>
    startWriter(program, {
      name: 'otlp',
      settings: '{ protocols: { http: { endpoint: {endpoint} } } }',
    })

  const sorted = (records: readonly ReceivedRecord[]): ReceivedRecord[] =>
    records.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))

  test('writes what the byte lane sent', async () => {
    const { url, records } = await start()
    const { output, ledger } = createTransform({ mapping: createOtlpMapping() })(createInput())
    const { deliver } = createOtlpSender({ url: `${url}/v1/logs` })
    expect(await deliver({ output })).toMatchObject({ accepted: ledger.emitted, rejected: 0 })
    const sent = toOtlpRequests(output).map(({ body }) => JSON.parse(Buffer.from(body).toString()))
    expect(sorted(await records(ledger.emitted))).toEqual(sorted(recordsOf(sent)))
  })

  test('writes what the SDK sent: the same attributes', async () => {
    const { url, records } = await start()
    const exports = trackExports(new OTLPLogExporter({ url: `${url}/v1/logs` }))
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
})
