/** One record of a Firehose stream → what it becomes, whatever becomes of the others. */
import type { Ledger, Origin, Rejection, Transform, TransformResult } from '@flowlogs/core'
import type { Collector } from './collector.ts'
import { transformDelivery } from './delivery.ts'
import { hasPartitionKeys, type PartitionKeys, takePartitionKeys } from './partition-keys.ts'
import { answerBytes } from './transformation-budget.ts'
import { unwrapInto } from './unwrap.ts'

/** A record by itself: its events, and what they take of a reply. */
export interface FirehoseRecord {
  readonly result: Pick<TransformResult, 'ledger' | 'rejections'>
  /** One JSON document per line; overwritten by the next record if the transform reuses outputs. */
  readonly events: Uint8Array
  /** The keys of its first event, if the transform's mapping makes keys. */
  readonly keys?: PartitionKeys
  /** Whether it has events with different keys. */
  readonly isMixed: boolean
  /** What it adds to a reply. */
  readonly replyBytes: number
  readonly inflatedBytes: number
}

/** How records are read. */
export interface FirehoseRecordOptions {
  /** Is empty again after each record. */
  readonly collector: Collector
  readonly transform: Transform
  /** Whether a rejection becomes a document after the events of its record. */
  readonly emitsRejections: boolean
}

/** Opens and transforms a record; `data` is its bytes, or why there are none. */
export function toFirehoseRecord(
  { collector, transform, emitsRejections }: FirehoseRecordOptions,
  data: Uint8Array | Rejection,
  origin: Origin,
  maxInflatedBytes: number,
): FirehoseRecord {
  let inflatedBytes = 0
  if (data instanceof Uint8Array) {
    inflatedBytes = unwrapInto(collector, data, origin, maxInflatedBytes)
  } else collector.reject({ origin, isRecord: true, lines: 0 }, data)
  const result = transformDelivery(transform, collector.take())
  collector.release()
  const { events, keys, isMixed } = takePartitionKeys(result.output)
  const all = emitsRejections && events.length > 0 ? append(events, result.rejections) : events
  const replyBytes = answerBytes(all.length, keys)
  return { result, events: all, isMixed, replyBytes, inflatedBytes, ...(keys && { keys }) }
}

/** Records of one event each, from what they were transformed to together; `ledger` is that of each. */
export function toRecords(output: Uint8Array, ledger: Ledger): readonly FirehoseRecord[] {
  const records: FirehoseRecord[] = []
  const hasKeys = hasPartitionKeys(output)
  for (let at = 0; at < output.length; ) {
    const middle = hasKeys ? output.indexOf(newline, at) + 1 : at
    const end = output.indexOf(newline, middle) + 1
    const part = output.subarray(at, end)
    const partitioned = hasKeys ? takePartitionKeys(part) : { events: part, isMixed: false }
    records.push({
      ...partitioned,
      result: { ledger, rejections: [] },
      replyBytes: answerBytes(partitioned.events.length, partitioned.keys),
      inflatedBytes: 0,
    })
    at = end
  }
  return records
}

const newline = 10

function append(events: Uint8Array, rejections: readonly Rejection[]): Uint8Array {
  if (rejections.length === 0) return events
  const documents = rejections.map((rejection) => `${JSON.stringify(rejection)}\n`)
  return Buffer.concat([events, Buffer.from(documents.join(''))])
}
