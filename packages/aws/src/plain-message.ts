/** The line of a record as VPC Flow Logs sends it straight to Firehose, found without parsing JSON. */

const beginning = Buffer.from('{"message":"')
const newline = 10
const space = 32
const quote = 34
const backslash = 92
const open = 123
const close = 125
const tilde = 126

/**
 * The text of `{"message":"…"}`, with or without a line feed behind it, if every character of it
 * stands for itself. Undefined for anything else, which may well be a record, too.
 */
export function plainMessage(record: Uint8Array): string | undefined {
  const { length } = beginning
  const last = record.length - (record.at(-1) === newline ? 2 : 1)
  const end = last - 1
  if (record[last] !== close || record[end] !== quote || end <= length) return undefined
  for (let index = 0; index < length; index++) {
    if (record[index] !== beginning[index]) return undefined
  }
  for (let index = length; index < end; index++) {
    const byte = record[index] as number
    if (byte < space || byte > tilde) return undefined
    if (byte === quote || byte === backslash || byte === open) return undefined
  }
  return latin1(record, length, end)
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to)
}
