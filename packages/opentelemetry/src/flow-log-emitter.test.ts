import { createTransform } from '@flowlogs/core'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createFlowLogEmitter,
  createOtlpMapping,
  FlowLogRecordProcessor,
  trackExports,
} from './index.ts'
import { recordsOf, startReceiver } from './receiver.test-support.ts'
import { newest, type SdkVersion, sdkVersions } from './sdk-versions.test-support.ts'

/** Lines of several accounts, no two alike. */
function createLines(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `2 12345678901${index % 3} eni-${index} 10.0.0.1 10.0.0.2 1 22 6 20 4249 1763700000 1763700060 ACCEPT OK`,
  )
}

/** An exporter that takes its time, and fails where it is told to. */
function createExporter(fails: (call: number) => boolean = () => false) {
  const names: unknown[] = []
  let calls = 0
  return {
    names,
    export(records: { attributes: Record<string, unknown> }[], done: (result: object) => void) {
      const isFailure = fails(calls++)
      setTimeout(() => {
        if (isFailure) return done({ code: 1, error: new Error('the disk is full') })
        names.push(...records.map(({ attributes }) => attributes['network.interface.name']))
        done({ code: 0 })
      }, 1)
    },
    shutdown: async () => {},
    forceFlush: async () => {},
  }
}

function createEmitter(
  sdk: SdkVersion,
  exporter: ReturnType<typeof createExporter>,
  options: { timeoutMillis?: number } = {},
) {
  const exports = trackExports(exporter as never)
  const loggerProvider = sdk.createProvider([sdk.createBatch(exports as never)])
  onTestFinished(() => loggerProvider.shutdown())
  return { emitter: createFlowLogEmitter({ loggerProvider, exports, ...options }), loggerProvider }
}

describe('10,000 records in one call, by default batch settings', () => {
  test('all arrive at a real receiver, by a real exporter', async () => {
    const receiver = await startReceiver()
    onTestFinished(receiver.close)
    const exports = trackExports(new OTLPLogExporter({ url: receiver.url }))
    const loggerProvider = new LoggerProvider({
      processors: [new BatchLogRecordProcessor({ exporter: exports })],
    })
    onTestFinished(() => loggerProvider.shutdown())
    const { emit } = createFlowLogEmitter({ loggerProvider, exports })
    const lines = createLines(10_000)
    const { ledger } = await emit(lines.join('\n'))
    expect(ledger).toMatchObject({ lines: 10_000, emitted: 10_000 })
    const arrived = recordsOf(receiver.requests)
    expect(arrived.map(({ attributes }) => attributes['network.interface.name']).sort()).toEqual(
      lines.map((line) => line.split(' ')[2]).sort(),
    )
    expect(arrived[0]?.attributes['cloud.account.id']).toBe('123456789010')
  })

  test('rejects when the receiver refuses', async () => {
    const receiver = await startReceiver(() => ({ status: 400, body: 'no' }))
    onTestFinished(receiver.close)
    const exports = trackExports(new OTLPLogExporter({ url: receiver.url }))
    const loggerProvider = new LoggerProvider({
      processors: [new BatchLogRecordProcessor({ exporter: exports })],
    })
    onTestFinished(() => loggerProvider.shutdown())
    const { emit } = createFlowLogEmitter({ loggerProvider, exports })
    await expect(emit(createLines(10_000).join('\n'))).rejects.toThrow(
      '1024 log records were not exported',
    )
    expect(receiver.requests).toEqual([])
  })

  test.each(sdkVersions)('all are exported with sdk-logs $version', async (sdk) => {
    const exporter = createExporter()
    const { emitter } = createEmitter(sdk, exporter)
    const lines = createLines(10_000)
    await emitter.emit(lines.join('\n'))
    expect(exporter.names.toSorted()).toEqual(lines.map((line) => line.split(' ')[2]).sort())
  })

  test.each(sdkVersions)('one failing export rejects with sdk-logs $version', async (sdk) => {
    const { emitter } = createEmitter(
      sdk,
      createExporter((call) => call === 5),
    )
    await expect(emitter.emit(createLines(10_000).join('\n'))).rejects.toThrow(
      '512 log records were not exported: the disk is full',
    )
  })

  test('a plain loop would lose most of them', async () => {
    const exporter = createExporter()
    const provider = newest.createProvider([newest.createBatch(exporter as never)])
    const logger = provider.getLogger('app')
    for (const body of createLines(10_000)) logger.emit({ body })
    await provider.shutdown()
    expect(exporter.names.length).toBeLessThan(5000)
  })
})

