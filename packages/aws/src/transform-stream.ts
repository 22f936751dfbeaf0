/** A file or object of any size, whatever its envelope → results, in bounded memory. */
import type { Origin, Transform, TransformResult } from '@flowlogs/core'
import { createCollector, type Delivery, type Input, withEnvelopes } from './delivery.ts'
import { gunzipStream, isGzipError } from './gunzip.ts'
import { createUnwrapper } from './unwrapper.ts'

// Input for one result. What larger blocks become lives long enough to fill the heap.
const blockSize = 16 * 1024
const limits = { object: 16 * 1024 * 1024, line: 1024 * 1024 }

/**
 * Transforms one input that arrives in chunks: gzip, JSON envelopes or text, told apart by content.
 * Throws only what `chunks` throws.
 */
export async function* transformStream(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array>,
  origin: Origin = {},
): AsyncGenerator<TransformResult, void, undefined> {
  const input: Input = { origin, lines: 0 }
  const collector = createCollector()
  const unwrapper = createUnwrapper(input, collector, limits)
  let delivery: Delivery | undefined
  const session = transform.stream((index) => delivery?.originAt(index) ?? origin)

  function settle(): TransformResult {
    delivery = collector.take()
    return withEnvelopes(session.write(delivery.lines), delivery)
  }

  try {
    for await (const chunk of gunzipStream(gunzipStream(chunks))) {
      for (let at = 0; at < chunk.length; at += blockSize) {
        unwrapper.write(chunk.subarray(at, at + blockSize))
        yield settle()
      }
    }
    unwrapper.end()
  } catch (error) {
    if (!isGzipError(error)) throw error
    unwrapper.fail('bad_gzip', error.message)
  }
  yield settle()
}
