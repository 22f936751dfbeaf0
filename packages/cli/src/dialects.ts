/** One line in every dialect. */
import {
  createTransform,
  type Format,
  type Mapping,
  recordMapping,
  toMilliseconds,
} from '@flowlogs/core'
import { createEcsMapping } from '@flowlogs/ecs'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createOtlpMapping } from '@flowlogs/opentelemetry'

/** A line, and what becomes of it. A dialect that keeps it out or cannot express it is missing. */
export interface Dialects {
  readonly line: string
  readonly record?: object
  readonly ocsf?: object
  readonly opentelemetry?: object
  readonly ecs?: object
  /** The event time and the record that a forwarder sends. */
  readonly fluent?: object
}

/** The first line that OCSF can express, or else the first one that can be read, in every dialect. */
export function showDialects(lines: readonly string[], format: Format): Dialects | undefined {
  const toRecord = createDialect(recordMapping, format)
  const toOcsf = createDialect(createOcsfMapping(), format)
  const readable = lines.filter((line) => toRecord(line) !== undefined)
  const line = readable.find((each) => toOcsf(each) !== undefined) ?? readable[0]
  if (line === undefined) return undefined
  const record = toRecord(line)
  const ocsf = toOcsf(line)
  const resourceLogs = createDialect(createOtlpMapping(), format)(line) as ResourceLogs | undefined
  const ecs = createDialect(createEcsMapping(), format)(line)
  const { start, end } = (record ?? {}) as { readonly start?: number; readonly end?: number }
  const milliseconds = toMilliseconds(start) ?? toMilliseconds(end)
  return {
    line,
    ...(record && { record }),
    ...(ocsf && { ocsf }),
    ...(resourceLogs && { opentelemetry: attributesOf(resourceLogs) }),
    ...(ecs && { ecs }),
    ...(milliseconds !== undefined && { fluent: { time: milliseconds / 1000, record } }),
  }
}

function createDialect(mapping: Mapping, format: Format): (line: string) => object | undefined {
  const transform = createTransform({ mapping, format })
  return (line) => {
    const { output, ledger } = transform(line)
    if (ledger.emitted !== 1) return undefined
    return JSON.parse(Buffer.from(output).toString('utf8'), exactly) as object
  }
}

/** Integers that a number cannot hold stay the text they are. */
function exactly(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
    ? (context?.source ?? value)
    : value
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface ResourceLogs {
  readonly resource?: { readonly attributes?: readonly KeyValue[] }
  readonly scopeLogs: readonly [{ readonly logRecords: readonly [LogRecord] }]
}

interface LogRecord {
  readonly timeUnixNano?: string
  readonly attributes?: readonly KeyValue[]
}

/** The log record with its attributes as members instead of pairs. */
function attributesOf({ resource, scopeLogs }: ResourceLogs): object {
  const [{ logRecords }] = scopeLogs
  const [{ timeUnixNano, attributes }] = logRecords
  return { timeUnixNano, resource: members(resource?.attributes), attributes: members(attributes) }
}

function members(pairs: readonly KeyValue[] = []): object {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]))
}

function plain({ intValue, ...other }: KeyValue['value']): unknown {
  // OTLP/JSON writes integers as text.
  if (intValue === undefined) return Object.values(other)[0]
  return Number.isSafeInteger(Number(intValue)) ? Number(intValue) : intValue
}
