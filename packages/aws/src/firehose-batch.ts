/** Records of one Firehose request → batches of a bounded size. */
import type { Origin, Transform, TransformResult } from '@flowlogs/core'
import { createCollector } from './collector.ts'
import type { FirehoseRecord } from './firehose-body.ts'
import { transformParts } from './transform-parts.ts'
import { unwrapInto } from './unwrap.ts'

/** Gathers records. */
export interface FirehoseBatch {
  add(record: FirehoseRecord): void
  /** Bytes of records, inflated, that are still wanted. */
  room(): number
  /** Whether nothing was gathered since the last time. */
  isEmpty(): boolean
  /** Transforms what was gathered since the last time; in several results if a record is large. */
  take(): Iterable<TransformResult>
}

/** How much is gathered. */
export interface FirehoseBatchOptions {
  readonly transform: Transform
  /** What is known of every line. */
  readonly origin: Origin
  /** Bytes of records, inflated, that make a batch full. */
  readonly maxBatchBytes: number
  /** Bytes that all records may inflate to. */
  readonly maxInflatedBytes: number
}

const maxInflatedRecordBytes = 64 * 1024 * 1024

/** Builds an empty batch; its records are numbered on when it is taken. */
export function createFirehoseBatch(options: FirehoseBatchOptions): FirehoseBatch {
  const { transform, origin: shared, maxBatchBytes, maxInflatedBytes } = options
  const collector = createCollector()
  let remaining = maxInflatedBytes
  let records = 0
  let bytes = 0
  let isEmpty = true

  return {
    add(record) {
      isEmpty = false
      if ('lines' in record) {
        const { lines, records: count } = record
        const input = { origin: shared, isRecord: true, lines: 0 }
        collector.addRecords(input, lines, count, records)
        records += count
        bytes += record.bytes
        return
      }
      const origin = { ...shared, record: records++ }
      if (!(record instanceof Uint8Array)) {
        collector.reject({ origin, isRecord: true, lines: 0 }, record)
        bytes += record.line.length
        return
      }
      bytes += record.length
      const limit = Math.min(remaining, maxInflatedRecordBytes)
      const inflated = unwrapInto(collector, record, origin, limit)
      remaining -= inflated
      bytes += inflated
    },
    room: () => maxBatchBytes - bytes,
    isEmpty: () => isEmpty,
    *take() {
      bytes = 0
      isEmpty = true
      yield* transformParts(transform, collector.take(), maxBatchBytes)
      collector.release()
    },
  }
}
