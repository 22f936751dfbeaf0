import type { EventValue } from '@flowlogs/core'
import type { Attributes, AttributeValue } from './log-record.ts'

/** An object of an event. */
export interface EventObject {
  readonly [name: string]: EventValue
}

/** The attributes of an object as an SDK takes them: integers above 2^53−1 as text. */
export function toAttributes(event: EventObject): Attributes {
  const attributes: Attributes = {}
  for (const name in event) attributes[name] = toAttributeValue(event[name] as EventValue)
  return attributes
}

function toAttributeValue(value: EventValue): AttributeValue {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return value
  return isList(value) ? value.map(toAttributeValue) : toAttributes(value)
}

function isList(value: object): value is readonly EventValue[] {
  return Array.isArray(value)
}
