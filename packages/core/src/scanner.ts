/** Finds and checks the values of a clean line; the fast half of what the reference parser does. */
import type { FieldKind } from './fields.ts'
import type { Format } from './format.ts'

/** Where the values of the last scanned line are; valid until the next scan. */
export interface Scanner {
  /** First byte of each value. */
  readonly starts: Int32Array
  /** The byte after each value. */
  readonly ends: Int32Array
  /** 1 where AWS wrote `-`. */
  readonly absent: Uint8Array
  /** The same as bits: columns 0 to 29, and 30 to 59. */
  readonly absentBits: Int32Array
  /** 1 where the address is IPv6. */
  readonly isIPv6: Uint8Array
  /** The number of each integer column that holds no more than 32 bits. */
  readonly numbers: Int32Array
  /**
   * Scans the line at `from`, which a line feed ends. Returns the position of that line feed, or −1
   * for any line that is not surely clean: one value per column, single spaces, printable ASCII that
   * JSON need not escape, integers of at most 15 digits in range, times that are plausible seconds,
   * IPv4 addresses, and IPv6 addresses without a dotted quad.
   */
  scan(input: Uint8Array, from: number): number
}

const lineFeed = 10
const space = 32
const hash = 35
const dash = 45
const dot = 46
const zero = 48
const colon = 58
const capitalC = 67

/** Printable ASCII without space, quote and backslash. */
const safe = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > space && byte < 127 && byte !== 34 && byte !== 92 ? 1 : 0,
)

const hexadecimal = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** Integers of up to 32 bits are read; longer ones are only checked. */
const kinds = { text: 0, address: 1, seconds: 2, small: 3, long: 4 } as const

const kindOfField: Readonly<Record<FieldKind, number>> = {
  text: kinds.text,
  address: kinds.address,
  seconds: kinds.seconds,
  uint8: kinds.small,
  uint16: kinds.small,
  int32: kinds.small,
  int64: kinds.long,
}

const limits: Readonly<Partial<Record<FieldKind, number>>> = {
  uint8: 255,
  uint16: 65_535,
  int32: 2_147_483_647,
}

// Sixteen digits and more are the object lane's, which has bigint.
const maxDigits = 15

/** Builds the scanner of a format. */
export function createScanner(format: Format): Scanner {
  const count = format.columns.length
  const kindOf = Uint8Array.from(format.columns, ({ kind }) => kindOfField[kind])
  const limitOf = Int32Array.from(format.columns, ({ kind }) => limits[kind] ?? 0)
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  const absent = new Uint8Array(count)
  const absentBits = new Int32Array(2)
  const isIPv6 = new Uint8Array(count)
  const numbers = new Int32Array(count)
  const last = count - 1

  /** The end of the address at `from`, or −1; an octet has up to three digits, so no loop. */
  function scanAddress(input: Uint8Array, from: number, column: number): number {
    let position = from
    for (let octets = 1; ; octets++) {
      const first = (input[position] as number) - zero
      if (first < 0 || first > 9) return scanIPv6(input, from, column)
      let next = (input[++position] as number) - zero
      if (next >= 0 && next <= 9) {
        if (first === 0) return scanIPv6(input, from, column)
        const octet = first * 10 + next
        next = (input[++position] as number) - zero
        if (next >= 0 && next <= 9) {
          if (octet * 10 + next > 255) return scanIPv6(input, from, column)
          next = (input[++position] as number) - zero
        }
      }
      if (octets === 4) {
        isIPv6[column] = 0
        return position
      }
      if (next !== dot - zero) return scanIPv6(input, from, column)
      position++
    }
  }

  function scanIPv6(input: Uint8Array, from: number, column: number): number {
    isIPv6[column] = 1
    let position = from
    let groups = 0
    let compressed = false
    if (input[position] === colon) {
      if (input[position + 1] !== colon) return -1
      compressed = true
      position += 2
      if (hexadecimal[input[position] as number] === 0) return position
    }
    for (;;) {
      const start = position
      while (hexadecimal[input[position] as number] === 1) position++
      const digits = position - start
      if (digits === 0 || digits > 4) return -1
      groups++
      if (input[position] !== colon) break
      position++
      if (input[position] === colon) {
        if (compressed) return -1
        compressed = true
        position++
        if (hexadecimal[input[position] as number] === 0) break
      }
    }
    return (compressed ? groups <= 7 : groups === 8) ? position : -1
  }

  function scan(input: Uint8Array, from: number): number {
    const first = input[from] as number
    // A comment, or perhaps a control message.
    if (first === hash || first === capitalC) return -1
    let position = from
    let low = 0
    let high = 0
    for (let column = 0; column < count; column++) {
      const start = position
      const delimiter = column === last ? lineFeed : space
      if (input[position] === dash && input[position + 1] === delimiter) {
        absent[column] = 1
        if (column < 30) low |= 1 << column
        else if (column < 60) high |= 1 << (column - 30)
        position++
      } else {
        absent[column] = 0
        const kind = kindOf[column] as number
        if (kind === kinds.text) {
          while (safe[input[position] as number] === 1) position++
          if (position === start) return -1
        } else if (kind === kinds.address) {
          position = scanAddress(input, position, column)
          if (position === -1) return -1
        } else if (kind === kinds.small) {
          let number = 0
          let digit = (input[position] as number) - zero
          while (digit >= 0 && digit <= 9) {
            number = number * 10 + digit
            digit = (input[++position] as number) - zero
          }
          const digits = position - start
          if (digits === 0 || digits > maxDigits || number > (limitOf[column] as number)) return -1
          if (digits > 1 && input[start] === zero) return -1
          numbers[column] = number
        } else {
          let digit = (input[position] as number) - zero
          while (digit >= 0 && digit <= 9) digit = (input[++position] as number) - zero
          const digits = position - start
          if (kind === kinds.seconds ? digits !== 10 : digits === 0 || digits > maxDigits) return -1
          if (digits > 1 && input[start] === zero) return -1
        }
      }
      if (input[position] !== delimiter) return -1
      starts[column] = start
      ends[column] = position
      position++
    }
    absentBits[0] = low
    absentBits[1] = high
    return position - 1
  }

  return { starts, ends, absent, absentBits, isIPv6, numbers, scan }
}
