/** Checks addresses: an IPv4 address in some twenty vector instructions, an IPv6 address with bit masks. */
import type { Constants } from './kernel-constants.ts'
import { type Code, returns, select, when } from './wasm-code.ts'
import {
  createFunction,
  type Held,
  type Local,
  splatLocal,
  vectorLocal,
  type WasmFunction,
} from './wasm-module.ts'
import { i8x16, i16x8, i32, i32x4, i64, v128 } from './wasm-operations.ts'

// The dots of an address and its end are a mask of 16 bits, one of 81; this maps each to a row of its own.
const multiplier = 9_279_515
const rows = 256
const rowBytes = 32

const lineFeed = 10
const space = 32
const dot = 46
const zero = 48
const colon = 58

/** What stands behind an octet weighs more than any three digits do. */
const weight = 1000

/** What checks of IPv4 addresses share. */
export interface IPv4Check {
  readonly init: Code
  /** 0 if the value behind the delimiter at an address is an IPv4 address. */
  check(before: Code, column: number): Code
}

/** Prepares a function for checks of IPv4 addresses. */
export function createIPv4Check(
  made: WasmFunction,
  constants: Constants,
  columns: number,
): IPv4Check {
  const { patterns, masks } = createPatterns()
  const patternsAt = constants.place(patterns)
  const masksAt = constants.place(masks)
  const words = (values: readonly number[]): Held =>
    vectorLocal(made, [...new Uint8Array(Uint32Array.from(values).buffer)])
  const pair = (even: number, odd: number): number => even + odd * 65_536
  const zeros = splatLocal(made, zero)
  // The top bit of the sum says that a byte is no digit.
  const toTop = splatLocal(made, 128 - 10)
  const evenBytes = words(Array(4).fill(pair(255, 255)))
  const evenWeights = words(Array(4).fill(pair(weight, 10)))
  const oddWeights = words(Array(4).fill(pair(100, 1)))
  const most = words([dot, dot, dot, space].map((byte) => (byte ^ zero) * weight + 255))
  const lastColumn = words([0, 0, 0, (lineFeed ^ zero) * weight - (space ^ zero) * weight])
  const digits = made.local('v128')
  const sums = made.local('v128')
  const others = made.local('i32')
  const row = made.local('i32')
  const withoutLowest: Code = i32.and(others.get, i32.sub(others.get, i32.of(1)))
  return {
    init: [zeros, toTop, evenBytes, evenWeights, oddWeights, most, lastColumn].map(
      ({ init }) => init,
    ),
    check: (before, column) => [
      // Digits become 0 to 9, and everything else more.
      digits.set(v128.xor(v128.load(before, 1), zeros.get)),
      others.set(i8x16.bitmask(i8x16.add(digits.get, toTop.get))),
      row.set(others.get),
      // The first four that are no digits must be three dots and the delimiter.
      [1, 2, 3, 4].map(() => others.set(withoutLowest)),
      others.set(i32.xor(others.get, row.get)),
      row.set(i32.shr(i32.mul(others.get, i32.of(multiplier)), i32.of(24))),
      others.set(i32.xor(others.get, i32.load16(i32.shl(row.get, i32.of(1)), masksAt))),
      row.set(i32.shl(row.get, i32.of(5))),
      digits.set(i8x16.swizzle(digits.get, v128.load(row.get, patternsAt))),
      // What stands behind the octet, its hundreds, tens and ones lie in four bytes.
      sums.set(
        i32x4.add(
          i32x4.dot(v128.and(digits.get, evenBytes.get), evenWeights.get),
          i32x4.dot(i16x8.shr(digits.get, i32.of(8)), oddWeights.get),
        ),
      ),
      column === columns - 1 ? sums.set(i32x4.sub(sums.get, lastColumn.get)) : [],
      // A value below the least one of as many digits has a leading zero.
      i32.or(
        others.get,
        i32x4.bitmask(
          v128.or(
            i32x4.sub(sums.get, v128.load(row.get, patternsAt + 16)),
            i32x4.sub(most.get, sums.get),
          ),
        ),
      ),
    ],
  }
}

/**
 * For each row: where the digits of the four octets go, and what stands behind them; and the least
 * value of as many digits. Nothing is as much as the least value of a row that no address has.
 */
