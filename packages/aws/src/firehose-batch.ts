/** Records of one Firehose request → batches of a bounded size. */
import type { Origin, Transform, TransformResult } from '@flowlogs/core'
import { createCollector } from './collector.ts'
import type { EnvelopeKernel } from './envelope-kernel.ts'
import type { FirehoseRecord } from './firehose-body.ts'
import { isGzip, saidLength } from './gunzip.ts'
import { inflateTogether } from './inflate-together.ts'
import { transformParts } from './transform-parts.ts'
import { unwrapInto } from './unwrap.ts'

/** Gathers records. */
export interface FirehoseBatch {
  add(record: FirehoseRecord): void
  /** Bytes of records, inflated, that are still wanted. */
  room(): number
  /** What takes records that are to be added. */
  kernel(): EnvelopeKernel | undefined
  /** Whether nothing was gathered since the last time. */
  isEmpty(): boolean
  /** Transforms what was gathered since the last time; in several results if a record is large. */
  take(): Iterable<TransformResult>
  /** Lets go of what was gathered. */
  release(): void
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
  /** Records from the first small compressed one on: such records are inflated together. */
  let waiting: Waiting[] = []

  /** Opens a record; returns how many bytes it has, inflated. `content` is what it inflates to, if known. */
  function open(record: FirehoseRecord, content?: Uint8Array): number {
    const size = sizeOf(record)
    if ('lines' in record) {
      const { lines, records: count } = record
      const input = { origin: shared, isRecord: true, lines: 0 }
      collector.addRecords(input, lines, count, records)
      records += count
      return size
    }
    const origin = { ...shared, record: records++ }
    if (!(record instanceof Uint8Array)) {
      collector.reject({ origin, isRecord: true, lines: 0 }, record)
      return size
    }
    const limit = Math.min(remaining, maxInflatedRecordBytes)
    const inflated = unwrapInto(collector, record, origin, limit, content)
    remaining -= inflated
    return size + inflated
  }

  /** Opens what waits, each when it is asked for. */
  function* openWaiting(): Generator<number, void, undefined> {
    const opened = waiting
    waiting = []
    const small = opened.flatMap(({ compressed }) => compressed ?? [])
    const limit = Math.min(remaining, 2 * maxBatchBytes)
    const inflated = small.length > 1 ? inflateTogether(small, limit) : undefined
    const contents = inflated?.contents.values()
    for (const { record, compressed } of opened) {
      yield open(record, compressed && contents?.next().value)
    }
    if (inflated) collector.own(inflated.memory)
  }

  function isSmall(record: Uint8Array): boolean {
    const length = isGzip(record) ? saidLength(record) : 0
    return length > 0 && length <= Math.min(maxBatchBytes, remaining)
  }

  function* settle(): Generator<TransformResult, void, undefined> {
    yield* transformParts(transform, collector.take(), maxBatchBytes)
    collector.release()
  }

  return {
    add(record) {
      isEmpty = false
      const compressed = record instanceof Uint8Array && isSmall(record) ? record : undefined
      if (waiting.length === 0 && !compressed) bytes += open(record)
      else {
        // The collector may be released before it is their turn.
        const kept = 'lines' in record ? { ...record, lines: record.lines.slice() } : record
        waiting.push({ record: kept, compressed })
        bytes += sizeOf(record) + (compressed ? saidLength(compressed) : 0)
      }
    },
    room: () => maxBatchBytes - bytes,
    kernel: collector.kernel,
    isEmpty: () => isEmpty,
    *take() {
      bytes = 0
      isEmpty = true
      let opened = 0
      for (const size of openWaiting()) {
        opened += size
        // Records can be larger than they say.
        if (opened <= 2 * maxBatchBytes) continue
        yield* settle()
        opened = 0
      }
      yield* settle()
    },
    release: collector.release,
  }
}

/** A record that is not yet opened. */
interface Waiting {
  readonly record: FirehoseRecord
  /** The record, if it is to be inflated together with others. */
  readonly compressed: Uint8Array | undefined
}

/** Bytes of a record as it came. */
function sizeOf(record: FirehoseRecord): number {
  if ('lines' in record) return record.bytes
  return record instanceof Uint8Array ? record.length : record.line.length
}
