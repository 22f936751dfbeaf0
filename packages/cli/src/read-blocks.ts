/** The bytes of a file or of standard input, in large blocks that are read while the thread waits. */
import { closeSync, openSync, readSync } from 'node:fs'
import { type Input, unreadable } from './inputs.ts'
import { patiently } from './patiently.ts'

const standardInput = 0
const blockSize = 256 * 1024

/**
 * Reads an input block by block, each into the memory of the one before; `onRead` is told their
 * lengths.
 */
export function* readBlocks(
  { path }: Input,
  onRead: (bytes: number) => void,
): Generator<Uint8Array, void, undefined> {
  const block = new Uint8Array(blockSize)
  let descriptor = standardInput
  try {
    if (path !== undefined) descriptor = openSync(path, 'r')
    for (;;) {
      const length = patiently(() => readSync(descriptor, block, 0, blockSize, null))
      if (length === 0) return
      onRead(length)
      yield block.subarray(0, length)
    }
  } catch (error) {
    throw unreadable(path ?? 'standard input', error)
  } finally {
    if (descriptor !== standardInput) closeSync(descriptor)
  }
}