test('an input of any size is emitted in blocks, and none of its lines is cut', async () => {
  const exporter = createExporter()
  const { emitter } = createEmitter(newest, exporter)
  const lines = createLines(25_000)
  const text = lines.join('\n')
  expect(text.length).toBeGreaterThan(2 * 1024 * 1024)
  const { ledger, rejections } = await emitter.emit(`${text}\nnone`)
  expect(ledger).toMatchObject({ lines: 25_001, emitted: 25_000, rejected: 1 })
  expect(rejections).toMatchObject([{ line: 'none', origin: { line: 25_001 } }])
  expect(exporter.names.length).toBe(25_000)
})

test('what a shell hands over is delivered', async () => {
  const exporter = createExporter((call) => call === 1)
  const { emitter } = createEmitter(newest, exporter)
  const batch = createTransform({ mapping: createOtlpMapping() })(createLines(3).join('\n'))
  await emitter.deliver(batch)
  expect(exporter.names.toSorted()).toEqual(['eni-0', 'eni-1', 'eni-2'])
  await expect(emitter.deliver(batch)).rejects.toThrow('3 log records were not exported')
  await emitter.deliver({ output: new Uint8Array(0) })
})

test('an exporter that throws has failed', async () => {
  const exporter = {
    ...createExporter(),
    export() {
      throw new Error('no exporter')
    },
  }
  const { emitter } = createEmitter(newest, exporter as never)
  await expect(emitter.emit(createLines(2).join('\n'))).rejects.toThrow('no exporter')
})

test('calls at the same time fail and succeed each for itself', async () => {
  // Each call is one export; the second one fails.
  const exporter = createExporter((call) => call === 1)
  const { emitter } = createEmitter(newest, exporter)
  const calls = createLines(3).map((line) => emitter.emit(line))
  const results = await Promise.allSettled(calls)
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(exporter.names).toEqual(['eni-0', 'eni-2'])
})

test('after a failure, the rest of the call does not count for the next one', async () => {
  const exporter = createExporter((call) => call < 2)
  const { emitter } = createEmitter(newest, exporter)
  await expect(emitter.emit(createLines(3000).join('\n'))).rejects.toThrow('not exported')
  await emitter.emit(createLines(10).join('\n'))
  expect(exporter.names.length).toBe(10)
})

test('records that somebody drops on the way are noticed', async () => {
  const exports = trackExports(createExporter() as never)
  const batch = newest.createBatch(exports as never)
  let drops = false
  const loggerProvider = newest.createProvider([
    {
      onEmit: (record: never) => drops || batch.onEmit(record),
      forceFlush: () => batch.forceFlush(),
      shutdown: () => batch.shutdown(),
    },
  ])
  onTestFinished(() => loggerProvider.shutdown())
  const { emit } = createFlowLogEmitter({ loggerProvider, exports })
  const lines = createLines(3).join('\n')
  await emit(lines)
  drops = true
  await expect(emit(lines)).rejects.toThrow('3 log records never came to the exporter')
  drops = false
  await emit(lines)
})

