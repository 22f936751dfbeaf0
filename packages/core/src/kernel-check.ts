/** The check of a line: one value for each column, and each of them what its field may hold. */
import type { Column, Format } from './format.ts'
import { createIPv4Check } from './kernel-address.ts'
import { createBitSet } from './kernel-bits.ts'
import type { Constants } from './kernel-constants.ts'
import { branchIf, type Code, label, loop, returns, when } from './wasm-code.ts'
import { createFunction, type Local, splatLocal, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, i64, i64x2, v128 } from './wasm-operations.ts'

/** Where the values of the line are, and what its check found. */
export interface KernelLine {
  /** The code of the check; leaves something other than 0 if the line is not surely clean. */
  readonly check: Code
  /** What has to be done once before. */
  readonly init: Code
  /** The address of the delimiter before a value, and of the one after it. */
  before(column: number): Code
  after(column: number): Code
  /** The bytes of a value, and one. */
  widthAndOne(column: number): Code
  isAbsent(column: number): Code
  isIPv6(column: number): Code
}

/** What the checks of a line call. */
export interface CheckCalls {
  readonly isIPv6: (...values: readonly Code[]) => Code
  readonly hasDelimiters: (...values: readonly Code[]) => Code
}

const lineFeed = 10
const space = 32
const dash = 45
const zero = 48

/**
 * Writes the check of the line whose delimiters begin at the address in `delimiters`. `careful` says
 * whether they have not been looked at yet.
 */
