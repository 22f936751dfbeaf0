/** Bytes that arrive in chunks, read in tokens that chunks may cut. */

/** The bytes at hand; the reader moves `at` on. */
export interface ByteQueue {
  readonly bytes: Buffer
  /** Index of the next byte to read. */
  at: number
  /** Index of an earlier byte that is still wanted, and all after it. */
  keep: number | undefined
  /** How many bytes were let go before those at hand. */
  readonly offset: number
  /** Lets go what was read, and adds a chunk. */
  add(chunk: Uint8Array): void
  /** How many bytes are at hand from `at` on; to ask costs less than to look at `bytes`. */
  readonly unread: number
  /** The same bytes as they came, in one or two pieces. */
  pieces(): readonly Uint8Array[]
  /** Moves `at` on by so many bytes, of which none is to be kept. */
  skip(count: number): void
}

/**
 * Builds an empty queue. It copies what a chunk leaves unread, once, not again with each chunk, and
 * only if somebody looks at both together.
 */
export function createByteQueue(): ByteQueue {
  let store: Buffer = Buffer.alloc(0)
  let bytes: Buffer = store
  let next: Buffer | undefined
  let offset = 0

  function letGo(count: number): void {
    offset += count
    queue.at -= count
    if (queue.keep !== undefined) queue.keep -= count
  }

  function join(chunk: Buffer): void {
    const from = queue.keep ?? queue.at
    const rest = bytes.length - from
    const length = rest + chunk.length
    const isInPlace = from === 0 && bytes.buffer === store.buffer && length <= store.length
    const room = length <= store.length ? store : Buffer.allocUnsafeSlow(length + rest)
    if (!isInPlace) room.set(bytes.subarray(from))
    room.set(chunk, rest)
    store = room
    bytes = room.subarray(0, length)
    next = undefined
    letGo(from)
  }

  const queue: ByteQueue = {
    at: 0,
    keep: undefined,
    get bytes() {
      if (next) join(next)
      return bytes
    },
    get offset() {
      return offset
    },
    get unread() {
      return bytes.length - queue.at + (next?.length ?? 0)
    },
    add(chunk) {
      if (next) join(next)
      const added = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      if (queue.at < bytes.length || queue.keep !== undefined) next = added
      else {
        letGo(bytes.length)
        bytes = added
      }
    },
    pieces() {
      const first = bytes.subarray(queue.at)
      return next ? [first, next] : [first]
    },
    skip(count) {
      queue.at += count
      if (!next || queue.at < bytes.length) return
      letGo(bytes.length)
      bytes = next
      next = undefined
    },
  }
  return queue
}
