/** Finds and checks the values of a clean line; the fast half of what the reference parser does. */
import type { FieldKind } from './fields.ts'
import type { Format } from './format.ts'

/**
 * Where the values of the last scanned line are; valid until the next scan of any scanner, since all
 * share their arrays: engines of several formats then run the same machine code.
 */
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
   * Scans the line at `from`, which a line feed ends; a few bytes after it may be read. Returns the position of that line feed, or −1
   * for any line that is not surely clean: one value per column, single spaces, printable ASCII that
   * JSON need not escape, integers of at most 15 digits in range, times that are plausible seconds,
   * IPv4 addresses, and IPv6 addresses without a dotted quad.
   */
  scan(input: Uint8Array, from: number): number
}

/** The most columns that a scanner is made for. */
export const maxScannedColumns = 128

const lineFeed = 10
const space = 32
const hash = 35
const dash = 45
const dot = 46
const colon = 58
const capitalC = 67

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

const starts = new Int32Array(maxScannedColumns)
const ends = new Int32Array(maxScannedColumns)
const absent = new Uint8Array(maxScannedColumns)
const absentBits = new Int32Array(2)
const isIPv6 = new Uint8Array(maxScannedColumns)
const numbers = new Int32Array(maxScannedColumns)

let scanned: Uint8Array = new Uint8Array(0)
let view: DataView = new DataView(new ArrayBuffer(0))

/** Builds the scanner of a format of at most `maxScannedColumns` columns. */
export function createScanner({ columns }: Format): Scanner {
  const kindOf = Uint8Array.from(columns, ({ kind }) => kindOfField[kind])
  const limitOf = Int32Array.from(columns, ({ kind }) => limits[kind] ?? 0)
  return {
    starts,
    ends,
    absent,
    absentBits,
    isIPv6,
    numbers,
    scan: (input, from) => scanLine(input, from, kindOf, limitOf),
  }
}

// Four bytes at a time are looked at as one word; these are the same byte four times.
const highBits = 0x80808080
const ones = 0x01010101
const spacesAndOne = 0x21212121
const quotes = 0x22222222
const backslashes = 0x5c5c5c5c
const zeros = 0x30303030
const notDigits = 0x76767676

/** The first byte of a word whose high bit is set, from 0; 4 if none is. */
function firstByte(marks: number): number {
  return marks === 0 ? 4 : (31 - Math.clz32(marks & -marks)) >> 3
}

/** How many digits a word begins with; `word` is four characters less "0000". */
function digitsIn(word: number): number {
  return firstByte((word | (word + notDigits)) & highBits)
}

/** The number of the first `digits` digits of such a word. */
function valueOfDigits(word: number, digits: number): number {
  const aligned = digits === 0 ? 0 : word << (32 - digits * 8)
  const pairs = (Math.imul(aligned, 10) + (aligned >>> 8)) & 0x00ff00ff
  return (pairs & 0xff) * 100 + (pairs >>> 16)
}

/** The end of the text at `from`: printable ASCII without space, quote and backslash. */
function scanText(from: number): number {
  let position = from
  for (;;) {
    const word = view.getInt32(position, true)
    const marks =
      (word |
        (word - spacesAndOne) |
        (word + ones) |
        ((word ^ quotes) - ones) |
        ((word ^ backslashes) - ones)) &
      highBits
    if (marks !== 0) return position + firstByte(marks)
    position += 4
  }
}

/** The end of the address at `from`, or −1. */
function scanAddress(input: Uint8Array, from: number, column: number): number {
  let position = from
  for (let octets = 1; ; octets++) {
    const word = view.getInt32(position, true) ^ zeros
    const digits = digitsIn(word)
    const octet = valueOfDigits(word, digits)
    const hasLeadingZero = digits > 1 && (word & 0xff) === 0
    if (digits === 0 || digits === 4 || octet > 255 || hasLeadingZero) {
      return scanIPv6(input, from, column)
    }
    position += digits
    if (octets === 4) break
    if (input[position] !== dot) return scanIPv6(input, from, column)
    position++
  }
  isIPv6[column] = 0
  return position
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

const powers = Int32Array.of(1, 10, 100, 1000, 10_000)

/** The end of the integer at `from`, or −1. */
function scanInteger(from: number, column: number, kind: number, limit: number): number {
  let word = view.getInt32(from, true) ^ zeros
  let digits = digitsIn(word)
  if (digits === 0 || (digits > 1 && (word & 0xff) === 0)) return -1
  let number = valueOfDigits(word, digits)
  let position = from + digits
  while (digits === 4) {
    word = view.getInt32(position, true) ^ zeros
    digits = digitsIn(word)
    position += digits
    if (position - from > maxDigits) return -1
    if (kind === kinds.small)
      number = number * (powers[digits] as number) + valueOfDigits(word, digits)
  }
  if (kind === kinds.seconds) return position - from === 10 ? position : -1
  if (kind === kinds.small) {
    if (number > limit) return -1
    numbers[column] = number
  }
  return position
}

function scanLine(
  input: Uint8Array,
  from: number,
  kindOf: Uint8Array,
  limitOf: Int32Array,
): number {
  if (input !== scanned) {
    scanned = input
    view = new DataView(input.buffer, input.byteOffset)
  }
  const first = input[from] as number
  // A comment, or perhaps a control message.
  if (first === hash || first === capitalC) return -1
  const count = kindOf.length
  const last = count - 1
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
      if (kind === kinds.text) position = scanText(position)
      else if (kind === kinds.address) position = scanAddress(input, position, column)
      else position = scanInteger(position, column, kind, limitOf[column] as number)
      if (position <= start) return -1
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
