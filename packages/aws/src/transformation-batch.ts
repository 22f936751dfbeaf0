/** The records of one event of Firehose → answers, and what has to go back into the stream. */
import {
  addLedger,
  emptyLedger,
  type Ledger,
  type Origin,
  type Rejection,
  type Transform,
} from '@flowlogs/core'
import type {
  FirehoseTransformationEvent,
  FirehoseTransformationEventRecord,
  FirehoseTransformationResultRecord,
} from 'aws-lambda'
import { createCollector } from './collector.ts'
import { decodeBase64, decodedLength } from './decode-base64.ts'
import { toJsonText } from './exact-json.ts'
import { type FirehoseRecord, toFirehoseRecord } from './firehose-record.ts'
import { createPlainRecords } from './plain-records.ts'
import { toBase64 } from './raw-text.ts'
import { splitRecord, type Weight } from './split-record.ts'
import { createTransformationBudget } from './transformation-budget.ts'

/** How the records of an event are transformed. */
export interface TransformationBatchOptions {
  readonly transform: Transform
  /** What every line inherits. */
  readonly origin: Origin
  /** Whether rejections become documents after the events of their record. */
  readonly emitsRejections: boolean
  /** Whether there is a way back into the stream. */
  readonly hasOverflow: boolean
  readonly maxResponseBytes: number
  readonly maxInflatedBytes: number
}

/** What became of an event so far. */
export interface TransformationBatch {
  /** One for each record, in order. */
  readonly answers: FirehoseTransformationResultRecord[]
  /** Of what was answered; lines that go back are not in it. */
  readonly ledger: Ledger
  /** Lines of which Firehose keeps no copy, since their records are answered with events. */
  readonly rejections: Rejection[]
  /** Records that are answered `Dropped` if all their parts find back. */
  readonly returns: ReturningRecord[]
  /** How many records failed although they hold events, by the reason. */
  readonly failures: Map<string, number>
  bytesIn: number
  bytesOut: number
}

/** A record that goes back, whole or in parts. */
interface ReturningRecord {
  /** Its place among the answers. */
  readonly index: number
  readonly parts: readonly Uint8Array[]
  /** That of the Kinesis stream which Firehose reads. */
  readonly partitionKey?: string
}

/** Transforms an event; its reply has at most `maxResponseBytes`. */
export function transformBatch(
  { records, region }: FirehoseTransformationEvent,
  options: TransformationBatchOptions,
): TransformationBatch {
  const { maxResponseBytes, maxInflatedBytes } = options
  const batch: TransformationBatch = {
    answers: [],
    ledger: emptyLedger(),
    rejections: [],
    returns: [],
    failures: new Map(),
    bytesIn: 0,
    bytesOut: 0,
  }
  const recordIds = records.map(({ recordId }) => recordId)
  const budget = createTransformationBudget(recordIds, maxResponseBytes)
  let inflatable = maxInflatedBytes
  const collector = createCollector()
  const reading = { ...options, collector }
  const readOf = (index: number): Read => {
    const origin = originAt(index)
    const limit = Math.min(inflatable, Math.floor(maxInflatedBytes / 4))
    return (data) => toFirehoseRecord(reading, data, origin, limit)
  }
  const originAt = (index: number) => originOf(records[index] as Incoming, region, options.origin)

  /** Answers a record, or sends it back; false when others that were read with it have to be read again. */
  function settle(index: number, found: FirehoseRecord, readAgain: Read): boolean {
    const record = records[index] as Incoming
    const { recordId } = record
    if (found.events.length === 0 || (!found.isMixed && budget.take(found.replyBytes))) {
      batch.answers.push(answerOf(recordId, found))
      addAccount(batch, found, options)
      return true
    }
    const data = dataOf(record)
    const canReturn = options.hasOverflow && data instanceof Uint8Array
    const parts = canReturn ? partsOf(data, found, readAgain, options, budget.capacity) : undefined
    batch.answers.push({ recordId, result: 'Dropped' })
    if (parts) batch.returns.push({ index, parts, ...partitionKeyOf(record) })
    else failRecord(batch, index, found.isMixed ? severalPartitions : tooManyEvents)
    return false
  }

  const { transform } = options
  const { kernel } = collector
  const transformPlain = createPlainRecords(records, { transform, originAt, kernel })
  while (batch.answers.length < records.length) {
    const index = batch.answers.length
    const plain = transformPlain(index)
    for (const [offset, found] of plain.entries()) {
      batch.bytesIn += decodedLength(records[index + offset]?.data ?? '')
      if (!settle(index + offset, found, readOf(index + offset))) break
    }
    if (plain.length > 0) continue
    const read = readOf(index)
    const data = dataOf(records[index] as Incoming)
    const found = read(data)
    inflatable -= found.inflatedBytes
    if (data instanceof Uint8Array) batch.bytesIn += data.length
    settle(index, found, read)
  }
  collector.release()
  return batch
}

