import { metrics as api } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, expect, test } from 'vitest'
import { createMetrics, type Metrics } from './metrics.ts'

afterEach(() => api.disable())

function measure(metrics: Metrics): void {
  metrics.events('accepted', 5)
  metrics.events('duplicate', 0)
  metrics.events('dead_lettered', 2, 'mapper_parsing_exception')
  metrics.retried(3)
  metrics.request({ bytes: 100, milliseconds: 250, outcome: 200 })
  metrics.request({ bytes: 50, milliseconds: 750, outcome: 'ECONNRESET' })
  metrics.queue(700)
  metrics.queue(600)
}

test('nothing happens as long as there is no SDK', () => {
  expect(() => measure(createMetrics('opensearch'))).not.toThrow()
})

test('an SDK that is registered later gets everything from then on', async () => {
  const metrics = createMetrics('opensearch')
  measure(metrics)
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  api.setGlobalMeterProvider(provider)
  measure(metrics)
  await provider.forceFlush()
  const points = exporter.getMetrics().flatMap((resource) =>
    resource.scopeMetrics.flatMap(({ scope, metrics: found }) =>
      found.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes: { 'flowlogs.sink': sink, ...attributes }, value }) => ({
          name: `${scope.name} ${sink} ${descriptor.name} ${descriptor.unit}`,
          attributes,
          value: typeof value === 'object' ? value.sum : value,
        })),
      ),
    ),
  )
  const own = '@flowlogs/siem opensearch flowlogs.sink'
  expect(points).toStrictEqual([
    { name: `${own}.events {event}`, attributes: { 'flowlogs.outcome': 'accepted' }, value: 5 },
    {
      name: `${own}.events {event}`,
      attributes: {
        'flowlogs.outcome': 'dead_lettered',
        'flowlogs.reason': 'mapper_parsing_exception',
      },
      value: 2,
    },
    { name: `${own}.retries {event}`, attributes: {}, value: 3 },
    { name: `${own}.io By`, attributes: {}, value: 150 },
    {
      name: `${own}.request.duration s`,
      attributes: { 'http.response.status_code': 200 },
      value: 0.25,
    },
    { name: `${own}.request.duration s`, attributes: { 'error.type': 'ECONNRESET' }, value: 0.75 },
    { name: `${own}.queue By`, attributes: {}, value: 600 },
  ])
  await provider.shutdown()
})