test('an export that never ends is a failure', async () => {
  const exporter = { ...createExporter(), export: () => {} }
  const exports = trackExports(exporter as never)
  const batch = newest.createSimple(exports as never)
  const loggerProvider = newest.createProvider([
    {
      ...batch,
      onEmit: batch.onEmit.bind(batch),
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ])
  const { emit } = createFlowLogEmitter({ loggerProvider, exports, timeoutMillis: 200 })
  await expect(emit(createLines(2).join('\n'))).rejects.toThrow('the export of 2 log records hangs')
})

test('a provider for each account and region has them on its resource', async () => {
  const receiver = await startReceiver()
  onTestFinished(receiver.close)
  const exports = trackExports(new OTLPLogExporter({ url: receiver.url }))
  const asked: unknown[] = []
  const { emit } = createFlowLogEmitter({
    format: 'version account-id region srcaddr start bytes',
    exports,
    rejectSeverity: 'WARN',
    loggerProvider: (attributes) => {
      asked.push(attributes)
      const provider = new LoggerProvider({
        resource: resourceFromAttributes(attributes as Record<string, string>),
        processors: [new BatchLogRecordProcessor({ exporter: exports })],
      })
      onTestFinished(() => provider.shutdown())
      return provider
    },
  })
  const lines = [
    '5 1 eu-west-1 10.0.0.1 1763700000 1',
    '5 2 eu-west-1 10.0.0.2 1763700001 9007199254740993',
    'bytes srcaddr start region account-id version',
    '3 10.0.0.3 - eu-west-1 1 5',
    'no flow log',
  ]
  const { ledger, rejections } = await emit(lines.join('\n'), { region: 'us-east-1' })
  expect(ledger).toMatchObject({ lines: 5, emitted: 3, header: 1, rejected: 1 })
  expect(rejections).toMatchObject([{ code: 'too_few_values', line: 'no flow log' }])
  const resource = (account: string) => ({
    'cloud.provider': 'aws',
    'cloud.account.id': account,
    'cloud.region': 'eu-west-1',
  })
  expect(asked).toEqual([resource('1'), resource('2')])
  const arrived = recordsOf(receiver.requests).map((record) => ({
    ...record,
    observedTimeUnixNano: undefined,
  }))
  const common = {
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'aws.vpc.flow',
    droppedAttributesCount: 0,
    observedTimeUnixNano: undefined,
  }
  const uid = { 'log.record.uid': expect.stringMatching(/^[0-9a-f]{32}$/) }
  expect(arrived).toEqual(
    expect.arrayContaining([
      {
        ...common,
        resource: resource('1'),
        timeUnixNano: '1763700000000000000',
        body: lines[0],
        attributes: {
          ...uid,
          'source.address': '10.0.0.1',
          'aws.vpc.flow.log.version': 5,
          'aws.vpc.flow.bytes': 1,
          'aws.vpc.flow.start': 1763700000,
        },
      },
      {
        ...common,
        resource: resource('2'),
        timeUnixNano: '1763700001000000000',
        body: lines[1],
        attributes: {
          ...uid,
          'source.address': '10.0.0.2',
          'aws.vpc.flow.log.version': 5,
          'aws.vpc.flow.bytes': '9007199254740993',
          'aws.vpc.flow.start': 1763700001,
        },
      },
    ]),
  )
  expect(arrived).toHaveLength(3)
})

test('a processor in the same provider finds nothing more to do', async () => {
  const exporter = createExporter()
  const exports = trackExports(exporter as never)
  const memory = newest.createMemory()
  const loggerProvider = newest.createProvider([
    new FlowLogRecordProcessor(),
    newest.createSimple(memory),
    newest.createBatch(exports as never),
  ])
  const plain = newest.createMemory()
  const plainProvider = newest.createProvider([
    newest.createSimple(plain),
    newest.createBatch(exports as never),
  ])
  const [line] = createLines(1)
  await createFlowLogEmitter({ loggerProvider, exports }).emit(line!)
  await createFlowLogEmitter({ loggerProvider: plainProvider, exports }).emit(line!)
  const [withProcessor] = memory.getFinishedLogRecords()
  const [without] = plain.getFinishedLogRecords()
  expect(withProcessor?.attributes).toEqual(without?.attributes)
  expect(withProcessor?.hrTime).toEqual(without?.hrTime)
})

test('a watermark that is none is refused', () => {
  const exports = trackExports(createExporter() as never)
  const loggerProvider = newest.createProvider([])
  expect(() => createFlowLogEmitter({ loggerProvider, exports, watermark: 0 })).toThrow(
    'watermark must be a positive integer, not 0',
  )
})
