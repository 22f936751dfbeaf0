/**
 * The HTTP endpoint destination of Amazon Data Firehose, as
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html has it.
 */
import {
  configurationError,
  type Origin,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { type AccessKeys, createKeyCheck } from './access-keys.ts'
import { type Collector, createCollector, transformDelivery } from './delivery.ts'
import { type FirehoseRequest, isRefusal, readFirehoseRequest } from './firehose-request.ts'
import { isObject, jsonText } from './open-envelope.ts'
import { unwrapInto } from './unwrap.ts'

/** Stores a batch: resolved means stored, rejected means not stored. */
export type Deliver = (batch: TransformResult) => Promise<unknown>

/** How an endpoint checks, transforms and stores. */
export interface FirehoseEndpointOptions {
  /** The keys to accept, or `'none'`. */
  readonly accessKeys: AccessKeys
  readonly transform: Transform
  /** Called once per request, also when its lines gave no output. */
  readonly deliver: Deliver
  /** Bytes of a request body, inflated. Default 64 MiB, the most Firehose sends. */
  readonly maxBodyBytes?: number
  /**
   * Bytes that the records of one request may inflate to together, 256 MiB by default; one record
   * may take a quarter of it. A record beyond is rejected as `too_large`.
   */
  readonly maxInflatedBytes?: number
  /** Told what was stored. */
  readonly onResult?: (batch: TransformResult, requestId: string) => void
  /** Told why a request was not answered with 200. */
  readonly onError?: (error: unknown, requestId: string) => void
}

const mebibyte = 1024 * 1024
const maxErrorMessage = 8192

/**
 * Builds the handler of Firehose's requests. It answers 200 when `deliver` has stored the batch,
 * 401, 405, 415 or 400 to what is no proper request, 503 when `deliver` failed; Firehose repeats a
 * request that was not answered with 200. It never answers 413, on which Firehose drops the data.
 */
export function createFirehoseEndpoint(
  options: FirehoseEndpointOptions,
): (request: Request) => Promise<Response> {
  const { transform, deliver, onResult, onError } = options
  const maxBodyBytes = byteLimit('maxBodyBytes', options.maxBodyBytes ?? 64 * mebibyte)
  const maxInflated = byteLimit('maxInflatedBytes', options.maxInflatedBytes ?? 256 * mebibyte)
  const isAccepted = createKeyCheck(options.accessKeys)

  return async (request) => {
    let requestId = request.headers.get('x-amz-firehose-request-id') ?? ''

    function fail(status: number, error: unknown, headers = {}): Response {
      quietly(() => onError?.(error, requestId))
      return reply(
        status,
        requestId,
        error instanceof Error ? error.message : String(error),
        headers,
      )
    }

    if (request.method !== 'POST') {
      return fail(405, new Error('the method must be POST'), { allow: 'POST' })
    }
    if (!isAccepted(request.headers.get('x-amz-firehose-access-key'))) {
      return fail(401, new Error('the access key is missing or wrong'))
    }
    try {
      const read = await readFirehoseRequest(request, maxBodyBytes)
      if (isRefusal(read)) return fail(read.status, new Error(read.message))
      requestId = read.requestId
      const batch = transformRecords(read, transform, maxInflated)
      try {
        await deliver(batch)
      } catch (error) {
        return fail(503, error)
      }
      quietly(() => onResult?.(batch, requestId))
      return reply(200, requestId)
    } catch (error) {
      return fail(500, error)
    }
  }
}

function transformRecords(
  { requestId, commonAttributes, records }: FirehoseRequest,
  transform: Transform,
  maxInflatedBytes: number,
): TransformResult {
  const { account, region } = commonAttributes
  const shared = { ...(account && { account }), ...(region && { region }), requestId }
  const collector = createCollector()
  let remaining = maxInflatedBytes
  records.forEach((record, index) => {
    const limit = Math.min(remaining, Math.floor(maxInflatedBytes / 4))
    remaining -= openRecord(collector, record, { ...shared, record: index }, limit)
  })
  return transformDelivery(transform, collector.take())
}

/** Returns how many bytes were inflated. */
function openRecord(collector: Collector, record: unknown, origin: Origin, limit: number): number {
  const data = isObject(record) ? record.data : undefined
  if (typeof data !== 'string') {
    const line = jsonText(record) ?? ''
    collector.reject({ origin, lines: 0 }, { code: 'unknown_shape', line })
    return 0
  }
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length !== base64Length(data)) {
    collector.reject({ origin, lines: 0 }, { code: 'bad_base64', line: data })
    return 0
  }
  return unwrapInto(collector, bytes, origin, limit)
}

/** The bytes that text of this length holds if all of it is base64; the decoder skips what is not. */
function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return text.length % 4 === 0 ? (text.length / 4) * 3 - padding : -1
}

/** Firehose takes a reply with any other member, or a timestamp in quotes, for a failure. */
function reply(
  status: number,
  requestId: string,
  errorMessage?: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const message = errorMessage?.slice(0, maxErrorMessage)
  const body = Buffer.from(
    JSON.stringify({ requestId, timestamp: Date.now(), errorMessage: message }),
  )
  return new Response(body, {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      ...headers,
    },
  })
}

function byteLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw configurationError(`${name} must be a positive integer, not ${value}`)
}

/** A failing logger is no reason to have the request repeated. */
function quietly(hook: () => void): void {
  try {
    hook()
  } catch {}
}
