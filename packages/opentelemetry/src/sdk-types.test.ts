/** The classes and functions fit the types of every release; the compiler is the judge. */
import * as current from '@opentelemetry/sdk-logs'
import * as v0203 from 'sdk-logs-0.203'
import * as v0214 from 'sdk-logs-0.214'
import * as v0221 from 'sdk-logs-0.221'
import * as v0223 from 'sdk-logs-0.223'
import { expect, test } from 'vitest'
import {
  type FlowLogEmitterOptions,
  FlowLogRecordProcessor,
  type LogRecordProcessor,
  trackExports,
} from './index.ts'

type Processors = [
  v0203.LogRecordProcessor,
  v0214.LogRecordProcessor,
  v0221.LogRecordProcessor,
  v0223.LogRecordProcessor,
  current.LogRecordProcessor,
]
type Exporters = [
  v0203.LogRecordExporter,
  v0214.LogRecordExporter,
  v0221.LogRecordExporter,
  v0223.LogRecordExporter,
  current.LogRecordExporter,
]
test('a processor, and one around another, are processors of every release', () => {
  const processor = new FlowLogRecordProcessor()
  const processors: Processors = [processor, processor, processor, processor, processor]
  const wrap = (next: Processors[number]): Required<LogRecordProcessor> => processor.wrap(next)
  const wrapped = wrap(processor)
  const all: Processors = [wrapped, wrapped, wrapped, wrapped, wrapped]
  expect([...processors, ...all]).toHaveLength(10)
})

test('a tracked exporter is an exporter of every release', () => {
  const tracked: Exporters = [
    trackExports(new v0203.InMemoryLogRecordExporter()),
    trackExports(new v0214.InMemoryLogRecordExporter()),
    trackExports(new v0221.InMemoryLogRecordExporter()),
    trackExports(new v0223.InMemoryLogRecordExporter()),
    trackExports(new current.InMemoryLogRecordExporter()),
  ]
  expect(tracked).toHaveLength(5)
})

test('the emitter takes the provider of every release', () => {
  const providers: FlowLogEmitterOptions['loggerProvider'][] = [
    new v0203.LoggerProvider(),
    new v0214.LoggerProvider(),
    new v0221.LoggerProvider(),
    new v0223.LoggerProvider(),
    new current.LoggerProvider(),
  ]
  expect(providers).toHaveLength(5)
})
