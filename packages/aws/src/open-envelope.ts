/** Opens one JSON envelope, told apart by its content. */
import type { Origin } from '@flowlogs/core'
import type { Collector, Input } from './delivery.ts'

/** Adds what a JSON object carries to the collector; false when it is not JSON. */
export function openEnvelope(text: string, input: Input, into: Collector): boolean {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return false
  }
  if (!isObject(value)) return false
  if (value.messageType !== undefined) openCloudWatchPayload(value, text, input, into)
  else if (typeof value.message === 'string') into.addMessage(input, value.message)
  else into.reject(input, { code: 'unknown_shape', line: text })
  return true
}

/** What a CloudWatch Logs subscription sends. */
function openCloudWatchPayload(
  payload: JsonObject,
  text: string,
  input: Input,
  into: Collector,
): void {
  const { messageType, logEvents } = payload
  if (messageType === 'CONTROL_MESSAGE') {
    into.addControl(Array.isArray(logEvents) ? Math.max(1, logEvents.length) : 1)
    return
  }
  if (messageType !== 'DATA_MESSAGE' || !Array.isArray(logEvents)) {
    into.reject(input, { code: 'unknown_shape', line: text })
    return
  }
  const stream: Origin = {
    ...input.origin,
    ...textMember('account', payload.owner),
    ...textMember('logGroup', payload.logGroup),
    ...textMember('logStream', payload.logStream),
  }
  for (const event of logEvents as readonly unknown[]) {
    if (!isObject(event) || typeof event.message !== 'string') {
      const rejected = { ...input, origin: stream }
      into.reject(rejected, { code: 'unknown_shape', line: jsonText(event) ?? text })
      continue
    }
    const { id, timestamp } = event
    into.addMessage(input, event.message, {
      ...stream,
      ...textMember('eventId', id),
      ...(typeof timestamp === 'number' ? { timestamp } : {}),
    })
  }
}

interface JsonObject {
  readonly [name: string]: unknown
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textMember(name: keyof Origin, value: unknown): Origin {
  return typeof value === 'string' && value !== '' ? { [name]: value } : {}
}

/** A value as JSON, or undefined when it is nested too deep to be written. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
