/** Stores events in Splunk through its HTTP Event Collector. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { configurationError } from '@flowlogs/core'
import { createSink, type Refusal, type SinkOptions, type Stored } from './create-sink.ts'
import { type DeliveryError, deliveryError } from './delivery-error.ts'
import { type HecOutcome, toHecOutcome, toTrouble } from './hec-reply.ts'
import { createHecRequest, type EventRange, type HecMetadata } from './hec-request.ts'
import { createInFlight } from './in-flight.ts'
import { createMetrics } from './metrics.ts'
import { createRetry, type RetryOptions } from './retry.ts'
import type { IndexedOutput, Sink } from './sink.ts'
import {
  type AcknowledgementOptions,
  type AcknowledgementTicket,
  createAcknowledgement,
} from './splunk-acknowledgement.ts'
import { createSplunkConnection, type SplunkConnectionOptions } from './splunk-connection.ts'

/** Which collector, what Splunk is to know about the events, and how to send. */
export interface SplunkSinkOptions extends SplunkConnectionOptions, HecMetadata, SinkOptions {
  /**
   * Whether to wait until events are indexed: for tokens with indexer acknowledgement, and only for
   * those. Default false.
   */
  readonly acknowledgement?: boolean | AcknowledgementOptions
  /** Bytes of the largest request before compression, up to 5,000,000. Default 1,000,000. */
  readonly maxRequestBytes?: number
  /** Whether to compress requests. Default true. */
  readonly gzip?: boolean
  /** How long to try. With acknowledgement the deadline is 900,000 by default. */
  readonly retry?: RetryOptions
}

/** Builds the sink. Its batches are of plain events: it makes Splunk's envelopes itself. */
export function createSplunkSink(options: SplunkSinkOptions): Sink {
  const { maxRequestBytes = 1_000_000, acknowledgement = false } = options
  if (!(maxRequestBytes > 0 && maxRequestBytes <= splunkCloudLimit)) {
    throw configurationError(
      `requests to Splunk have 1 to ${splunkCloudLimit} bytes, not ${maxRequestBytes}`,
    )
  }
  const metrics = createMetrics('splunk')
  const connection = createSplunkConnection(options, metrics)
  const acks = acknowledgement
    ? createAcknowledgement(acknowledgement === true ? {} : acknowledgement, connection)
    : undefined
  const retry = createRetry(acks ? { deadline: 900_000, ...options.retry } : options.retry)
  const hec = createHecRequest(options)
  const isCompressed = options.gzip ?? true
  const eventHeaders = {
    ...(isCompressed && { 'content-encoding': 'gzip' }),
    ...acks?.headers,
  }
  // A body is made when it is its turn, so that few are in memory.
  const turns = createInFlight(options.http?.concurrency ?? 4)

  async function store(batch: IndexedOutput, stop: AbortSignal): Promise<Stored> {
    const failure = new AbortController()
    const signal = AbortSignal.any([failure.signal, stop])
    const parts = hec.parts(batch, maxRequestBytes).map(async (part) => {
      try {
        return await storePart(batch, part, signal)
      } catch (error) {
        failure.abort(error)
        throw error
      }
    })
    // As long as one of them goes on, it reads the bytes of the batch.
    await Promise.allSettled(parts)
    return toStored(await Promise.all(parts))
  }

  async function storePart(
    batch: IndexedOutput,
    part: EventRange,
    failure: AbortSignal,
  ): Promise<Stored> {
    const refused: Refusal[] = []
    let rest = [part]
    let sent = 0
    await retry<undefined>(async (signal) => {
      for (let range = rest[0]; range; range = rest[0]) {
        sent += range.to - range.from
        const outcome = await send(batch, range, signal)
        if (outcome.kind === 'stopped') throw outcome.error
        if (outcome.kind === 'refused') {
          refused.push({ index: range.from + outcome.taken, ...outcome.reason })
        }
        rest = [...undecided(range, outcome), ...rest.slice(1)]
        if (outcome.kind === 'again') return outcome.why
      }
      return { done: undefined }
    }, failure)
    const count = part.to - part.from
    return { accepted: count - refused.length, duplicates: 0, retried: sent - count, refused }
  }

  async function send(
    batch: IndexedOutput,
    range: EventRange,
    signal: AbortSignal,
  ): Promise<HecOutcome> {
    const release = await turns.acquire(1, signal)
    let ticket: AcknowledgementTicket | undefined
    let outcome: HecOutcome
    try {
      const plain = hec.body(batch, range)
      const body = isCompressed ? await compress(plain, { level: 1 }) : plain
      ticket = acks?.begin()
      const reply = await connection.send(
        { endpoint: 'event', headers: eventHeaders, body },
        signal,
      )
      outcome = toHecOutcome(reply, range.to - range.from)
    } finally {
      release()
    }
    if (!acks || !ticket || outcome.kind !== 'taken') return outcome
    if (outcome.ackId === undefined) return { kind: 'stopped', error: withoutNumber() }
    const why = await acks.wait(ticket, outcome.ackId, signal)
    return why === undefined ? outcome : { kind: 'again', taken: 0, why: { again: why } }
  }

  /** What of a range is still to be sent. */
  function undecided({ from, to }: EventRange, outcome: HecOutcome): EventRange[] {
    if (outcome.kind === 'taken' || outcome.kind === 'stopped') return []
    if (outcome.kind === 'unclear') {
      const middle = (from + to) >> 1
      return [
        { from, to: middle },
        { from: middle, to },
      ]
    }
    const next = from + outcome.taken
    const isRefused = outcome.kind === 'refused'
    // What was taken of a request that was cut short will never be acknowledged.
    const ranges = acks && !isRefused ? [{ from, to }] : [{ from: next + (isRefused ? 1 : 0), to }]
    if (acks && isRefused) ranges.unshift({ from, to: next })
    return ranges.filter((range) => range.to > range.from)
  }

  async function check(signal: AbortSignal): Promise<void> {
    const trouble = toTrouble(await connection.send({ endpoint: 'health' }, signal))
    if (trouble !== undefined) throw new Error(trouble)
  }

  return createSink({ name: 'splunk', store, check, close: connection.close }, options, metrics)
}

const compress = promisify(gzip)

// Splunk Cloud calls the first event of a larger request bad, whatever it is.
const splunkCloudLimit = 5_000_000

function withoutNumber(): DeliveryError {
  const advice = 'enable it for the token, or leave `acknowledgement` out'
  return deliveryError('refused', `Splunk gives no numbers for indexer acknowledgement: ${advice}`)
}

function toStored(parts: readonly Stored[]): Stored {
  return {
    accepted: parts.reduce((sum, { accepted }) => sum + accepted, 0),
    duplicates: 0,
    retried: parts.reduce((sum, { retried }) => sum + retried, 0),
    refused: parts.flatMap(({ refused }) => refused),
  }
}
