/** What is wrapped around flow log lines, said of the beginning of an input. */
import { constants, gunzipSync } from 'node:zlib'
import { decodeBase64 } from './decode-base64.ts'
import { parseJson } from './exact-json.ts'
import { isGzip } from './gunzip.ts'
import { createJsonCutter } from './json-cutter.ts'
import { isObject } from './open-envelope.ts'
import { createStructuredReader } from './structured-record.ts'

/** One layer of an envelope. */
export type EnvelopeLayer = (typeof envelopeLayers)[number]

/** Every layer, from the outside in as far as they nest; the last three hold the records. */
export const envelopeLayers = [
  'gzip',
  'Firehose request',
  'Firehose transformation event',
  'Firehose error record',
  'Kinesis event',
  'CloudWatch Logs event',
  'base64',
  'CloudWatch Logs payload',
  'message record',
  'Parquet',
  'record with field names',
  'text',
  'unknown',
] as const

// Of nested envelopes the head is cut; what is left has to hold one object.
const maxHead = 4 * 1024 * 1024
const maxDepth = 12
const readStructured = createStructuredReader()

/**
 * The layers of an input, from the outside in, told by its first bytes as `transformStream` tells
 * them; the first object or record stands for all. The head may end anywhere.
 */
export function describeEnvelope(head: Uint8Array): readonly EnvelopeLayer[] {
  return layersOf(head, 0)
}

function layersOf(bytes: Uint8Array, depth: number): EnvelopeLayer[] {
  if (depth > maxDepth) return ['unknown']
  if (isGzip(bytes)) {
    const content = gunzipHead(bytes)
    return content ? ['gzip', ...layersOf(content, depth + 1)] : ['gzip', 'unknown']
  }
  const start = Buffer.from(bytes.subarray(0, 4)).toString('latin1')
  if (start === 'PAR1') return ['Parquet']
  if (bytes.subarray(0, 512).includes(0)) return ['unknown']
  const text = Buffer.from(bytes.subarray(0, 64))
    .toString('utf8')
    .replace(/^\uFEFF?\s*/, '')
  if (!/^(?:\[\s*)?\{/.test(text)) return ['text']
  const object = firstObject(bytes)
  return object === undefined ? ['unknown'] : layersOfObject(object, depth)
}

function gunzipHead(bytes: Uint8Array): Uint8Array | undefined {
  try {
    // The head may end within a member.
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxHead }
    return gunzipSync(bytes, options)
  } catch (error) {
    const isLarge =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return isLarge && bytes.length > 1024
      ? gunzipHead(bytes.subarray(0, bytes.length >> 1))
      : undefined
  }
}

function firstObject(bytes: Uint8Array): JsonObject | undefined {
  let found: JsonObject | undefined
  const cutter = createJsonCutter(maxHead, ({ kind, bytes: piece }) => {
    if (found !== undefined || kind !== 'object') return
    try {
      const value = parseJson(Buffer.from(piece).toString('utf8'))
      if (isObject(value)) found = value
    } catch {
      // What is broken is not the object that is looked for.
    }
  })
  cutter.write(bytes)
  return found
}

interface JsonObject {
  readonly [name: string]: unknown
}

function layersOfObject(value: JsonObject, depth: number): EnvelopeLayer[] {
  const { messageType, message, awslogs, rawData, logEvents } = value
  if (messageType !== undefined) {
    const [event] = Array.isArray(logEvents) ? logEvents : []
    return ['CloudWatch Logs payload', ...layersOfMessage(isObject(event) ? event.message : '')]
  }
  if (typeof message === 'string' || isObject(message)) {
    return ['message record', ...layersOfMessage(message)]
  }
  if (isObject(awslogs)) return ['CloudWatch Logs event', ...layersOfData(awslogs.data, depth)]
  if (rawData !== undefined) return ['Firehose error record', ...layersOfData(rawData, depth)]
  const records = Array.isArray(value.records) ? value.records : value.Records
  if (Array.isArray(records)) {
    const [record] = records as readonly unknown[]
    const inner: JsonObject = isObject(record) ? record : {}
    const { data = inner.Data, kinesis } = inner
    if (isObject(kinesis)) return ['Kinesis event', ...layersOfData(kinesis.data, depth)]
    const outer = 'invocationId' in value ? 'Firehose transformation event' : 'Firehose request'
    return [outer, ...layersOfData(data, depth)]
  }
  return [readStructured(value) === undefined ? 'unknown' : 'record with field names']
}

function layersOfData(data: unknown, depth: number): EnvelopeLayer[] {
  const bytes = typeof data === 'string' ? decodeBase64(data) : undefined
  return bytes === undefined ? ['unknown'] : ['base64', ...layersOf(bytes, depth + 1)]
}

function layersOfMessage(message: unknown): EnvelopeLayer[] {
  const isRecord =
    isObject(message) || (typeof message === 'string' && message.trimStart().startsWith('{'))
  return [isRecord ? 'record with field names' : 'text']
}
