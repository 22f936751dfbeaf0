/** A stream that is looked into first, and then read whole, though it comes only once. */

/** Two views of one stream; the second begins when the first has been left. */
export interface ReplayedChunks {
  /** The beginning; what is read here is kept in memory. */
  readonly look: AsyncIterable<Uint8Array>
  /** Everything, from the beginning. */
  readonly all: AsyncIterable<Uint8Array>
}

/** Keeps what is looked at, so that standard input can be sampled. */
export function replayChunks(source: AsyncIterable<Uint8Array>): ReplayedChunks {
  const iterator = source[Symbol.asyncIterator]()
  let kept: Uint8Array[] = []

  async function* look(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      // A copy, since the chunk's memory may be used again.
      kept.push(next.value.slice())
      yield next.value
    }
  }

  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const before = kept
      kept = []
      yield* before
      yield* { [Symbol.asyncIterator]: () => iterator }
    } finally {
      await iterator.return?.()
    }
  }

  return { look: look(), all: all() }
}
