/** Stores events in OpenSearch or Elasticsearch by `_bulk`, each once by its id. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { configurationError } from '@flowlogs/core'
import { type BulkOutcome, replyFields, toBulkOutcome } from './bulk-reply.ts'
import { createBulkRequest } from './bulk-request.ts'
import { createSink, type SinkOptions, type Stored } from './create-sink.ts'
import { createInFlight } from './in-flight.ts'
import { createMetrics } from './metrics.ts'
import {
  createOpenSearchConnection,
  type OpenSearchConnectionOptions,
} from './opensearch-connection.ts'
import { checkIndexName } from './opensearch-index-name.ts'
import { createRetry, type RetryOptions } from './retry.ts'
import type { IndexedOutput, Sink } from './sink.ts'

/** Which server and index, and how to send. */
export interface OpenSearchSinkOptions extends OpenSearchConnectionOptions, SinkOptions {
  /** The name of an index, an alias or a data stream. */
  readonly index: string
  /** Bytes of the largest request before compression. Default 8 MiB: small AWS domains take 10. */
  readonly maxRequestBytes?: number
  /** Whether to compress requests. Default true. */
  readonly gzip?: boolean
  /**
   * A field to put into each document, with the time of the event in Unix milliseconds: the data
   * streams of Elasticsearch need `@timestamp`. Default: none, since events have their own `time`.
   */
  readonly timestampField?: string
  /**
   * Whether to let the server make up ids: collections of OpenSearch Serverless for time series take
   * no others. An event that is sent twice is stored twice then. Default false.
   */
  readonly omitIds?: boolean
  readonly retry?: RetryOptions
}

/** Builds the sink. */
export function createOpenSearchSink(options: OpenSearchSinkOptions): Sink {
  const { index, maxRequestBytes = 8 * 1024 * 1024, omitIds = false, timestampField } = options
  checkIndexName(index)
  if (!(maxRequestBytes > 0)) throw configurationError(`requests of ${maxRequestBytes} bytes`)
  const metrics = createMetrics('opensearch')
  const connection = createOpenSearchConnection(options, metrics)
  const retry = createRetry(options.retry)
  const bulk = createBulkRequest({ omitIds, timestampField })
  // A body is made when it is its turn, so that few are in memory.
  const turns = createInFlight(options.http?.concurrency ?? 4)
  const isCompressed = options.gzip ?? true
  const request = {
    method: 'POST' as const,
    path: `/${index}/_bulk?filter_path=${fields}`,
    headers: {
      'content-type': 'application/x-ndjson',
      ...(isCompressed && { 'content-encoding': 'gzip' }),
    },
  }

  async function store(batch: IndexedOutput, stop: AbortSignal): Promise<Stored> {
    const failure = new AbortController()
    const signal = AbortSignal.any([failure.signal, stop])
    const parts = bulk.parts(batch, maxRequestBytes).map(async (part) => {
      try {
        return await storePart(batch, part, signal)
      } catch (error) {
        failure.abort(error)
        throw error
      }
    })
    // As long as one of them goes on, it reads the bytes of the batch.
    await Promise.allSettled(parts)
    return toStored((await Promise.all(parts)).flat())
  }

  function storePart(
    batch: IndexedOutput,
    part: readonly number[],
    failure: AbortSignal,
  ): Promise<BulkOutcome[]> {
    const outcomes: BulkOutcome[] = []
    let rest = part
    return retry(async (signal) => {
      const latest = await attempt(batch, rest, signal)
      outcomes.push(...latest)
      rest = latest.flatMap(({ undecided }) => undecided)
      return latest.find(({ why }) => why)?.why ?? { done: outcomes }
    }, failure)
  }

  async function attempt(
    batch: IndexedOutput,
    indexes: readonly number[],
    signal: AbortSignal,
  ): Promise<BulkOutcome[]> {
    const outcome = await send(batch, indexes, signal)
    if (outcome !== 'too large') return [outcome]
    const middle = indexes.length >> 1
    return [
      ...(await attempt(batch, indexes.slice(0, middle), signal)),
      ...(await attempt(batch, indexes.slice(middle), signal)),
    ]
  }

  async function send(
    batch: IndexedOutput,
    indexes: readonly number[],
    signal: AbortSignal,
  ): Promise<BulkOutcome | 'too large'> {
    const release = await turns.acquire(1, signal)
    try {
      const plain = bulk.body(batch, indexes)
      const body = isCompressed ? await compress(plain, { level: 1 }) : plain
      const reply = await connection.send({ ...request, body }, signal)
      return toBulkOutcome(reply, indexes, omitIds ? undefined : batch.events.ids)
    } finally {
      release()
    }
  }

  async function check(signal: AbortSignal): Promise<void> {
    const reply = await connection.send({ method: 'HEAD', path: `/${index}` }, signal)
    // The index may come with its first event, and an account that may only write sees no index.
    if ('failure' in reply) throw new Error(`${reply.failure}: ${reply.message}`)
    const { status } = reply
    if (status >= 400 && status !== 403 && status !== 404) {
      throw new Error(`the server answered ${status}`)
    }
  }

  return createSink({ name: 'opensearch', store, check, close: connection.close }, options, metrics)
}

const compress = promisify(gzip)

// A signature is made of the query as it is decoded and encoded again; this way nothing changes.
const fields = encodeURIComponent(replyFields.join(',')).replaceAll('*', '%2A')

function toStored(outcomes: readonly BulkOutcome[]): Stored {
  const sum = (of: (outcome: BulkOutcome) => number) =>
    outcomes.reduce((so, outcome) => so + of(outcome), 0)
  return {
    accepted: sum(({ accepted }) => accepted),
    duplicates: sum(({ duplicates }) => duplicates),
    retried: sum(({ undecided }) => undecided.length),
    refused: outcomes.flatMap(({ refused }) => refused),
  }
}
