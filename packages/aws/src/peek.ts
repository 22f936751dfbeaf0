/** A stream that was looked into. */
export interface Peeked {
  /** The first bytes; fewer than asked for only if the stream has no more. */
  readonly head: Uint8Array
  /** Whether that is all of it. */
  readonly isWhole: boolean
  /** The whole stream; it throws where the original does. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Looks at the first bytes of a stream. */
export async function peek(source: AsyncIterable<Uint8Array>, length: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  let failure: { readonly error: unknown } | undefined
  let isDone = false
  while (head.length < length && !isDone && !failure) {
    try {
      const next = await iterator.next()
      if (next.done) isDone = true
      else if (head.length > 0) head = Buffer.concat([head, next.value])
      else head = next.value.length < length ? new Uint8Array(next.value) : next.value
    } catch (error) {
      failure = { error }
    }
  }

  let isHeadLeft = head.length > 0
  // No generator: it would cost as much again for each chunk.
  const chunks: AsyncIterator<Uint8Array, undefined> & AsyncIterable<Uint8Array> = {
    async next() {
      if (isHeadLeft) {
        isHeadLeft = false
        return { done: false, value: head }
      }
      if (failure) throw failure.error
      return isDone ? { done: true, value: undefined } : iterator.next()
    },
    async return() {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => chunks,
  }
  return { head, isWhole: isDone, chunks }
}
