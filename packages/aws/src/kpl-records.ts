/**
 * Records that the Kinesis Producer Library packed into one, as
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md has it:
 * four magic bytes, a protocol buffer, and the MD5 of that.
 */
import { createHash } from 'node:crypto'

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const digestLength = 16

/** Whether bytes begin as an aggregated record does; no UTF-8 text, gzip or JSON does. */
export function isKplRecord(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}

/** The data of each record in an aggregated one, in order, or undefined when it is damaged. */
export function parseKplRecord(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  if (!isKplRecord(bytes) || bytes.length < magic.length + digestLength) return undefined
  const message = bytes.subarray(magic.length, bytes.length - digestLength)
  const digest = createHash('md5').update(message).digest()
  if (!digest.equals(bytes.subarray(bytes.length - digestLength))) return undefined
  const records = membersOf(message)?.filter(({ number }) => number === 3)
  const data = records?.map(({ bytes: record }) => dataOf(record))
  return data?.every((each) => each !== undefined) ? data : undefined
}

/** `data` of a `Record`; the partition keys before it do not matter to a reader. */
function dataOf(record: Uint8Array): Uint8Array | undefined {
  return membersOf(record)?.findLast(({ number }) => number === 3)?.bytes
}

/** A member of a protocol buffer message that is bytes, text or a message. */
interface Member {
  readonly number: number
  readonly bytes: Uint8Array
}

/** Those members of a message, or undefined when it is no message. */
function membersOf(message: Uint8Array): Member[] | undefined {
  const members: Member[] = []
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at)
    if (tag === undefined) return undefined
    const number = Math.floor(tag.value / 8)
    const member = readMember(message, tag.end, tag.value % 8)
    if (member === undefined || number === 0) return undefined
    if (member.bytes) members.push({ number, bytes: member.bytes })
    at = member.end
  }
  return members
}

/** Reads past a member; numbers do not matter to a reader of records. */
function readMember(
  message: Uint8Array,
  at: number,
  wireType: number,
): { readonly bytes?: Uint8Array; readonly end: number } | undefined {
  if (wireType === 0) return readVarint(message, at)
  if (wireType === 2) {
    const length = readVarint(message, at)
    if (length === undefined) return undefined
    const end = length.end + length.value
    return end > message.length ? undefined : { bytes: message.subarray(length.end, end), end }
  }
  const end = at + (wireType === 1 ? 8 : 4)
  return (wireType === 1 || wireType === 5) && end <= message.length ? { end } : undefined
}

function readVarint(
  message: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  // Ten bytes hold 64 bits; what is above 2^53 loses digits, and is too large for a length anyway.
  for (let index = 0; index < 10; index++) {
    const byte = message[at + index]
    if (byte === undefined) return undefined
    value += (byte % 128) * 128 ** index
    if (byte < 128) return { value, end: at + index + 1 }
  }
  return undefined
}
