import type { Machine, Step } from './machine.ts'

// Up to here words are faster than a call of `set`.
const maxWords = 8

/**
 * Literal bytes as numbers of eight bytes each, or undefined when they are many, or when a number
 * might not keep its bytes: only ASCII never looks like a NaN.
 */
export function toWords(bytes: Uint8Array): Float64Array | undefined {
  if (bytes.length > maxWords * 8 || bytes.some((byte) => byte > 126)) return undefined
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8)
  padded.set(bytes)
  const view = new DataView(padded.buffer)
  return Float64Array.from({ length: padded.length / 8 }, (_, at) => view.getFloat64(at * 8, true))
}

/** Writes words, of which the last may be padded. */
export function writeWords({ outputView }: Machine, words: Float64Array, end: number): void {
  for (let index = 0; index < words.length; index++) {
    outputView.setFloat64(end + index * 8, words[index] as number, true)
  }
}

/** A step that writes a literal. */
export function literalStep(bytes: Uint8Array): Step {
  const { length } = bytes
  const words = toWords(bytes)
  if (words === undefined) {
    return (machine, end) => {
      machine.output.set(bytes, end)
      return end + length
    }
  }
  return (machine, end) => {
    writeWords(machine, words, end)
    return end + length
  }
}
