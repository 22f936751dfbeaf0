/**
 * How a batch stands on disk: a header (magic, length and checksum of the contents, checksum of the
 * header itself; 32 bits each, little-endian), then the contents: the length of a JSON text, that
 * text with everything but the events, and the events as they are.
 */
import { crc32 } from 'node:zlib'
import type { Batch } from './sink.ts'

/** A batch, ready to be written. */
export interface Frame {
  readonly pieces: readonly Uint8Array[]
  readonly length: number
}

/** Where a frame stands, and the checksum of its contents. */
export interface FrameHeader {
  readonly end: number
  readonly checksum: number
}

/** Bytes of a header. */
export const headerLength = 16

const magic = 0x31_53_4c_46

/** The frame of a batch; its events are not copied. */
export function toFrame({ output, ...head }: Batch): Frame {
  const text = Buffer.from(JSON.stringify(head))
  const start = Buffer.alloc(headerLength + 4)
  const contents = 4 + text.length + output.length
  start.writeUInt32LE(text.length, headerLength)
  const checksum = crc32(output, crc32(text, crc32(start.subarray(headerLength))))
  start.writeUInt32LE(magic, 0)
  start.writeUInt32LE(contents, 4)
  start.writeUInt32LE(checksum, 8)
  start.writeUInt32LE(crc32(start.subarray(0, 12)), 12)
  return { pieces: [start, text, output], length: headerLength + contents }
}

/** The header at a position, or undefined if the bytes there are none. They have to be enough for one. */
export function parseHeader(bytes: Buffer, position: number): FrameHeader | undefined {
  if (bytes.readUInt32LE(position) !== magic) return undefined
  const sum = crc32(bytes.subarray(position, position + 12))
  if (bytes.readUInt32LE(position + 12) !== sum) return undefined
  return {
    end: position + headerLength + bytes.readUInt32LE(position + 4),
    checksum: bytes.readUInt32LE(position + 8),
  }
}

/** The first header at a position or after it, or undefined. */
export function findHeader(bytes: Buffer, from: number): number | undefined {
  for (let position = from; ; position++) {
    position = bytes.indexOf(magicBytes, position)
    if (position === -1 || position + headerLength > bytes.length) return undefined
    if (parseHeader(bytes, position)) return position
  }
}

const magicBytes = Buffer.alloc(4)
magicBytes.writeUInt32LE(magic)

/** The batch in the contents of a frame, or undefined if they are damaged. The events are a view. */
export function parseContents(contents: Buffer, checksum: number): Required<Batch> | undefined {
  if (crc32(contents) !== checksum) return undefined
  const textEnd = 4 + contents.readUInt32LE(0)
  const head = JSON.parse(contents.toString('utf8', 4, textEnd))
  const { times, accounts } = head.events
  // JSON has null for what is not known.
  head.events.times = times.map((time: number | null) => time ?? undefined)
  head.events.accounts = accounts.map((account: string | null) => account ?? undefined)
  return { ...head, output: contents.subarray(textEnd) }
}
