/** Streams around a transform, for hosts that want them; the work itself is synchronous. */
import type { OriginSource } from './origin.ts'
import { createWebTransformStream, type WebTransformStream } from './platform.ts'
import type { Transform, TransformResult } from './transform.ts'

/** Told of each result: its ledger, rejections and index of events. */
export type OnResult = (result: TransformResult) => void

/**
 * A web-standard `TransformStream` of bytes of lines to bytes of events, for `pipeThrough`. The
 * accounts go to `onResult`. The transform must not reuse its outputs, since a stream queues them.
 */
export function toTransformStream(
  transform: Transform,
  onResult: OnResult = () => {},
  origin?: OriginSource,
): WebTransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  const session = transform.stream(origin)
  return createWebTransformStream({
    transform(chunk: Uint8Array, controller) {
      emit(session.write(chunk), controller.enqueue.bind(controller))
    },
    flush(controller) {
      emit(session.end(), controller.enqueue.bind(controller))
    },
  })

  function emit(result: TransformResult, enqueue: (bytes: Uint8Array<ArrayBuffer>) => void): void {
    onResult(result)
    if (result.output.length > 0) enqueue(result.output)
  }
}

/** Transforms chunks as they come, one result for each and one for the end. */
export async function* transformChunks(
  transform: Transform,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  origin?: OriginSource,
): AsyncGenerator<TransformResult, void, undefined> {
  const session = transform.stream(origin)
  for await (const chunk of chunks) yield session.write(chunk)
  yield session.end()
}
