import { createTransform, is } from '@flowlogs/core'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import {
  createFlowLogEmitter,
  createOtlpMapping,
  createOtlpSender,
  FlowLogRecordProcessor,
  trackExports,
} from './index.ts'
import { startReceiver } from './receiver.test-support.ts'
import { newest } from './sdk-versions.test-support.ts'

const line =
  '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'

/** A meter provider, and what was counted by name and outcome. */
function createMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  onTestFinished(() => meterProvider.shutdown())
  return {
    meterProvider,
    async counts() {
      await reader.forceFlush()
      const scopes = exporter.getMetrics().at(-1)?.scopeMetrics ?? []
      return Object.fromEntries(
        scopes.flatMap(({ metrics }) =>
          metrics.flatMap(({ descriptor, dataPoints }) =>
            dataPoints.map(({ attributes, value }) => [
              `${descriptor.name} ${attributes.outcome}`,
              value,
            ]),
          ),
        ),
      )
    },
  }
}

afterEach(() => metrics.disable())

test('the processor counts records by what became of them', async () => {
  const { meterProvider, counts } = createMetrics()
  const processor = new FlowLogRecordProcessor()
  // Set after the processor is there, as applications do.
  metrics.setGlobalMeterProvider(meterProvider)
  const logger = newest.createProvider([processor]).getLogger('app')
  const bad = line.replace('22', '99999')
  for (const body of [line, line, 'hello', `${line} or not`, `${line}\n${line}`, bad]) {
    logger.emit({ body })
  }
  expect(await counts()).toEqual({
    'flowlogs.processor.records parsed': 2,
    'flowlogs.processor.records passed': 2,
    'flowlogs.processor.records multiple_lines': 1,
    'flowlogs.processor.records rejected': 1,
  })
})

test('what a filter keeps from the next processor, and what never came to an exporter', async () => {
  const { meterProvider, counts } = createMetrics()
  const filter = [{ name: 'accepted', drop: is('action', 'ACCEPT') }]
  const memory = newest.createMemory()
  const next = newest.createSimple(memory)
  const wrapped = new FlowLogRecordProcessor({ meterProvider }).wrap(next, { filter })
  const logger = newest.createProvider([wrapped]).getLogger('app')
  for (const body of [line, 'hello']) logger.emit({ body })
  const exports = trackExports(newest.createMemory() as never)
  // Its processor has nothing to do with the exporter.
  const loggerProvider = newest.createProvider([next])
  const { emit } = createFlowLogEmitter({ loggerProvider, exports, meterProvider })
  await expect(emit(line)).rejects.toThrow('1 log records never came to the exporter')
  expect(await counts()).toEqual({
    'flowlogs.processor.records parsed': 1,
    'flowlogs.processor.records passed': 1,
    'flowlogs.processor.records filtered': 1,
    'flowlogs.emitter.records lost': 1,
  })
})

test('the emitter and the sender count records, in a provider of their own', async () => {
  const { meterProvider, counts } = createMetrics()
  const memory = newest.createMemory()
  const exports = trackExports(memory as never)
  const loggerProvider = newest.createProvider([newest.createBatch(exports as never)])
  onTestFinished(() => loggerProvider.shutdown())
  const { emit } = createFlowLogEmitter({ loggerProvider, exports, meterProvider })
  await emit(`${line}\n${line}`)
  const receiver = await startReceiver((attempt) => ({
    status: attempt === 0 ? 200 : 400,
    body: '{"partialSuccess":{"rejectedLogRecords":1}}',
  }))
  onTestFinished(receiver.close)
  const { deliver } = createOtlpSender({ url: receiver.url, meterProvider })
  const batch = createTransform({ mapping: createOtlpMapping() })(`${line}\n${line}\n${line}`)
  await deliver(batch)
  await expect(deliver(batch)).rejects.toThrow('400')
  expect(await counts()).toEqual({
    'flowlogs.emitter.records exported': 2,
    'flowlogs.otlp.records accepted': 2,
    'flowlogs.otlp.records rejected': 1,
    'flowlogs.otlp.records failed': 3,
  })
})
