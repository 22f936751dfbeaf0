/** A file or object of any size, whatever its envelope → results, in bounded memory. */
import type { Origin, Transform, TransformResult } from '@flowlogs/core'
import { kindOf, sniffed } from './content-kind.ts'
import { gunzipStream } from './gunzip.ts'
import { peek } from './peek.ts'
import { originOfLines, transformLines } from './transform-lines.ts'

// Enough that what each result costs does not show.
const defaultBlockSize = 256 * 1024

/**
 * Transforms one input that arrives in chunks: gzip, Parquet, JSON envelopes or text, told apart by
 * content. A chunk may be overwritten when the next is asked for. A result is of `blockSize` bytes of
 * lines, about. Throws only what `chunks` throws.
 */
export async function* transformStream(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  origin: Origin = {},
  blockSize: number = defaultBlockSize,
): AsyncGenerator<TransformResult, void, undefined> {
  const content = await peek(gunzipStream(gunzipStream(chunks)), sniffed)
  const { head, isWhole } = content
  if (isParquet(head)) {
    // Only here, since it takes time to load.
    const { transformParquet } = await import('./transform-parquet.ts')
    yield* transformParquet(transform, content.chunks, origin)
  } else if (kindOf(head) === 'text') {
    if (isWhole) yield transform(head, originOfLines(origin))
    else yield* transformLines(transform, content.chunks, origin, blockSize)
  } else {
    const { transformEnvelopes } = await import('./transform-envelopes.ts')
    yield* transformEnvelopes(transform, content.chunks, origin, blockSize)
  }
}

const parquetMagic = Buffer.from('PAR1')

function isParquet(head: Uint8Array): boolean {
  return parquetMagic.equals(head.subarray(0, parquetMagic.length))
}
