/** The window of the kernel on a stream of records. */
import type { ByteQueue } from './byte-queue.ts'
import type { EnvelopeKernel } from './envelope-kernel.ts'

/** Records next to each other, of one line each. */
export interface PlainRecords {
  /** Good until the kernel is released. */
  readonly lines: Uint8Array
  readonly records: number
  /** Bytes of the records. */
  readonly bytes: number
}

/** Takes records from a queue, whose position it moves; undefined when the next one is no such record. */
export type TakePlainRecords = (queue: ByteQueue, maxRecords: number) => PlainRecords | undefined

// A record that is cut by the end of a window begins the next one.
const margin = 8 * 1024

/** Where records go. */
export interface RecordWindowOptions {
  /** What takes them; it may be another one each time. */
  kernel(): EnvelopeKernel | undefined
  /** Bytes of records after which no more are taken together. Default: no limit. */
  room?(): number
}

/** Builds the window of one stream. */
export function createRecordWindow({
  kernel: kernelOf,
  room = () => Number.POSITIVE_INFINITY,
}: RecordWindowOptions): TakePlainRecords {
  let window: object | undefined
  // Bytes of the stream.
  let start = 0
  let end = 0

  return (queue, maxRecords) => {
    const kernel = kernelOf()
    if (!kernel) return undefined
    const position = queue.offset + queue.at
    const available = position + queue.unread
    const isInside = kernel.loaded === window && position >= start && position < end
    if (!isInside || (end < available && end - position < margin)) {
      window = kernel.load(queue.pieces())
      start = position
      end = Math.min(available, position + kernel.windowSize)
    }
    const { count, lines, length, decoded } = kernel.takeRecords(
      position - start,
      maxRecords,
      room(),
    )
    if (count === 0) return undefined
    queue.skip(length)
    return { lines: kernel.keep(lines), records: count, bytes: decoded }
  }
}
