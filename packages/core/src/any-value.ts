/** Values with their types, as OpenTelemetry writes them in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
import type { EventValue } from './evaluate.ts'

/** The attributes of an object as a list of key-value pairs. */
export function toKeyValues(event: { readonly [attribute: string]: EventValue }): EventValue {
  return Object.entries(event).map(([key, value]) => ({ key, value: toAnyValue(value) }))
}

/** One value with its type. */
export function toAnyValue(value: EventValue): EventValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'bigint':
      return { stringValue: String(value) }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
    default:
      return isList(value)
        ? { arrayValue: { values: value.map(toAnyValue) } }
        : { kvlistValue: { values: toKeyValues(value) } }
  }
}

function isList(value: object): value is readonly EventValue[] {
  return Array.isArray(value)
}
