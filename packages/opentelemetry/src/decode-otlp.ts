/** OTLP/JSON as the transform writes it → what a logger takes. */
import type { Attributes, AttributeValue } from './log-record.ts'

/** The records that share a resource. */
export interface DecodedGroup {
  /** The resource, as text. */
  readonly name: string
  readonly resource: Attributes
  readonly records: DecodedRecord[]
}

/** One record, as a logger takes it. */
export interface DecodedRecord {
  /** Seconds and nanoseconds: an SDK may take a plain number for a time since the process began. */
  readonly timestamp?: [number, number]
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string
  readonly body?: AttributeValue
  readonly attributes: Attributes
}

type AnyValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }

interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

interface ResourceLogs {
  readonly resource: { readonly attributes: readonly KeyValue[] }
  readonly scopeLogs: readonly [{ readonly logRecords: readonly [LogRecordJson] }]
}

interface LogRecordJson {
  readonly timeUnixNano?: string
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string
  readonly body?: AnyValue
  readonly attributes: readonly KeyValue[]
}

/** The records in a transform's output with the OTLP mapping, in groups as they come. */
export function decodeOtlp(output: Uint8Array): DecodedGroup[] {
  const groups = new Map<string, DecodedGroup>()
  const lines = new TextDecoder().decode(output).split('\n').slice(0, -1)
  for (const line of lines) {
    const { resource, scopeLogs } = JSON.parse(line) as ResourceLogs
    const { timeUnixNano, body, ...record } = scopeLogs[0].logRecords[0]
    const name = line.slice(0, line.indexOf('"scopeLogs"'))
    let group = groups.get(name)
    if (group === undefined) {
      group = { name, resource: toAttributes(resource.attributes), records: [] }
      groups.set(name, group)
    }
    group.records.push({
      ...(timeUnixNano !== undefined && { timestamp: toHrTime(timeUnixNano) }),
      severityNumber: record.severityNumber,
      severityText: record.severityText,
      eventName: record.eventName,
      ...(body && { body: toValue(body) }),
      attributes: toAttributes(record.attributes),
    })
  }
  return [...groups.values()]
}

function toHrTime(nanoseconds: string): [number, number] {
  return [Number(nanoseconds.slice(0, -9)), Number(nanoseconds.slice(-9))]
}

function toAttributes(pairs: readonly KeyValue[]): Attributes {
  const attributes: Attributes = {}
  for (const { key, value } of pairs) attributes[key] = toValue(value)
  return attributes
}

function toValue(value: AnyValue): AttributeValue {
  if ('stringValue' in value) return value.stringValue
  if ('intValue' in value) return Number(value.intValue)
  if ('doubleValue' in value) return value.doubleValue
  if ('boolValue' in value) return value.boolValue
  if ('arrayValue' in value) return value.arrayValue.values.map(toValue)
  return toAttributes(value.kvlistValue.values)
}
