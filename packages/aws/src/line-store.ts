/** Lines in one piece of memory, copied there bit by bit: fresh memory costs more than the copy. */

/** Memory that lines are added to. */
export interface LineStore {
  /** Copies lines to the end of the last block, if that is the end of the store, or to a new one. */
  add(blocks: Uint8Array[], lines: Uint8Array): void
  /** Starts anew; what was added may be overwritten from now on, by other stores, too. */
  clear(): void
}

const smallest = 64 * 1024
// What one large input needed is not kept for ever.
const largestKept = 8 * 1024 * 1024

const nothing = new Uint8Array(0)

/** Memory that the last store to be cleared has left for the next. */
let spare: Uint8Array = nothing

function takeSpare(): Uint8Array {
  const taken = spare
  spare = nothing
  return taken
}

/** Builds an empty store. */
export function createLineStore(): LineStore {
  let memory: Uint8Array = nothing
  let length = 0

  /** Where the last block begins, if it can be extended. */
  function startOf(block: Uint8Array | undefined): number {
    const isLast = block?.buffer === memory.buffer && block.byteOffset + block.length === length
    return isLast ? block.byteOffset : length
  }

  return {
    add(blocks, lines) {
      if (memory.length === 0) memory = takeSpare()
      let start = startOf(blocks.at(-1))
      if (start < length) blocks.pop()
      if (length + lines.length > memory.length) {
        const kept = memory.subarray(start, length)
        // Earlier blocks keep the memory that they are in.
        memory = new Uint8Array(Math.max(smallest, memory.length * 2, kept.length + lines.length))
        memory.set(kept)
        length = kept.length
        start = 0
      }
      memory.set(lines, length)
      length += lines.length
      blocks.push(memory.subarray(start, length))
    },
    clear() {
      length = 0
      if (memory.length > largestKept || memory.length < spare.length) return
      spare = memory
      memory = nothing
    },
  }
}
