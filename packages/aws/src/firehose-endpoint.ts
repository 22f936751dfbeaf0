/** The HTTP endpoint destination of Amazon Data Firehose. */
import {
  addLedger,
  configurationError,
  emptyLedger,
  type Ledger,
  type Origin,
  type Transform,
} from '@flowlogs/core'
import { type AccessKeys, createKeyCheck } from './access-keys.ts'
import { createAdmission, type Pending } from './admission.ts'
import { type BodyReader, busy, createBodyReader, inflateBody, tooLarge } from './body-reader.ts'
import type { Deliver } from './deliver.ts'
import { describeError } from './describe-error.ts'
import { createFirehoseBatch } from './firehose-batch.ts'
import { createFirehoseBody } from './firehose-body.ts'
import { firehoseReply } from './firehose-reply.ts'
import { checkRequestId, readFirehoseRequest } from './firehose-request.ts'
import { createRecordWindow } from './record-window.ts'
import { type Refusal, refusal, toRefusal } from './refusal.ts'
import { createReplayCache, type ReplayCache, type ReplayCacheOptions } from './replay-cache.ts'
import { createTelemetry, type TelemetryOptions } from './telemetry.ts'

/** How an endpoint checks, transforms and stores. */
export interface FirehoseEndpointOptions extends TelemetryOptions {
  /** The keys to accept, or `'none'`. */
  readonly accessKeys: AccessKeys
  readonly transform: Transform
  /** Called at least once per request that is accepted, with one batch after the other. */
  readonly deliver: Deliver
  /** Bytes of a request body, inflated. Default 64 MiB, the most Firehose sends. */
  readonly maxBodyBytes?: number
  /** Records in a request. Default 10,000, the most Firehose sends. */
  readonly maxRecords?: number
  /**
   * Bytes that the records of one request may inflate to together; one record may inflate to
   * 64 MiB. A record beyond is rejected as `too_large`. Default 1 GiB.
   */
  readonly maxInflatedBytes?: number
  /** Bytes of records, inflated, after which a batch is delivered. Default 512 KiB. */
  readonly maxBatchBytes?: number
  /**
   * Bytes of all requests under way, as they are sent; beyond, requests are answered with 503. A
   * request that is alone may be larger. Default 256 MiB.
   */
  readonly maxPendingBytes?: number
  /**
   * How many requests are remembered, and how long, so that one that comes again is acknowledged
   * without being delivered again. Default 10,000 and two hours.
   */
  readonly replayCache?: ReplayCacheOptions | false
  /** Path at which `GET` is answered with 200, for load balancers. Default `/healthz`. */
  readonly healthPath?: string
  /** Unix milliseconds, of replies and for the replay cache. Default `Date.now`. */
  readonly clock?: () => number
}

const mebibyte = 1024 * 1024
// Firehose tries again for two hours at most.
const defaultReplayCache = { entries: 10_000, milliseconds: 7_200_000 }

/** What becomes of one request. */
interface Exchange {
  /** What the reply repeats. */
  requestId: string
  readonly pending: Pending
  readonly body: BodyReader
  /** The account of the batches that were stored. */
  readonly ledger: Ledger
  bytesOut: number
}

/**
 * Builds the handler of Firehose's requests, as
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html has them. It
 * answers 200 when `deliver` has stored every batch of a request, 503 when one was not stored or
 * there is no room, and 401, 405, 415 or 400 to what is no proper request; Firehose repeats a
 * request that was not answered with 200. It never answers 413, on which Firehose drops the data.
 */