export function createLineCheck(
  made: WasmFunction,
  { columns }: Format,
  constants: Constants,
  delimiters: Local,
  careful: Local,
  calls: CheckCalls,
): KernelLine {
  const last = columns.length - 1
  const six = createBitSet(made, columns.length)
  const bad = made.local('i32')
  const from = made.local('i32')
  const width = made.local('i32')
  const absent = made.local('i32')
  const bytes = made.local('v128')
  const zeros = splatLocal(made, zero)
  const nine = splatLocal(made, 9)
  const addresses = columns.some(({ kind }) => kind === 'address')
    ? createIPv4Check(made, constants)
    : undefined

  const before = (column: number): Code => i32.load(delimiters.get, column * 4)
  const after = (column: number): Code => i32.load(delimiters.get, column * 4 + 4)
  const isBad = (condition: Code): Code => bad.set(i32.or(bad.get, condition))

  /** Whether a lone dash stands behind the delimiter at an address. */
  function isLoneDash(at: Code, column: number): Code {
    const lone = dash + (column === last ? lineFeed : space) * 256
    return i32.eq(i32.load16(at, 1), i32.of(lone))
  }

  /** Sets `from` to the delimiter before the value, and `absent`. */
  function takeAbsence(column: number): Code {
    return [from.set(before(column)), absent.set(isLoneDash(from.get, column))]
  }

  function takeWidth(column: number): Code {
    return width.set(i32.sub(i32.sub(after(column), from.get), i32.of(1)))
  }

  /** Digits without leading zeros, 15 at most, unless the value is absent. */
  function checkInteger(column: number): Code {
    const digits = i32.ctz(
      i8x16.bitmask(i8x16.gtUnsigned(i8x16.sub(bytes.get, zeros.get), nine.get)),
    )
    return [
      takeWidth(column),
      bytes.set(v128.load(from.get, 1)),
      // Of an absent value the width is 1, and the number of digits 0.
      isBad(i32.xor(i32.xor(digits, width.get), absent.get)),
      isBad(i32.and(i32.eq(i32.load8(from.get, 1), i32.of(zero)), i32.gt(width.get, i32.of(1)))),
    ]
  }

  /** Whether digits say more than `limit`. */
  function checkLimit(limit: string): Code {
    const { length } = limit
    // As many bytes as the limit has, the first one on top, so that they compare like numbers.
    const places = Array.from({ length: 16 }, (_, index) =>
      index < length ? length - 1 - index : 255,
    )
    const limitBytes = Array.from(limit, (digit) => BigInt(digit.charCodeAt(0))).reduce(
      (sum, byte) => sum * 256n + byte,
      0n,
    )
    const value = i64x2.extract(i8x16.swizzle(bytes.get, v128.of(places)), 0)
    return isBad(
      i32.and(
        i32.ge(width.get, i32.of(length)),
        i32.or(i64.gt(value, i64.of(limitBytes)), i32.gt(width.get, i32.of(length))),
      ),
    )
  }

  /** The limit of 32-bit numbers has too many digits for one comparison. */
  function checkInt32(): Code {
    const places = (start: number, count: number): readonly number[] =>
      Array.from({ length: 16 }, (_, index) => (index < count ? start + count - 1 - index : 255))
    const part = (start: number, count: number): Code =>
      i64x2.extract(i8x16.swizzle(bytes.get, v128.of(places(start, count))), 0)
    const numberOf = (text: string): bigint =>
      Array.from(text).reduce((sum, digit) => sum * 256n + BigInt(digit.charCodeAt(0)), 0n)
    return when(
      i32.gt(width.get, i32.of(9)),
      isBad(i32.gt(width.get, i32.of(10))),
      isBad(i64.gt(part(0, 5), i64.of(numberOf('21474')))),
      isBad(
        i32.and(
          i64.eq(part(0, 5), i64.of(numberOf('21474'))),
          i64.gt(part(5, 5), i64.of(numberOf('83647'))),
        ),
      ),
    )
  }

  function checkAddress(column: number): Code {
    if (addresses === undefined) return []
    return when(
      i32.eqz(absent.get),
      takeWidth(column),
      bytes.set(v128.load(from.get, 1)),
      when(
        i32.or(addresses.check(bytes.get, width.get), i32.gt(width.get, i32.of(15))),
        six.set(column),
        isBad(i32.eqz(calls.isIPv6(i32.add(from.get, i32.of(1)), width.get))),
      ),
    )
  }

  function checkColumn({ kind }: Column, column: number): Code {
    switch (kind) {
      case 'text':
        // The delimiters have said all.
        return []
      case 'address':
        return [takeAbsence(column), checkAddress(column)]
      case 'seconds':
        return [
          takeAbsence(column),
          checkInteger(column),
          isBad(i32.xor(width.get, i32.sub(i32.of(10), i32.mul(absent.get, i32.of(9))))),
        ]
      case 'uint8':
        return [takeAbsence(column), checkInteger(column), checkLimit('255')]
      case 'uint16':
        return [takeAbsence(column), checkInteger(column), checkLimit('65535')]
      case 'int32':
        return [takeAbsence(column), checkInteger(column), checkInt32()]
      default:
        return [takeAbsence(column), checkInteger(column)]
    }
  }

  /** A comment or a control message may look like data where the first column is no number. */
  function checkFirstByte(): Code {
    const kind = columns[0]?.kind
    if (kind !== 'text' && kind !== 'address') return []
    const first = i32.load8(before(0), 1)
    return isBad(i32.or(i32.eq(first, i32.of(35)), i32.eq(first, i32.of(67))))
  }

  return {
    init: [zeros.init, nine.init, addresses?.init ?? []],
    check: [
      six.clear,
      bad.set(i32.of(0)),
      when(careful.get, isBad(i32.eqz(calls.hasDelimiters(delimiters.get)))),
      checkFirstByte(),
      columns.map(checkColumn),
      bad.get,
    ],
    before,
    after,
    widthAndOne: (column) => i32.sub(after(column), before(column)),
    isAbsent: (column) => isLoneDash(before(column), column),
    isIPv6: six.has,
  }
}

/**
 * `(delimiters)` → 1 if the line that they begin has single spaces between its values and a line feed
 * at its end, and no value is empty.
 */
export function delimiterCheck(columns: number): WasmFunction {
  const made = createFunction(['i32'], ['i32'])
  const [at] = made.parameters as [Local]
  const end = made.local('i32')
  const next = label('next delimiter')
  const expected = i32.sub(
    i32.of(space),
    i32.mul(i32.eq(at.get, end.get), i32.of(space - lineFeed)),
  )
  made.body = [
    end.set(i32.add(at.get, i32.of((columns - 1) * 4))),
    loop(
      next,
      when(
        i32.or(
          i32.ne(i32.load8(i32.load(at.get, 4)), expected),
          i32.eq(i32.sub(i32.load(at.get, 4), i32.load(at.get)), i32.of(1)),
        ),
        returns(i32.of(0)),
      ),
      at.set(i32.add(at.get, i32.of(4))),
      branchIf(next, i32.gt(end.get, i32.sub(at.get, i32.of(1)))),
    ),
    i32.of(1),
  ]
  return made
}
