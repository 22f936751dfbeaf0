/** Tokens of JSON that stand in bytes. */
import { isUtf8 } from 'node:buffer'
import { isBlank } from './content-kind.ts'

const backslash = 92
const comma = 44
const closeArray = 93
const closeObject = 125

/** Whether the quote at `end` is part of the string. */
export function isEscaped(bytes: Uint8Array, end: number): boolean {
  let start = end
  while (bytes[start - 1] === backslash) start--
  return (end - start) % 2 === 1
}

/** What a JSON string says, or undefined when it is none. */
export function parseString(token: Buffer): string | undefined {
  if (!isUtf8(token)) return undefined
  try {
    return JSON.parse(token.toString())
  } catch {
    return undefined
  }
}

/** Whether a byte ends a number or a word. */
export function isDelimiter(byte: number): boolean {
  return byte === comma || byte === closeArray || byte === closeObject || isBlank(byte)
}