function createPatterns(): { patterns: Uint8Array; masks: Uint8Array } {
  const patterns = new Uint8Array(rows * rowBytes).fill(127)
  const masks = new Uint8Array(rows * 2)
  const view = new DataView(patterns.buffer)
  for (let index = 0; index < 81; index++) {
    const widths = [27, 9, 3, 1].map((power) => (Math.floor(index / power) % 3) + 1)
    let mask = 0
    let at = 0
    const ends = widths.map((width) => {
      at += width
      mask |= 1 << at
      return at++
    })
    const row = Math.imul(mask, multiplier) >>> 24
    masks[row * 2] = mask & 255
    masks[row * 2 + 1] = mask >> 8
    for (const [octet, width] of widths.entries()) {
      const end = ends[octet] as number
      const place = row * rowBytes + octet * 4
      // Beyond the last byte is 0.
      const digit = (before: number): number => (before <= width ? end - before : 255)
      patterns.set([end, digit(3), digit(2), digit(1)], place)
      const least = width === 1 ? 0 : 10 ** (width - 1)
      const behind = octet === 3 ? space : dot
      view.setInt32(place + 16, (behind ^ zero) * weight + least, true)
    }
  }
  return { patterns, masks }
}

/** `(from, width)` → 1 if the text is an IPv6 address without a dotted quad. */
export function ipv6Check(): WasmFunction {
  const made = createFunction(['i32', 'i32'], ['i32'])
  const [from, width] = made.parameters as [Local, Local]
  const bytes = made.local('v128')
  const hexadecimal = made.local('i64')
  const colons = made.local('i64')
  const field = made.local('i64')
  const run = made.local('i64')
  const gap = made.local('i64')
  const groups = made.local('i32')
  const atMost = (value: Code, limit: number): Code =>
    v128.xor(i8x16.gtUnsigned(value, i8x16.splat(i32.of(limit))), i8x16.splat(i32.of(-1)))
  const isHexadecimal: Code = v128.or(
    atMost(i8x16.sub(bytes.get, i8x16.splat(i32.of(zero))), 9),
    atMost(i8x16.sub(v128.or(bytes.get, i8x16.splat(i32.of(32))), i8x16.splat(i32.of(97))), 5),
  )
  const bitsOf = (mask: Code, index: number): Code =>
    i64.shl(i64.extend(i8x16.bitmask(mask)), i64.of(BigInt(index * 16)))
  const shr = (value: Code, count: number): Code => i64.shr(value, i64.of(BigInt(count)))
  const shl = (value: Code, count: number): Code => i64.shl(value, i64.of(BigInt(count)))
  const failIf = (condition: Code): Code => when(condition, returns(i32.of(0)))
  made.body = [
    failIf(i32.gt(i32.sub(width.get, i32.of(2)), i32.of(37))),
    [0, 1, 2].map((index) => [
      bytes.set(v128.load(from.get, index * 16)),
      hexadecimal.set(i64.or(hexadecimal.get, bitsOf(isHexadecimal, index))),
      colons.set(
        i64.or(colons.get, bitsOf(i8x16.eq(bytes.get, i8x16.splat(i32.of(colon))), index)),
      ),
    ]),
    field.set(i64.sub(i64.shl(i64.of(1n), i64.extend(width.get)), i64.of(1n))),
    failIf(i64.ne(i64.and(i64.or(hexadecimal.get, colons.get), field.get), field.get)),
    colons.set(i64.and(colons.get, field.get)),
    hexadecimal.set(i64.xor(colons.get, field.get)),
    // Five digits in a row.
    run.set(i64.and(hexadecimal.get, shr(hexadecimal.get, 1))),
    run.set(i64.and(run.get, shr(run.get, 2))),
    failIf(i64.ne(i64.and(run.get, shr(hexadecimal.get, 4)), i64.of(0n))),
    gap.set(i64.and(colons.get, shr(colons.get, 1))),
    failIf(i64.ne(i64.and(gap.get, i64.sub(gap.get, i64.of(1n))), i64.of(0n))),
    // A colon at the beginning or the end must be one of two.
    failIf(
      i64.ne(i64.and(i64.and(colons.get, i64.xor(gap.get, i64.of(-1n))), i64.of(1n)), i64.of(0n)),
    ),
    failIf(
      i64.ne(
        i64.shr(
          i64.and(colons.get, i64.xor(shl(gap.get, 1), i64.of(-1n))),
          i64.extend(i32.sub(width.get, i32.of(1))),
        ),
        i64.of(0n),
      ),
    ),
    groups.set(
      i32.wrap(i64.popcnt(i64.and(hexadecimal.get, i64.xor(shl(hexadecimal.get, 1), i64.of(-1n))))),
    ),
    select(i64.eqz(gap.get), i32.eq(groups.get, i32.of(8)), i32.lt(groups.get, i32.of(8))),
  ]
  return made
}
