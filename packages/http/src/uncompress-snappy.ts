/** Snappy bodies: a block as Vector and Fluent Bit send it, or frames as the Collector does. */
import { snappyUncompress } from 'hysnappy'
import type { BodyLimits } from './read-body.ts'
import { busy, type Refusal, refusal, tooLarge } from './refusal.ts'

/** Uncompresses either of them. Throws refusals. */
export function uncompressSnappy(raw: Buffer, limits: BodyLimits): Buffer {
  if (isFramedSnappy(raw)) return uncompressFrames(raw, limits)
  const length = snappyLength(raw)
  if (length === undefined) throw notWhole()
  if (length > limits.maxBodyBytes) throw tooLarge(limits.maxBodyBytes)
  // The codec copies both into memory of its own.
  if (!limits.hold(2 * (raw.length + length))) throw busy()
  const bytes = uncompressBlock(raw, length)
  limits.hold(length)
  return bytes
}

/** Whether a body begins as frames do, whatever its header says. */
export function isFramedSnappy(raw: Buffer): boolean {
  return raw.subarray(0, streamIdentifier.length).equals(streamIdentifier)
}

const streamIdentifier = Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1')
const headerBytes = 4
const checksumBytes = 4
const maxFrameBytes = 65_536

/** https://github.com/google/snappy/blob/main/framing_format.txt; TCP has its own checksums. */
function uncompressFrames(raw: Buffer, { maxBodyBytes, hold }: BodyLimits): Buffer {
  const pieces: Buffer[] = []
  let bytes = 0
  for (let from = 0; from < raw.length; ) {
    if (from + headerBytes > raw.length) throw notWhole()
    const type = raw[from] as number
    const end = from + headerBytes + raw.readUIntLE(from + 1, 3)
    if (end > raw.length) throw notWhole()
    const data = raw.subarray(from + headerBytes + checksumBytes, end)
    from = end
    // Padding, the beginning of another stream, and what may be skipped.
    if (type >= 0x80) continue
    if (type > 1) throw notWhole()
    const length = type === 1 ? data.length : snappyLength(data)
    if (length === undefined || length > maxFrameBytes) throw notWhole()
    bytes += length
    if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes)
    if (!hold(raw.length + bytes)) throw busy()
    pieces.push(type === 1 ? data : uncompressBlock(data, length))
  }
  return Buffer.concat(pieces)
}

function uncompressBlock(raw: Buffer, length: number): Buffer {
  try {
    const bytes = snappyUncompress(raw, length)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  } catch {
    throw notWhole()
  }
}

/** The length that the data begins with, seven bits a byte. */
function snappyLength(raw: Buffer): number | undefined {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const byte = raw[index]
    if (byte === undefined) return undefined
    length += (byte & 127) * 2 ** (7 * index)
    if (byte < 128) return length
  }
  return undefined
}

function notWhole(): Refusal {
  return refusal(400, 'the body is not whole snappy data')
}
