/** Whole lines, as engines want them: in a buffer of our own where they need that. */
import { slack } from './machine.ts'

/** Lines that end at `length`, each with its line feed. */
export interface Lines {
  readonly bytes: Uint8Array
  readonly length: number
  /** Whether at least `slack` bytes follow. */
  readonly hasSlack: boolean
}

/**
 * Copies two parts of a text into one buffer, and adds a line feed if the last line lacks one. The
 * lines are good until the next call.
 */
export type JoinLines = (head: Uint8Array, tail: Uint8Array) => Lines

const newline = 10
// What one large input needed is not kept for ever.
const keptCapacity = 16 * 1024 * 1024

/** Lines where they are, of which the last has its line feed. */
export function wholeLines({ buffer, byteOffset, length }: Uint8Array): Lines {
  // Not a Buffer, which is slower to read.
  return { bytes: new Uint8Array(buffer, byteOffset, length), length, hasSlack: false }
}

/** A copy of both, since the caller may use its buffer again. */
export function joinBytes(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length)
  joined.set(head)
  joined.set(tail, head.length)
  return joined
}

/**
 * Builds a joiner. It copies, since the caller may use its buffer again, engines read past the end,
 * and Node's Buffer is slower to read; into one buffer, since fresh memory costs more than the copy.
 */
export function createJoinLines(): JoinLines {
  let kept = new Uint8Array(64 * 1024)
  return (head, tail) => {
    const text = head.length + tail.length
    const last = tail.length > 0 ? tail.at(-1) : head.at(-1)
    const length = text > 0 && last !== newline ? text + 1 : text
    let bytes = kept
    if (bytes.length < length + slack) {
      bytes = new Uint8Array(Math.max(length + slack, kept.length * 2))
      if (bytes.length <= keptCapacity) kept = bytes
    }
    bytes.set(head)
    bytes.set(tail, head.length)
    if (length > text) bytes[text] = newline
    return { bytes, length, hasSlack: true }
  }
}
