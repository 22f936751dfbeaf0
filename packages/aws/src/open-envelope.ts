/** Opens one JSON envelope, told apart by its content. */
import type { Origin } from '@flowlogs/core'
import type { Collector, Input } from './collector.ts'
import { parseJson, toJsonText } from './exact-json.ts'
import { createStructuredReader } from './structured-record.ts'

/** Where what an envelope holds goes. */
export interface Opening {
  readonly input: Input
  readonly into: Collector
  /** Opens a record that an envelope carries in base64. */
  readonly openRecord: (data: string, origin: Origin) => void
}

/** Opens what a JSON object carries; false when the text is not JSON. */
export function openEnvelope(text: string, opening: Opening): boolean {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    return false
  }
  if (!isObject(value)) return false
  openObject(value, text, opening)
  return true
}

function openObject(value: JsonObject, text: string, opening: Opening): void {
  const { input, into } = opening
  const { messageType, message, records, Records, awslogs, rawData } = value
  if (messageType !== undefined) openCloudWatchPayload(value, text, opening)
  else if (typeof message === 'string') openMessage(message, input.origin, opening)
  else if (isObject(message) && isStructured(message, input.origin, opening)) return
  else if (isObject(awslogs) && typeof awslogs.data === 'string') {
    opening.openRecord(awslogs.data, input.origin)
  } else if (typeof rawData === 'string') opening.openRecord(rawData, input.origin)
  else if (hasData(records)) openRecords(records, value.requestId, opening)
  else if (hasData(Records)) openRecords(Records, undefined, opening)
  else if (!isStructured(value, input.origin, opening, text)) {
    into.reject(input, { code: 'unknown_shape', line: text })
  }
}

/** What a CloudWatch Logs subscription sends. */
function openCloudWatchPayload(payload: JsonObject, text: string, opening: Opening): void {
  const { input, into } = opening
  const { messageType, logEvents } = payload
  if (messageType === 'CONTROL_MESSAGE') {
    into.addControl(Array.isArray(logEvents) ? Math.max(1, logEvents.length) : 1)
    return
  }
  if (messageType !== 'DATA_MESSAGE' || !Array.isArray(logEvents)) {
    into.reject(input, { code: 'unknown_shape', line: text })
    return
  }
  const stream = streamOrigin(payload, input.origin)
  for (const event of logEvents as readonly unknown[]) openLogEvent(event, text, stream, opening)
}

/** What the events of a payload share. */
export function streamOrigin({ owner, logGroup, logStream }: JsonObject, origin: Origin): Origin {
  return {
    ...origin,
    ...textMember('account', owner),
    ...textMember('logGroup', logGroup),
    ...textMember('logStream', logStream),
  }
}

function openLogEvent(event: unknown, text: string, stream: Origin, opening: Opening): void {
  const { message, id, timestamp, extractedFields } = isObject(event) ? event : {}
  // A centralised log group says where each event is from; its owner is the central account.
  const system = isObject(extractedFields) ? extractedFields : {}
  const origin: Origin = {
    ...stream,
    ...textMember('account', system['@aws.account']),
    ...textMember('region', system['@aws.region']),
    ...textMember('eventId', id),
    ...(typeof timestamp === 'number' ? { timestamp } : {}),
  }
  if (typeof message === 'string') openMessage(message, origin, opening)
  else if (!isObject(message) || !isStructured(message, origin, opening)) {
    rejectShape(toJsonText(event) ?? text, stream, opening)
  }
}

/** One flow log line or several, unless a transformer made an object of it. */
function openMessage(message: string, origin: Origin, opening: Opening): void {
  if (!message.trimStart().startsWith('{')) {
    opening.into.addMessage(opening.input, message, origin)
    return
  }
  let value: unknown
  try {
    value = parseJson(message)
  } catch {
    opening.into.reject({ ...opening.input, origin }, { code: 'bad_json', line: message })
    return
  }
  if (!isObject(value) || !isStructured(value, origin, opening, message)) {
    rejectShape(message, origin, opening)
  }
}

/** Records of a Firehose request, of a Lambda event, or as they were read from a stream. */
function openRecords(
  records: readonly unknown[],
  requestId: unknown,
  { input, into, openRecord }: Opening,
): void {
  const shared = { ...input.origin, ...textMember('requestId', requestId) }
  for (const [index, record] of records.entries()) {
    const data = dataOf(record)
    const origin = { ...shared, record: index }
    if (data !== undefined) openRecord(data, origin)
    else {
      into.reject({ ...input, origin }, { code: 'unknown_shape', line: toJsonText(record) ?? '' })
    }
  }
}

function hasData(records: unknown): records is readonly unknown[] {
  return Array.isArray(records) && records.some((record) => dataOf(record) !== undefined)
}

function dataOf(record: unknown): string | undefined {
  if (!isObject(record)) return undefined
  const { data, Data, kinesis } = record
  const found = [data, Data, isObject(kinesis) ? kinesis.data : undefined]
  return found.find((each) => typeof each === 'string')
}

const readStructured = createStructuredReader()

/** Adds a record whose fields are members; false when the object is no flow log record. */
function isStructured(
  value: JsonObject,
  origin: Origin,
  { input, into }: Opening,
  text?: string,
): boolean {
  const structured = readStructured(value, text)
  if (structured === undefined) return false
  if ('code' in structured) into.reject({ ...input, origin }, structured)
  else into.addStructured(input, structured.line, structured.format, origin)
  return true
}

function rejectShape(line: string, origin: Origin, { input, into }: Opening): void {
  into.reject({ ...input, origin }, { code: 'unknown_shape', line })
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
