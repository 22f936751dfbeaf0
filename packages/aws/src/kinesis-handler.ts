/**
 * A Lambda function behind a Kinesis event source mapping that reports batch item failures, as
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html has it.
 */
import { addLedger, emptyLedger, type Origin, type Transform } from '@flowlogs/core'
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { decodeBase64 } from './decode-base64.ts'
import type { Deliver } from './deliver.ts'
import { describeError } from './describe-error.ts'
import { toJsonText } from './exact-json.ts'
import {
  type KinesisLimits,
  type KinesisRecord,
  toKinesisLimits,
  transformKinesisRecords,
} from './kinesis-records.ts'
import { isObject } from './open-envelope.ts'
import { createTelemetry, type TelemetryOptions } from './telemetry.ts'
import { type WithLedger, withLedger } from './with-ledger.ts'

/** How the function transforms and stores. */
export interface KinesisHandlerOptions extends KinesisLimits, TelemetryOptions {
  readonly transform: Transform
  /** Called once per batch, in the order of the records, also when their lines gave no output. */
  readonly deliver: Deliver
  /** What every line inherits; an envelope that knows better wins. Default: the stream's region. */
  readonly origin?: Origin
}

/**
 * Builds the function. A batch that `deliver` does not store makes Lambda bring its records and
 * those after them again, and only those. What cannot be opened is among the batch's rejections.
 * The reply's ledger, which AWS does not see, is that of the lines that were stored.
 */
export function createKinesisHandler(
  options: KinesisHandlerOptions,
): (event: KinesisStreamEvent) => Promise<WithLedger<KinesisStreamBatchResponse>> {
  const { transform, deliver, origin = {} } = options
  const limits = toKinesisLimits(options)
  const tell = createTelemetry(options)

  return async (event) => {
    const started = performance.now()
    const records = recordsOf(event)
    const ledger = emptyLedger()
    let bytesIn = 0
    let bytesOut = 0
    let stored = 0

    function finish(failure?: { readonly error: unknown }): void {
      tell({
        handler: 'kinesis',
        outcome: !failure ? 'ok' : stored > 0 ? 'partial' : 'failed',
        ledger,
        bytesIn,
        bytesOut,
        milliseconds: performance.now() - started,
        ...(failure && { error: describeError(failure.error) }),
      })
    }

    try {
      for (const batch of transformKinesisRecords(transform, decode(records, origin), limits)) {
        await deliver(batch.result)
        addLedger(ledger, batch.result.ledger)
        bytesIn += batch.bytes
        bytesOut += batch.result.output.length
        stored += batch.records
      }
    } catch (error) {
      finish({ error })
      const itemIdentifier = sequenceNumberOf(records[stored])
      // Without a number to go on from, Lambda has to bring the whole event again.
      if (itemIdentifier === undefined) throw error
      return withLedger({ batchItemFailures: [{ itemIdentifier }] }, ledger)
    }
    finish()
    return withLedger({ batchItemFailures: [] }, ledger)
  }
}

/** An event that is none of Kinesis's is one record that cannot be opened. */
function recordsOf(event: unknown): readonly unknown[] {
  return isObject(event) && Array.isArray(event.Records) ? event.Records : [event]
}

function* decode(records: readonly unknown[], shared: Origin): Generator<KinesisRecord> {
  for (const record of records) yield decodeRecord(record, shared)
}

function decodeRecord(record: unknown, shared: Origin): KinesisRecord {
  const { kinesis, eventID, awsRegion } = isObject(record) ? record : {}
  const { data, approximateArrivalTimestamp: arrival } = isObject(kinesis) ? kinesis : {}
  const origin = {
    ...(typeof awsRegion === 'string' && { region: awsRegion }),
    ...shared,
    // Seconds with a fraction.
    ...(typeof arrival === 'number' && { timestamp: Math.round(arrival * 1000) }),
    ...(typeof eventID === 'string' && { requestId: eventID }),
  }
  if (typeof data !== 'string') {
    return { origin, data: { code: 'unknown_shape', line: toJsonText(record) ?? '' } }
  }
  return { origin, data: decodeBase64(data) ?? { code: 'bad_base64', line: data } }
}

function sequenceNumberOf(record: unknown): string | undefined {
  const { kinesis } = isObject(record) ? record : {}
  const { sequenceNumber } = isObject(kinesis) ? kinesis : {}
  return typeof sequenceNumber === 'string' && sequenceNumber !== '' ? sequenceNumber : undefined
}
