/**
 * A Lambda function that transforms the records of a Firehose stream, as
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html has it.
 */
import {
  configurationError,
  emptyLedger,
  type Origin,
  type Rejection,
  type Transform,
} from '@flowlogs/core'
import type { Context, FirehoseTransformationEvent, FirehoseTransformationResult } from 'aws-lambda'
import { describeError } from './describe-error.ts'
import type { Overflow } from './overflow.ts'
import { positiveInteger } from './positive-integer.ts'
import { printJson } from './print-json.ts'
import { createTelemetry, type TelemetryOptions } from './telemetry.ts'
import { failRecord, type TransformationBatch, transformBatch } from './transformation-batch.ts'
import { type WithLedger, withLedger } from './with-ledger.ts'

/** How the function transforms, and where goes what it cannot answer. */
export interface FirehoseTransformationOptions extends TelemetryOptions {
  /** Its mapping may come from `partitionMapping`; the records then get partition keys. */
  readonly transform: Transform
  /**
   * Brings back what does not fit in one reply. Without it, such records are failed, and Firehose
   * writes them to its error prefix.
   */
  readonly overflow?: Overflow
  /**
   * Where rejected lines go that came in one record with events: `log`, the default, writes each as
   * one line of JSON to standard output; `emit` writes them as documents after the events; a
   * function stores them, and if it fails they are logged. Records without an event need none of it.
   */
  readonly rejections?: 'log' | 'emit' | ((rejections: readonly Rejection[]) => Promise<unknown>)
  /** What every line inherits; an envelope that knows better wins. Default: the stream's region. */
  readonly origin?: Origin
  /** Bytes of a reply. Default 6,000,000; Lambda takes 6,291,556. */
  readonly maxResponseBytes?: number
  /**
   * Bytes that the records of one event may inflate to together, 128 MiB by default; one record may
   * take a quarter of it. A record beyond is failed.
   */
  readonly maxInflatedBytes?: number
}

/** The function; of Lambda's context, it asks how much time is left. */
export type FirehoseTransformation = (
  event: FirehoseTransformationEvent,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<WithLedger<FirehoseTransformationResult>>

// 6 MiB and 100 bytes, as the runtime says when it refuses more.
const lambdaLimit = 6_291_556
const mebibyte = 1024 * 1024
/** Milliseconds that are left when nobody tells. */
const defaultTime = 30_000
/** The share of the time left in which overflow has to be done; the reply needs the rest. */
const timeShare = 0.8

/**
 * Builds the function. A record is answered `Ok` with its events, `Dropped` when it holds nothing
 * to emit or went back by `overflow`, and `ProcessingFailed` when no line of it became an event and
 * some were rejected, or when its events fit nowhere. It never throws on data. The reply's ledger,
 * which AWS does not see, leaves out the lines that went back; a record whose events fit nowhere
 * counts in it as one line, `too_large`.
 */
export function createFirehoseTransformation(
  options: FirehoseTransformationOptions,
): FirehoseTransformation {
  const { overflow, rejections = 'log' } = options
  if (rejections !== 'log' && rejections !== 'emit' && typeof rejections !== 'function') {
    throw configurationError(`rejections must be 'log', 'emit' or a function, not ${rejections}`)
  }
  const batchOptions = {
    transform: options.transform,
    origin: options.origin ?? {},
    emitsRejections: rejections === 'emit',
    hasOverflow: overflow !== undefined,
    maxResponseBytes: positiveInteger(
      'maxResponseBytes',
      options.maxResponseBytes ?? 6_000_000,
      lambdaLimit,
    ),
    maxInflatedBytes: positiveInteger(
      'maxInflatedBytes',
      options.maxInflatedBytes ?? 128 * mebibyte,
    ),
  }
  const tell = createTelemetry(options)

  return async (event, context) => {
    const started = performance.now()
    let batch: TransformationBatch | undefined
    let problem: string | undefined

    function finish(outcome: 'ok' | 'partial' | 'failed', error?: string): void {
      tell({
        handler: 'firehose-transformation',
        requestId: event.invocationId,
        outcome,
        ledger: batch?.ledger ?? emptyLedger(),
        bytesIn: batch?.bytesIn ?? 0,
        bytesOut: batch?.bytesOut ?? 0,
        milliseconds: performance.now() - started,
        ...(error !== undefined && { error }),
      })
    }

    try {
      batch = transformBatch(event, batchOptions)
      if (overflow) await putBack(batch, overflow, context)
      problem = await keepRejections(batch.rejections, rejections)
    } catch (error) {
      finish('failed', describeError(error))
      throw error
    }
    const problems = [...batch.failures].map(([reason, records]) => `${records} failed: ${reason}`)
    if (problem !== undefined) problems.push(problem)
    if (problems.length === 0) finish('ok')
    else finish('partial', problems.join('; '))
    return withLedger({ records: batch.answers }, batch.ledger)
  }
}

/** Brings back what did not fit; a record of which a part was not taken is failed. */
async function putBack(
  batch: TransformationBatch,
  overflow: Overflow,
  context: Parameters<FirehoseTransformation>[1],
): Promise<void> {
  const parts = batch.returns.flatMap(({ index, parts, partitionKey }) =>
    parts.map((data) => ({ index, data, ...(partitionKey !== undefined && { partitionKey }) })),
  )
  if (parts.length === 0) return
  const milliseconds = (context?.getRemainingTimeInMillis() ?? defaultTime) * timeShare
  const signal = AbortSignal.timeout(Math.max(0, Math.floor(milliseconds)))
  const failed = new Map<number, string>()
  try {
    const records = parts.map(({ index: _, ...record }) => record)
    for (const { index, reason } of await overflow(records, signal)) {
      const part = parts[index]
      if (part) failed.set(part.index, reason)
    }
  } catch (error) {
    for (const { index } of parts) failed.set(index, describeError(error))
  }
  for (const [index, reason] of failed) failRecord(batch, index, `not put back: ${reason}`)
}

/** Whatever happens, a rejected line is somewhere afterwards; resolves to what went wrong. */
async function keepRejections(
  rejections: readonly Rejection[],
  keep: FirehoseTransformationOptions['rejections'],
): Promise<string | undefined> {
  let problem: string | undefined
  if (rejections.length > 0 && typeof keep === 'function') {
    try {
      await keep(rejections)
      return undefined
    } catch (error) {
      problem = `rejections are logged, not stored: ${describeError(error)}`
    }
  }
  for (const rejection of rejections) {
    printJson({ message: 'flowlogs rejection', ...rejection })
  }
  return problem
}
