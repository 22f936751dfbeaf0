/** Bodies of requests to Splunk's HTTP Event Collector, made of the bytes of a batch. */
import type { IndexedOutput } from './sink.ts'
import { eventCount } from './slice-batch.ts'

/** What Splunk is to know about all events. What is left out, the token says. */
export interface HecMetadata {
  readonly host?: string
  readonly source?: string
  /** Default `ocsf:aws:vpcflow`: Splunk's OCSF add-on wants the prefix `ocsf`. */
  readonly sourcetype?: string
  readonly index?: string
}

/** The events of a batch from one index up to, not including, another. */
export interface EventRange {
  readonly from: number
  readonly to: number
}

/** How to write events, and how to part a batch into requests. */
export interface HecRequest {
  /** Each event in its envelope, one on each line. */
  body(batch: IndexedOutput, range: EventRange): Buffer
  /** All of a batch, in ranges whose bodies have at most `maxBytes`, or are of one event. */
  parts(batch: IndexedOutput, maxBytes: number): EventRange[]
}

/** Builds the writer. An event without a time gets none, so Splunk takes that of its arrival. */
export function createHecRequest(metadata: HecMetadata): HecRequest {
  const { host, source, sourcetype = 'ocsf:aws:vpcflow', index } = metadata
  // No other member may stand here: Splunk says 200 and drops an event with one it does not know.
  const known = JSON.stringify({ host, source, sourcetype, index })
  const head = Buffer.from(`${known.slice(0, -1)},"event":`)
  const timedHead = Buffer.from(`,${head.subarray(1)}`)
  // The longest time, and the brace; the line ending of an event stays its own.
  const overhead = '{"time":'.length + 20 + timedHead.length + 1

  return {
    body(batch, { from, to }) {
      const { output, events } = batch
      const start = events.offsets[from]!
      const end = events.offsets[to] ?? output.length
      const body = Buffer.allocUnsafe(end - start + (to - from) * overhead)
      let length = 0
      for (let event = from; event < to; event++) {
        const time = events.times[event]
        if (time === undefined) length += head.copy(body, length)
        else {
          length += body.write(`{"time":${toSeconds(time)}`, length, 'latin1')
          length += timedHead.copy(body, length)
        }
        const document = output.subarray(
          events.offsets[event],
          (events.offsets[event + 1] ?? output.length) - 1,
        )
        body.set(document, length)
        length += document.length
        body[length++] = brace
        body[length++] = newline
      }
      return body.subarray(0, length)
    },
    parts(batch, maxBytes) {
      const { output, events } = batch
      const parts: EventRange[] = []
      let from = 0
      let bytes = 0
      for (let event = 0; event < eventCount(batch); event++) {
        const next = events.offsets[event + 1] ?? output.length
        const more = next - events.offsets[event]! + overhead
        if (event > from && bytes + more > maxBytes) {
          parts.push({ from, to: event })
          from = event
          bytes = 0
        }
        bytes += more
      }
      if (eventCount(batch) > from) parts.push({ from, to: eventCount(batch) })
      return parts
    },
  }
}

const brace = 0x7d
const newline = 0x0a

/** Unix milliseconds as Splunk's seconds, exactly: the point is moved in the text. */
function toSeconds(milliseconds: number): string {
  const digits = String(milliseconds).padStart(4, '0')
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`
}
