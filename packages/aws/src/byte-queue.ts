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
}

/** Builds an empty queue. It copies what a chunk leaves unread, once, not again with each chunk. */
export function createByteQueue(): ByteQueue {
  let store: Buffer = Buffer.alloc(0)
  let bytes: Buffer = store
  let offset = 0
  const queue = {
    at: 0,
    keep: undefined as number | undefined,
    get bytes() {
      return bytes
    },
    get offset() {
      return offset
    },
    add(chunk: Uint8Array): void {
      const from = queue.keep ?? queue.at
      const rest = bytes.length - from
      const length = rest + chunk.length
      if (rest === 0) {
        bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      } else {
        const isInPlace = from === 0 && bytes.buffer === store.buffer && length <= store.length
        const room = length <= store.length ? store : Buffer.allocUnsafeSlow(length + rest)
        if (!isInPlace) room.set(bytes.subarray(from))
        room.set(chunk, rest)
        store = room
        bytes = room.subarray(0, length)
      }
      offset += from
      queue.at -= from
      if (queue.keep !== undefined) queue.keep = 0
    },
  }
  return queue
}
