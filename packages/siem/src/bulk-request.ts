/** Bodies of `_bulk` requests, made of the bytes of a batch. */
import type { IndexedOutput } from './sink.ts'
import { eventBytes, eventCount } from './slice-batch.ts'

/** What stands around an event. */
export interface BulkRequestOptions {
  /** Leaves out `_id`. */
  readonly omitIds: boolean
  /** A field to put first in each document, with the time of the event in Unix milliseconds. */
  readonly timestampField: string | undefined
}

/** How to write events of a batch as `create` actions, and how to part a batch into requests. */
export interface BulkRequest {
  /** The body with the events of these indexes. */
  body(batch: IndexedOutput, indexes: readonly number[]): Buffer
  /** All indexes of a batch, in parts whose bodies have at most `maxBytes`, or are of one event. */
  parts(batch: IndexedOutput, maxBytes: number): number[][]
}

/** Builds the writer. */
export function createBulkRequest({ omitIds, timestampField }: BulkRequestOptions): BulkRequest {
  // An id is hexadecimal, so nothing in it needs escaping.
  const head = Buffer.from(omitIds ? '{"create":{}}\n' : '{"create":{"_id":"')
  const tail = Buffer.from(omitIds ? '' : '"}}\n')
  const timestamp = Buffer.from(
    timestampField === undefined ? '' : `{${JSON.stringify(timestampField)}:`,
  )
  // 20 digits are more than a time can have, and the comma takes the place of the brace.
  const overhead = head.length + tail.length + (timestamp.length && timestamp.length + 20)

  function size({ output, events: { offsets, ids } }: IndexedOutput, index: number): number {
    const length = (offsets[index + 1] ?? output.length) - offsets[index]!
    return overhead + (omitIds ? 0 : ids[index]!.length) + length
  }

  return {
    body(batch, indexes) {
      const { ids, times } = batch.events
      let length = 0
      for (const index of indexes) length += size(batch, index)
      const body = Buffer.allocUnsafe(length)
      let end = 0
      for (const index of indexes) {
        end += head.copy(body, end)
        if (!omitIds) end += body.write(ids[index]!, end, 'latin1')
        end += tail.copy(body, end)
        const event = eventBytes(batch, index)
        const time = times[index]
        if (timestamp.length > 0 && time !== undefined) {
          end += timestamp.copy(body, end)
          end += body.write(String(time), end, 'latin1')
          // `{}` has no member that a comma would separate.
          if (event.length > 2) body[end++] = comma
          body.set(event.subarray(1), end)
          end += event.length - 1
        } else {
          body.set(event, end)
          end += event.length
        }
        body[end++] = newline
      }
      return body.subarray(0, end)
    },
    parts(batch, maxBytes) {
      const parts: number[][] = []
      let part: number[] = []
      let bytes = 0
      for (let index = 0; index < eventCount(batch); index++) {
        const more = size(batch, index)
        if (part.length > 0 && bytes + more > maxBytes) {
          parts.push(part)
          part = []
          bytes = 0
        }
        part.push(index)
        bytes += more
      }
      if (part.length > 0) parts.push(part)
      return parts
    },
  }
}

const comma = 0x2c
const newline = 0x0a
