/** Checks addresses: an IPv4 address in some twenty vector instructions, an IPv6 address with bit masks. */
import type { Constants } from './kernel-constants.ts'
import { type Code, returns, select, when } from './wasm-code.ts'
import { createFunction, type Local, splatLocal, type WasmFunction } from './wasm-module.ts'
import { i8x16, i16x8, i32, i32x4, i64, v128 } from './wasm-operations.ts'

// The dots of an address and its end are a mask of 16 bits, one of 81; this maps each to a row of its own.
const multiplier = 9_279_515
const rows = 256
const rowBytes = 32

const dot = 46
const zero = 48
const colon = 58

/** What checks of IPv4 addresses share. */
export interface IPv4Check {
  readonly init: Code
  /**
   * 0 if the text is an IPv4 address. `vector` holds 16 bytes from its beginning, `width` how many
   * of them are text, at most 15.
   */
  check(vector: Code, width: Code): Code
}

/** Prepares a function for checks of IPv4 addresses. */
export function createIPv4Check(made: WasmFunction, constants: Constants): IPv4Check {
  const { patterns, masks } = createPatterns()
  const patternsAt = constants.place(patterns)
  const masksAt = constants.place(masks)
  const dots = splatLocal(made, dot)
  const zeros = splatLocal(made, zero)
  const nine = splatLocal(made, 9)
  const lowBytes = made.local('v128')
  const hundredsAndOnes = made.local('v128')
  const tens = made.local('v128')
  const limit = made.local('v128')
  const digits = made.local('v128')
  const least = made.local('v128')
  const ends = made.local('i32')
  const row = made.local('i32')
  const wrong = made.local('i32')
  return {
    init: [
      [dots, zeros, nine].map(({ init }) => init),
      lowBytes.set(i16x8.splat(i32.of(255))),
      hundredsAndOnes.set(i32x4.splat(i32.of(100 + (1 << 16)))),
      tens.set(i32x4.splat(i32.of(10))),
      limit.set(i32x4.splat(i32.of(255))),
    ],
    check: (vector, width) => [
      digits.set(i8x16.sub(vector, zeros.get)),
      // Where no digit stands: the dots and the end.
      ends.set(
        i32.and(
          i8x16.bitmask(i8x16.gtUnsigned(digits.get, nine.get)),
          i32.sub(i32.shl(i32.of(2), width), i32.of(1)),
        ),
      ),
      row.set(i32.shr(i32.mul(ends.get, i32.of(multiplier)), i32.of(24))),
      wrong.set(
        i32.or(
          i32.xor(i32.load16(i32.shl(row.get, i32.of(1)), masksAt), ends.get),
          // What is no digit must be a dot, but for the end.
          i32.xor(
            i32.or(
              i32.and(
                i8x16.bitmask(i8x16.eq(vector, dots.get)),
                i32.sub(i32.shl(i32.of(1), width), i32.of(1)),
              ),
              i32.shl(i32.of(1), width),
            ),
            ends.get,
          ),
        ),
      ),
      row.set(i32.shl(row.get, i32.of(5))),
      digits.set(i8x16.swizzle(digits.get, v128.load(row.get, patternsAt))),
      least.set(v128.load(row.get, patternsAt + 16)),
      // Hundreds, tens and ones lie in four bytes; a value below the least one has a leading zero.
      i32.or(
        wrong.get,
        v128.anyTrue(
          i32x4.gtUnsigned(
            i32x4.sub(
              i32x4.add(
                i32x4.dot(v128.and(digits.get, lowBytes.get), hundredsAndOnes.get),
                i32x4.dot(i16x8.shr(digits.get, i32.of(8)), tens.get),
              ),
              least.get,
            ),
            i32x4.sub(limit.get, least.get),
          ),
        ),
      ),
    ],
  }
}

/** For each row: where the digits of the four octets go, and the least value of as many digits. */
function createPatterns(): { patterns: Uint8Array; masks: Uint8Array } {
  const patterns = new Uint8Array(rows * rowBytes).fill(255)
  const masks = new Uint8Array(rows * 2)
  for (let index = 0; index < 81; index++) {
    const widths = [27, 9, 3, 1].map((power) => (Math.floor(index / power) % 3) + 1)
    let mask = 0
    let at = 0
    const starts = widths.map((width) => {
      const start = at
      at += width
      mask |= 1 << at
      at++
      return start
    })
    const row = Math.imul(mask, multiplier) >>> 24
    masks[row * 2] = mask & 255
    masks[row * 2 + 1] = mask >> 8
    for (const [octet, width] of widths.entries()) {
      for (let digit = 0; digit < width; digit++) {
        patterns[row * rowBytes + octet * 4 + 3 - width + digit] = (starts[octet] ?? 0) + digit
      }
      const least = width === 1 ? 0 : 10 ** (width - 1)
      patterns.set([least, 0, 0, 0], row * rowBytes + 16 + octet * 4)
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
