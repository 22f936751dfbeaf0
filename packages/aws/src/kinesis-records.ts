/** Records of a Kinesis stream → results, in bounded batches; the same for Lambda and for polling. */
import type { Origin, Rejection, Transform, TransformResult } from '@flowlogs/core'
import { type Collector, createCollector } from './collector.ts'
import { transformDelivery } from './delivery.ts'
import { isKplRecord, parseKplRecord } from './kpl-records.ts'
import { positiveInteger } from './positive-integer.ts'
import { toBase64 } from './raw-text.ts'
import { unwrapInto } from './unwrap.ts'

/** One record of a stream: its data, or why there is none. */
export interface KinesisRecord {
  /**
   * The request id is `shardId:sequenceNumber`, which stays the same however often the record is
   * delivered and however it is batched, so that ids do; an index in an event would not.
   */
  readonly origin: Origin
  readonly data: Uint8Array | Rejection
}

/** How much is worked on at once. */
export interface KinesisLimits {
  /**
   * Bytes of lines after which a batch is delivered; it is longer by what the last record holds.
   * Default 512 KiB.
   */
  readonly maxBatchBytes?: number
  /** Bytes that one record may inflate to; beyond, it is rejected as `too_large`. Default 64 MiB. */
  readonly maxInflatedBytes?: number
}

/** What became of some records that follow each other. */
export interface KinesisBatch {
  readonly result: TransformResult
  /** How many records it took. */
  readonly records: number
  /** Bytes of data that these records carried. */
  readonly bytes: number
}

const mebibyte = 1024 * 1024

/** Fills in the defaults. Throws when a limit is no positive integer. */
export function toKinesisLimits(options: KinesisLimits): Required<KinesisLimits> {
  const { maxBatchBytes = mebibyte / 2, maxInflatedBytes = 64 * mebibyte } = options
  return {
    maxBatchBytes: positiveInteger('maxBatchBytes', maxBatchBytes),
    maxInflatedBytes: positiveInteger('maxInflatedBytes', maxInflatedBytes),
  }
}

/** Transforms records in order. The next batch is begun when it is asked for. */
export function* transformKinesisRecords(
  transform: Transform,
  records: Iterable<KinesisRecord>,
  { maxBatchBytes, maxInflatedBytes }: Required<KinesisLimits>,
): Generator<KinesisBatch, void, undefined> {
  const collector = createCollector()
  let taken = 0
  let bytes = 0

  function settle(): KinesisBatch {
    const batch = {
      result: transformDelivery(transform, collector.take()),
      records: taken,
      bytes,
    }
    collector.release()
    taken = 0
    bytes = 0
    return batch
  }

  for (const record of records) {
    openRecord(collector, record, maxInflatedBytes)
    taken++
    if (record.data instanceof Uint8Array) bytes += record.data.length
    if (collector.bytes >= maxBatchBytes) yield settle()
  }
  if (taken > 0) yield settle()
}

function openRecord(
  collector: Collector,
  { origin, data }: KinesisRecord,
  maxInflatedBytes: number,
): void {
  if (!(data instanceof Uint8Array)) return reject(collector, origin, data)
  if (!isKplRecord(data)) {
    unwrapInto(collector, data, origin, maxInflatedBytes)
    return
  }
  const packed = parseKplRecord(data)
  if (!packed) return reject(collector, origin, { code: 'unknown_shape', line: toBase64(data) })
  let remaining = maxInflatedBytes
  for (const [index, each] of packed.entries()) {
    remaining -= unwrapInto(collector, each, { ...origin, record: index }, remaining)
  }
}

function reject(collector: Collector, origin: Origin, rejection: Rejection): void {
  collector.reject({ origin, isRecord: true, lines: 0 }, rejection)
}
