/** A growing buffer of MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md). */

/** Writes values one after the other. */
export interface Writer {
  /** What was written, until the next write. */
  bytes(): Uint8Array
  length: number
  writeText(value: string): void
  /** A text that is UTF-8 bytes already. */
  writeUtf8(bytes: Uint8Array, start: number, end: number): void
  /** All digits up to 64 bits; beyond that, the digits as text. */
  writeInteger(value: number | bigint): void
  writeFloat(value: number): void
  writeByte(byte: number): void
  /** Seconds and nanoseconds, as the Forward protocol has them. */
  writeEventTime(milliseconds: number): void
  /** Reserves the head of a map or list whose size is not known yet. */
  begin(): number
  /** Writes the head that `begin` reserved. */
  end(at: number, size: number, kind: 'map' | 'list'): void
}

const heads = { map: [0x80, 0xde, 0xdf], list: [0x90, 0xdc, 0xdd] } as const
const encoder = new TextEncoder()

/** Builds an empty writer, which grows beyond its capacity when it has to. */
export function createWriter(capacity: number): Writer {
  let buffer = new Uint8Array(capacity)
  let view = new DataView(buffer.buffer)
  let length = 0

  function reserve(size: number): void {
    if (length + size <= buffer.length) return
    const larger = new Uint8Array(Math.max(buffer.length * 2, length + size))
    larger.set(buffer)
    buffer = larger
    view = new DataView(buffer.buffer)
  }

  function writeTextHead(size: number): void {
    if (size < 32) buffer[length++] = 0xa0 | size
    else if (size < 0x100) {
      buffer[length++] = 0xd9
      buffer[length++] = size
    } else if (size < 0x10000) {
      buffer[length++] = 0xda
      buffer[length++] = size >> 8
      buffer[length++] = size
    } else {
      buffer[length++] = 0xdb
      view.setUint32(length, size)
      length += 4
    }
  }

  function writeUtf8(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    reserve(size + 5)
    writeTextHead(size)
    if (size > 32) buffer.set(bytes.subarray(start, end), length)
    else for (let at = 0; at < size; at++) buffer[length + at] = bytes[start + at]!
    length += size
  }

  function writeText(value: string): void {
    const before = length
    reserve(value.length + 5)
    writeTextHead(value.length)
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at)
      if (code > 0x7f) {
        length = before
        const bytes = encoder.encode(value)
        return writeUtf8(bytes, 0, bytes.length)
      }
      buffer[length++] = code
    }
  }

  function writeLarge(value: bigint): void {
    if (value >= 0n && value < 1n << 64n) {
      buffer[length++] = 0xcf
      view.setBigUint64(length, value)
    } else if (value < 0n && value >= -(1n << 63n)) {
      buffer[length++] = 0xd3
      view.setBigInt64(length, value)
    } else return writeText(String(value))
    length += 8
  }

  return {
    get length() {
      return length
    },
    set length(value) {
      length = value
    },
    bytes: () => buffer.subarray(0, length),
    writeText,
    writeUtf8,
    writeInteger(value) {
      reserve(9)
      if (typeof value === 'bigint') return writeLarge(value)
      if (value < 0) {
        if (value >= -32) buffer[length++] = value
        else writeLarge(BigInt(value))
      } else if (value < 0x80) buffer[length++] = value
      else if (value < 0x100) {
        buffer[length++] = 0xcc
        buffer[length++] = value
      } else if (value < 0x10000) {
        buffer[length++] = 0xcd
        buffer[length++] = value >> 8
        buffer[length++] = value
      } else if (value < 0x1_0000_0000) {
        buffer[length++] = 0xce
        view.setUint32(length, value)
        length += 4
      } else {
        buffer[length++] = 0xcf
        view.setUint32(length, value / 0x1_0000_0000)
        view.setUint32(length + 4, value % 0x1_0000_0000)
        length += 8
      }
    },
    writeFloat(value) {
      reserve(9)
      buffer[length++] = 0xcb
      view.setFloat64(length, value)
      length += 8
    },
    writeByte(byte) {
      reserve(1)
      buffer[length++] = byte
    },
    writeEventTime(milliseconds) {
      reserve(10)
      buffer[length++] = 0xd7
      buffer[length++] = 0
      view.setUint32(length, Math.floor(milliseconds / 1000))
      view.setUint32(length + 4, (milliseconds % 1000) * 1_000_000)
      length += 8
    },
    begin() {
      reserve(1)
      return length++
    },
    end(at, size, kind) {
      const [few, some, many] = heads[kind]
      if (size < 16) {
        buffer[at] = few | size
        return
      }
      const more = size < 0x10000 ? 2 : 4
      reserve(more)
      buffer.copyWithin(at + 1 + more, at + 1, length)
      length += more
      buffer[at] = more === 2 ? some : many
      if (more === 2) view.setUint16(at + 1, size)
      else view.setUint32(at + 1, size)
    },
  }
}
