/** A Parquet object that arrives in chunks → results. */
import type { Origin, Rejection, Transform, TransformResult } from '@flowlogs/core'
import { withEnvelopes } from './delivery.ts'
import { readParquet } from './read-parquet.ts'

// AWS closes an object at 75 MiB.
const maxObjectBytes = 256 * 1024 * 1024

/**
 * Transforms a Parquet object. Its bytes are in memory together, since what tells where its columns
 * are stands at its end; an object of more than 256 MiB is a rejection.
 */
export async function* transformParquet(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array>,
  origin: Origin,
): AsyncGenerator<TransformResult, void, undefined> {
  const bytes = await collect(chunks)
  if (bytes === undefined) {
    yield rejected(transform, { code: 'too_large', line: '' }, origin)
    return
  }
  const file = {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number) => bytes.slice(start, end),
  }
  for await (const item of readParquet(file)) {
    if ('code' in item) {
      yield rejected(transform, item, { ...origin, ...item.origin })
      continue
    }
    const { format, lines, line } = item
    yield transform.withFormat(format)(lines, (index) => ({ ...origin, line: line + index }))
  }
}

/** The bytes, unless they are too many; the stream is read to its end all the same. */
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<ArrayBuffer | undefined> {
  let blocks: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > maxObjectBytes) blocks = []
    else blocks.push(new Uint8Array(chunk))
  }
  if (length > maxObjectBytes) return undefined
  const bytes = new Uint8Array(length)
  let at = 0
  for (const block of blocks) {
    bytes.set(block, at)
    at += block.length
  }
  return bytes.buffer
}

function rejected(transform: Transform, rejection: Rejection, origin: Origin): TransformResult {
  const isKnown = Object.keys(origin).length > 0
  return withEnvelopes(transform(''), {
    control: 0,
    rejections: [isKnown ? { ...rejection, origin } : rejection],
  })
}