export function createFirehoseEndpoint(
  options: FirehoseEndpointOptions,
): (request: Request) => Promise<Response> {
  const { transform, deliver, healthPath = '/healthz', clock = Date.now } = options
  const maxBodyBytes = limit('maxBodyBytes', options.maxBodyBytes ?? 64 * mebibyte)
  const maxRecords = limit('maxRecords', options.maxRecords ?? 10_000)
  const maxInflatedBytes = limit('maxInflatedBytes', options.maxInflatedBytes ?? 1024 * mebibyte)
  const maxBatchBytes = limit('maxBatchBytes', options.maxBatchBytes ?? mebibyte / 2)
  const maxPendingBytes = limit('maxPendingBytes', options.maxPendingBytes ?? 256 * mebibyte)
  const isAccepted = createKeyCheck(options.accessKeys)
  const admission = createAdmission(maxPendingBytes)
  const replays = replaysOf(options.replayCache ?? defaultReplayCache, clock)
  const report = createTelemetry(options)
  if (!healthPath.startsWith('/')) {
    throw configurationError(`healthPath must begin with "/", not "${healthPath}"`)
  }

  /** Resolves when the request is to be answered with 200; otherwise throws the refusal. */
  async function receive({ method, headers }: Request, exchange: Exchange): Promise<void> {
    if (method !== 'POST') throw refusal(405, 'the method must be POST', { allow: 'POST' })
    if (!isAccepted(headers.get('x-amz-firehose-access-key'))) {
      throw refusal(401, 'the access key is missing or wrong')
    }
    const { requestId, origin, contentLength } = readFirehoseRequest(headers)
    if (contentLength > maxBodyBytes) throw tooLarge(maxBodyBytes)
    if (!exchange.pending.hold(contentLength)) throw busy()

    const { body } = exchange
    if (requestId !== undefined && !replays?.isKnown(requestId)) {
      await attempt(body.chunks(), undefined, origin, exchange)
      return
    }
    // To be compared with what was stored, or for the id that it has, the body is read whole first.
    const chunks = await collect(body.chunks())
    exchange.requestId = requestId ?? (await findRequestId(chunks))
    await attempt(again(chunks), body.digest(), origin, exchange)
  }

  /** Stores a request, unless one with this digest was stored before. */
  async function attempt(
    chunks: AsyncIterable<Uint8Array>,
    digest: string | undefined,
    origin: Origin,
    exchange: Exchange,
  ): Promise<void> {
    if (!replays) return store(chunks, origin, exchange)
    const started = await replays.begin(exchange.requestId, digest)
    if (!started) return
    let storedDigest: string | undefined
    try {
      await store(chunks, origin, exchange)
      storedDigest = exchange.body.digest()
    } finally {
      started.end(storedDigest)
    }
  }

  async function store(
    chunks: AsyncIterable<Uint8Array>,
    known: Origin,
    exchange: Exchange,
  ): Promise<void> {
    const { requestId } = exchange
    const origin = { ...known, requestId }
    const batch = createFirehoseBatch({ transform, origin, maxBatchBytes, maxInflatedBytes })
    const takePlainRecords = createRecordWindow(batch)
    const reader = createFirehoseBody({ requestId, maxRecords, takePlainRecords })
    let batches = 0

    async function deliverBatch(): Promise<void> {
      for (const result of batch.take()) {
        const bytes = result.output.length
        batches++
        try {
          await deliver(result)
        } catch (error) {
          throw refusal(503, describeError(error))
        }
        addLedger(exchange.ledger, result.ledger)
        exchange.bytesOut += bytes
      }
    }

    try {
      for await (const chunk of await inflateBody(chunks, maxBodyBytes)) {
        for (const record of reader.write(chunk)) {
          batch.add(record)
          if (batch.room() <= 0) await deliverBatch()
        }
      }
      reader.end()
      if (batches === 0 || !batch.isEmpty()) await deliverBatch()
    } finally {
      batch.release()
    }
  }

  async function findRequestId(chunks: readonly Uint8Array[]): Promise<string> {
    const reader = createFirehoseBody({ maxRecords })
    for await (const chunk of await inflateBody(again(chunks), maxBodyBytes)) {
      for (const _ of reader.write(chunk));
    }
    reader.end()
    const requestId = checkRequestId(reader.requestId)
    if (requestId !== undefined) return requestId
    throw refusal(
      400,
      'there is no request id, neither in X-Amz-Firehose-Request-Id nor in the body',
    )
  }

  return async (request) => {
    if (isHealthCheck(request, healthPath)) return healthReply(request)
    const started = performance.now()
    const pending = admission.enter()
    const body = createBodyReader(request.body, {
      maxBodyBytes,
      hasDigest: replays !== undefined,
      admit: pending.hold,
    })
    const requestId = request.headers.get('x-amz-firehose-request-id') ?? ''
    const exchange: Exchange = { requestId, pending, body, ledger: emptyLedger(), bytesOut: 0 }
    let failure: Refusal | undefined
    try {
      await receive(request, exchange)
    } catch (error) {
      failure = toRefusal(error)
    } finally {
      pending.leave()
    }
    await body.drain()
    report({
      handler: 'firehose-endpoint',
      requestId: exchange.requestId,
      outcome: failure ? 'failed' : 'ok',
      ledger: exchange.ledger,
      bytesIn: body.bytes,
      bytesOut: exchange.bytesOut,
      milliseconds: performance.now() - started,
      ...(failure && { error: failure.message }),
    })
    return firehoseReply({ requestId: exchange.requestId, timestamp: clock(), failure })
  }
}

function isHealthCheck({ method, url }: Request, healthPath: string): boolean {
  return (method === 'GET' || method === 'HEAD') && new URL(url).pathname === healthPath
}

function healthReply({ method }: Request): Response {
  const headers = { 'content-type': 'text/plain', 'content-length': '2' }
  return new Response(method === 'HEAD' ? null : 'ok', { headers })
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const collected: Uint8Array[] = []
  for await (const chunk of chunks) collected.push(chunk)
  return collected
}

async function* again(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

function replaysOf(
  options: ReplayCacheOptions | false,
  clock: () => number,
): ReplayCache | undefined {
  if (options === false) return undefined
  limit('replayCache.entries', options.entries)
  limit('replayCache.milliseconds', options.milliseconds)
  return createReplayCache(options, clock)
}

function limit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw configurationError(`${name} must be a positive integer, not ${value}`)
}
