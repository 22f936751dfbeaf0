/** Bytes in blocks, which are one piece of memory where possible. */

/** Adds a block: to the last one, if it lies right behind it. */
export function appendBlock(blocks: Uint8Array[], block: Uint8Array): void {
  const last = blocks.at(-1)
  const isBehind =
    last?.buffer === block.buffer && last.byteOffset + last.length === block.byteOffset
  if (!isBehind) blocks.push(block)
  else {
    const length = last.length + block.length
    blocks[blocks.length - 1] = new Uint8Array(last.buffer, last.byteOffset, length)
  }
}

/** Joins blocks of bytes; a single one is not copied. */
export function concatenate(blocks: readonly Uint8Array[]): Uint8Array {
  if (blocks.length === 1) return blocks[0] as Uint8Array
  const joined = new Uint8Array(blocks.reduce((total, block) => total + block.length, 0))
  let at = 0
  for (const block of blocks) {
    joined.set(block, at)
    at += block.length
  }
  return joined
}
