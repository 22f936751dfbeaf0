/** What no program can be faster than: copying its output, and looking at its input. */
import type { Slice } from './corpus.ts'

/** L1: copies as many bytes as the output has. */
export function createCopier(write: (bytes: Uint8Array) => Uint8Array): (slice: Slice) => unknown {
  const outputs = new WeakMap<Slice, Uint8Array>()
  // As large as a cache of the second level holds twice, since an output is written in such pieces.
  const target = new Uint8Array(128 * 1024)
  return (slice) => {
    const output = outputs.get(slice) ?? write(slice.bytes)
    outputs.set(slice, output)
    let position = 0
    for (; position < output.length; position += target.length) {
      target.set(output.subarray(position, position + target.length))
    }
    return target
  }
}

/** L2: counts the spaces of the input, byte by byte. */
export function countSpaces({ bytes }: Slice): number {
  let spaces = 0
  for (let index = 0; index < bytes.length; index++) if (bytes[index] === 32) spaces++
  return spaces
}
