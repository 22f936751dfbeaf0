/** Whole lines in a buffer of our own, as engines want them. */
import { slack } from './machine.ts'

/** Lines that end at `length`, each with its line feed; at least `slack` bytes follow. */
export interface Lines {
  readonly bytes: Uint8Array
  readonly length: number
}

const newline = 10

/**
 * Copies two parts of a text, and adds a line feed if the last line lacks one. A copy, since the
 * caller may use its buffer again, engines read past the end, and Node's Buffer is slower to read.
 */
export function joinLines(head: Uint8Array, tail: Uint8Array): Lines {
  const text = head.length + tail.length
  const last = tail.length > 0 ? tail.at(-1) : head.at(-1)
  const length = text > 0 && last !== newline ? text + 1 : text
  const bytes = new Uint8Array(length + slack)
  bytes.set(head)
  bytes.set(tail, head.length)
  if (length > text) bytes[text] = newline
  return { bytes, length }
}
