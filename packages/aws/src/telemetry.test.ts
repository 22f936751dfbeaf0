import { createTransform, recordMapping } from '@flowlogs/core'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, expect, test, vi } from 'vitest'
import { createTelemetry, type Invocation } from './telemetry.ts'

const { ledger } = createTransform({ mapping: recordMapping })('# nothing\nx\n')
const invocation: Invocation = {
  handler: 'kinesis',
  requestId: 'r-1',
  outcome: 'partial',
  ledger,
  bytesIn: 12,
  bytesOut: 0,
  milliseconds: 250,
  error: 'not stored',
}

afterEach(() => {
  metrics.disable()
  vi.restoreAllMocks()
})

test('without an SDK there is the line of JSON, and nothing else', () => {
  const log = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  createTelemetry({})(invocation)
  expect(log.mock.calls).toStrictEqual([
    [`${JSON.stringify({ message: 'flowlogs', ...invocation })}\n`],
  ])
})

test('a log that throws is ignored', () => {
  const report = createTelemetry({
    log() {
      throw new Error('no disk')
    },
  })
  expect(() => report(invocation)).not.toThrow()
})

test('metrics go to an SDK, also one that comes later', async () => {
  const report = createTelemetry({ log: () => {} })
  report(invocation)
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  report(invocation)
  report({ ...invocation, outcome: 'ok', bytesOut: 3 })
  await provider.forceFlush()

  const points = exporter.getMetrics().flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          name: `${scope.scope.name} ${descriptor.name} ${descriptor.unit}`,
          attributes,
          value: typeof value === 'object' && 'count' in value ? [value.count, value.sum] : value,
        })),
      ),
    ),
  )
  const lines = '@flowlogs/aws flowlogs.lines {line}'
  const bytes = '@flowlogs/aws flowlogs.io By'
  const duration = '@flowlogs/aws flowlogs.invocation.duration s'
  const handler = { 'flowlogs.handler': 'kinesis' }
  expect(points).toStrictEqual([
    { name: lines, attributes: { ...handler, 'flowlogs.column': 'rejected' }, value: 2 },
    { name: lines, attributes: { ...handler, 'flowlogs.column': 'blank' }, value: 2 },
    { name: bytes, attributes: { ...handler, 'flowlogs.direction': 'in' }, value: 24 },
    { name: bytes, attributes: { ...handler, 'flowlogs.direction': 'out' }, value: 3 },
    {
      name: duration,
      attributes: { ...handler, 'flowlogs.outcome': 'partial' },
      value: [1, 0.25],
    },
    { name: duration, attributes: { ...handler, 'flowlogs.outcome': 'ok' }, value: [1, 0.25] },
  ])
  await provider.shutdown()
})