type Incoming = FirehoseTransformationEventRecord

const severalPartitions = 'the events belong in several partitions'
const tooManyEvents = 'the events do not fit in the reply'

/** Answers a record that holds events with `ProcessingFailed`, so that Firehose keeps its bytes. */
export function failRecord(batch: TransformationBatch, index: number, reason: string): void {
  const { recordId = '' } = batch.answers[index] ?? {}
  batch.answers[index] = { recordId, result: 'ProcessingFailed' }
  batch.failures.set(reason, (batch.failures.get(reason) ?? 0) + 1)
  addLedger(batch.ledger, tooLarge)
}

const tooLarge: Ledger = {
  ...emptyLedger(),
  lines: 1,
  rejected: 1,
  rejections: { too_large: 1 },
  lanes: { envelope: 1 },
}

/** Opens and transforms a record, or a piece of one. */
type Read = (data: Uint8Array | Rejection) => FirehoseRecord

/**
 * What goes back in place of a record. It goes whole only where it would have fitted in a reply of
 * its own, so that something else was answered; otherwise in parts of fewer lines. So nothing can
 * go round for ever. Undefined for a line that is too much by itself.
 */
function partsOf(
  data: Uint8Array,
  { isMixed, replyBytes }: FirehoseRecord,
  read: Read,
  { maxResponseBytes, maxInflatedBytes }: TransformationBatchOptions,
  capacity: number,
): readonly Uint8Array[] | undefined {
  // A large record would rarely find room behind others.
  const maxBytes = Math.floor(maxResponseBytes / 4)
  const canStayWhole = !isMixed && replyBytes <= capacity
  if (canStayWhole && replyBytes <= maxBytes) return [data]
  const weigh = (piece: Uint8Array): Weight => {
    const { events, keys, isMixed: isPieceMixed, result, replyBytes: bytes } = read(piece)
    const { lines, header } = result.ledger
    if (events.length === 0) return { bytes: 0, lines, headers: header }
    // What cannot be divided by keys does not stay with what can.
    const group = JSON.stringify([keys, isPieceMixed])
    return { group, bytes, lines, headers: header }
  }
  return (
    splitRecord(data, { weigh, maxBytes, maxInflatedBytes }) ?? (canStayWhole ? [data] : undefined)
  )
}

function answerOf(
  recordId: string,
  { events, keys, result }: FirehoseRecord,
): FirehoseTransformationResultRecord {
  if (events.length > 0) {
    const metadata = keys && { metadata: { partitionKeys: { ...keys } } }
    return { recordId, result: 'Ok', data: toBase64(events), ...metadata }
  }
  return { recordId, result: result.rejections.length > 0 ? 'ProcessingFailed' : 'Dropped' }
}

function addAccount(
  batch: TransformationBatch,
  { events, result }: FirehoseRecord,
  { emitsRejections }: TransformationBatchOptions,
): void {
  addLedger(batch.ledger, result.ledger)
  batch.bytesOut += events.length
  if (events.length === 0 || emitsRejections) return
  for (const rejection of result.rejections) batch.rejections.push(rejection)
}

function dataOf(record: FirehoseTransformationEventRecord): Uint8Array | Rejection {
  const data: unknown = record.data
  if (typeof data !== 'string') return { code: 'unknown_shape', line: toJsonText(record) ?? '' }
  return decodeBase64(data) ?? { code: 'bad_base64', line: data }
}

/** The record id stands for the request, since it stays the same when Firehose tries again. */
function originOf(
  { recordId, approximateArrivalTimestamp: timestamp }: FirehoseTransformationEventRecord,
  region: string,
  origin: Origin,
): Origin {
  return {
    region,
    ...(typeof timestamp === 'number' && { timestamp }),
    ...origin,
    requestId: recordId,
  }
}

function partitionKeyOf({
  kinesisRecordMetadata,
}: FirehoseTransformationEventRecord): Pick<ReturningRecord, 'partitionKey'> {
  const partitionKey = kinesisRecordMetadata?.partitionKey
  return partitionKey === undefined ? {} : { partitionKey }
}
