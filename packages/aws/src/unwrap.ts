/** The bytes of one record or object → flow log lines with their origins. */
import type { Origin } from '@flowlogs/core'
import { openPlainPayload } from './cloudwatch-payload.ts'
import { type Collector, createCollector, type Input } from './collector.ts'
import { decodeBase64 } from './decode-base64.ts'
import type { Delivery } from './delivery.ts'
import { gunzip, isGzip } from './gunzip.ts'
import type { Opening } from './open-envelope.ts'
import { plainMessage } from './plain-message.ts'
import { toBase64 } from './raw-text.ts'
import { createUnwrapper } from './unwrapper.ts'

/** What is known about the bytes, and what they may become. */
export interface UnwrapOptions {
  /** What every line inherits; an envelope that knows better wins. */
  readonly origin?: Origin
  /** Bytes that gzip data may inflate to. Default 64 MiB. */
  readonly maxInflatedBytes?: number
}

const defaultMaxInflatedBytes = 64 * 1024 * 1024

/**
 * Opens one record or object by its content: gzip, JSON envelopes (concatenated or one per line),
 * or text. What cannot be opened is a rejection. Never throws on data.
 */
export function unwrap(bytes: Uint8Array, options: UnwrapOptions = {}): Delivery {
  const { origin = {}, maxInflatedBytes = defaultMaxInflatedBytes } = options
  const collector = createCollector()
  unwrapInto(collector, bytes, origin, maxInflatedBytes)
  const { sections, control, rejections } = collector.take()
  // Others may have the kernel, so its lines are copied; what was inflated stays, since origins are
  // read from it.
  const copies = sections.map((section) => ({ ...section, lines: new Uint8Array(section.lines) }))
  collector.kernel()?.release()
  return { sections: copies, control, rejections }
}

/**
 * Opens one record into a collector; returns how many bytes were inflated, in vain or not. `content`
 * is what the record inflates to, if that is known.
 */
export function unwrapInto(
  collector: Collector,
  bytes: Uint8Array,
  origin: Origin,
  maxInflatedBytes: number,
  content?: Uint8Array,
): number {
  const budget = { remaining: maxInflatedBytes }
  const input = { origin, isRecord: true, lines: 0 }
  openBytes(bytes, input, { collector, budget, depth: 0 }, content)
  return maxInflatedBytes - budget.remaining
}

/** The opener of records that an envelope carries in base64; they share `maxInflatedBytes`. */
export function createRecordOpener(
  collector: Collector,
  maxInflatedBytes: number,
): Opening['openRecord'] {
  return recordOpener({ collector, budget: { remaining: maxInflatedBytes }, depth: 0 })
}

/** How far an opening has gone. */
interface Progress {
  readonly collector: Collector
  /** Bytes that may still be inflated. */
  readonly budget: { remaining: number }
  /** Envelopes around this one that carry bytes. */
  readonly depth: number
}

// A Firehose request of Kinesis records of an S3 backup: nobody nests deeper.
const maxDepth = 4

function recordOpener(progress: Progress): Opening['openRecord'] {
  const { collector, depth } = progress
  return (data, origin) => {
    const input: Input = { origin, isRecord: true, lines: 0 }
    const bytes = decodeBase64(data)
    if (bytes === undefined) collector.reject(input, { code: 'bad_base64', line: data })
    else if (depth === maxDepth) collector.reject(input, { code: 'too_deep', line: data })
    else openBytes(bytes, input, { ...progress, depth: depth + 1 })
  }
}

function openBytes(
  bytes: Uint8Array,
  input: Input,
  progress: Progress,
  inflated?: Uint8Array,
): void {
  const { collector, budget } = progress
  let content = bytes
  let known = inflated
  // Twice: Firehose can compress an object of records that CloudWatch Logs compressed.
  for (let layer = 0; layer < 2 && isGzip(content); layer++) {
    const result = known ?? gunzip(content, budget.remaining)
    if (typeof result === 'string') {
      if (result === 'too_large') budget.remaining = 0
      collector.reject(input, { code: result, line: toBase64(bytes) })
      return
    }
    if (!known) collector.own(result)
    known = undefined
    content = result
    budget.remaining -= result.length
  }
  const message = plainMessage(content)
  if (message !== undefined) {
    collector.addMessage(input, message)
    return
  }
  if (openPlainPayload(content, { input, into: collector })) return
  const opening = { input, into: collector, openRecord: recordOpener(progress) }
  const unwrapper = createUnwrapper(opening, { object: Infinity, line: Infinity })
  unwrapper.write(content)
  unwrapper.end()
}
