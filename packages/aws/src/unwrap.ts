/** The bytes of one record or object → flow log lines with their origins. */
import type { Origin } from '@flowlogs/core'
import { type Collector, createCollector, type Delivery, type Input } from './delivery.ts'
import { gunzip, isGzip } from './gunzip.ts'
import { createUnwrapper, toBase64 } from './unwrapper.ts'

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
  return collector.take()
}

/** Opens one record into a collector; returns how many bytes were inflated, in vain or not. */
export function unwrapInto(
  collector: Collector,
  bytes: Uint8Array,
  origin: Origin,
  maxInflatedBytes: number,
): number {
  const input: Input = { origin, lines: 0 }
  let content = bytes
  let inflated = 0
  // Twice: Firehose can compress an object of records that CloudWatch Logs compressed.
  for (let layer = 0; layer < 2 && isGzip(content); layer++) {
    const result = gunzip(content, maxInflatedBytes - inflated)
    if (typeof result === 'string') {
      collector.reject(input, { code: result, line: toBase64(bytes) })
      return result === 'too_large' ? maxInflatedBytes : inflated
    }
    content = result
    inflated += result.length
  }
  const unwrapper = createUnwrapper(input, collector, { object: Infinity, line: Infinity })
  unwrapper.write(content)
  unwrapper.end()
  return inflated
}
