/** The check of a line: one value for each column, and each of them what its field may hold. */
import type { Column, Format } from './format.ts'
import { createIPv4Check } from './kernel-address.ts'
import { createBitSet } from './kernel-bits.ts'
import type { Constants } from './kernel-constants.ts'
import { branchIf, type Code, either, type Label, label, loop, returns, when } from './wasm-code.ts'
import { createFunction, type Local, vectorLocal, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, i64, i64x2, v128 } from './wasm-operations.ts'

/** Where the values of the line are, and what its check found. */
export interface KernelLine {
  /** What has to be done once before. */
  readonly init: Code
  /** The code of the check; goes to the label if the line is not surely clean. */
  check(givenUp: Label): Code
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

/** More digits than the bytes of one vector show are not checked here. */
const maxDigits = 15

/** A number that text of digits compares like, if it is as long. */
function inOrder(text: string): bigint {
  return Array.from(text).reduce((sum, digit) => sum * 256n + BigInt(digit.charCodeAt(0)), 0n)
}

/** The places of bytes that lie in a word so that they compare like numbers: the first one on top. */
function placesInOrder(start: number, count: number): readonly number[] {
  return Array.from({ length: 16 }, (_, index) => (index < count ? start + count - 1 - index : 255))
}

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
  // Of integers and addresses: a text is looked at when somebody asks.
  const absent = createBitSet(made, columns.length)
  const from = made.local('i32')
  const digits = made.local('i32')
  const bytes = made.local('v128')
  // The top bit of the sum says that a byte is no digit. A leading zero counts as none, and neither does
  // the last byte, so that there is always an end.
  const least = vectorLocal(made, [zero + 1, ...Array(15).fill(zero)])
  const toTop = vectorLocal(made, [128 - 9, ...Array(14).fill(128 - 10), 255])
  const portPlaces = vectorLocal(made, placesInOrder(0, 5))
  const portLimits = columns.some(({ kind }) => kind === 'uint16')
    ? constants.place(limitsOf('65535'))
    : 0
  const addresses = columns.some(({ kind }) => kind === 'address')
    ? createIPv4Check(made, constants, columns.length)
    : undefined

  const before = (column: number): Code => i32.load(delimiters.get, column * 4)
  const after = (column: number): Code => i32.load(delimiters.get, column * 4 + 4)

  /** Whether a lone character stands behind the delimiter at an address. */
  function isLone(character: number, at: Code, column: number): Code {
    const lone = character + (column === last ? lineFeed : space) * 256
    return i32.eq(i32.load16(at, 1), i32.of(lone))
  }

  /** Gives up what is neither a lone 0, where that may be, nor absent. */
  function checkLone(column: number, givenUp: Label, mayBeZero: boolean): Code {
    const rest: Code = [
      branchIf(givenUp, i32.eqz(isLone(dash, from.get, column))),
      absent.set(column),
    ]
    return mayBeZero ? when(i32.eqz(isLone(zero, from.get, column)), rest) : rest
  }

  /** Sets `digits` to how many the value begins with; 0 if the first one is a zero. */
  function countDigits(column: number): Code {
    return [
      from.set(before(column)),
      bytes.set(v128.load(from.get, 1)),
      digits.set(
        i32.ctz(i8x16.bitmask(i8x16.addUnsigned(i8x16.sub(bytes.get, least.get), toTop.get))),
      ),
    ]
  }

  function checkInteger(column: number, givenUp: Label): Code {
    const end = i32.add(i32.add(from.get, digits.get), i32.of(1))
    return [countDigits(column), when(i32.ne(end, after(column)), checkLone(column, givenUp, true))]
  }

  function checkSeconds(column: number, givenUp: Label): Code {
    const isOdd = i32.or(
      i32.xor(digits.get, i32.of(10)),
      i32.xor(i32.add(from.get, i32.of(11)), after(column)),
    )
    return [countDigits(column), when(isOdd, checkLone(column, givenUp, false))]
  }

  /** Of `count` digits from `start` on. */
  function orderOf(start: number, count: number): Code {
    return i64x2.extract(i8x16.swizzle(bytes.get, v128.of(placesInOrder(start, count))), 0)
  }

  /** Ports have five digits so often that a branch would be guessed wrong. */
  function checkPort(givenUp: Label): Code {
    const order = i64x2.extract(i8x16.swizzle(bytes.get, portPlaces.get), 0)
    const limit = i64.load(i32.shl(digits.get, i32.of(3)), portLimits)
    return branchIf(givenUp, i64.gt(order, limit))
  }

  function checkUint8(givenUp: Label): Code {
    return when(
      i32.gt(digits.get, i32.of(2)),
      branchIf(givenUp, i32.gt(digits.get, i32.of(3))),
      branchIf(givenUp, i64.gt(orderOf(0, 3), i64.of(inOrder('255')))),
    )
  }

  /** The limit of 32-bit numbers has too many digits for one comparison. */
  function checkInt32(givenUp: Label): Code {
    const high = i64.of(inOrder('21474'))
    return when(
      i32.gt(digits.get, i32.of(9)),
      branchIf(givenUp, i32.gt(digits.get, i32.of(10))),
      branchIf(givenUp, i64.gt(orderOf(0, 5), high)),
      branchIf(
        givenUp,
        i32.and(i64.eq(orderOf(0, 5), high), i64.gt(orderOf(5, 5), i64.of(inOrder('83647')))),
      ),
    )
  }

  function checkAddress(column: number, givenUp: Label): Code {
    if (addresses === undefined) return []
    const width = i32.sub(i32.sub(after(column), from.get), i32.of(1))
    return [
      from.set(before(column)),
      when(
        addresses.check(from.get, column),
        either(isLone(dash, from.get, column), absent.set(column), [
          branchIf(givenUp, i32.eqz(calls.isIPv6(i32.add(from.get, i32.of(1)), width))),
          six.set(column),
        ]),
      ),
    ]
  }

  function checkColumn({ kind }: Column, column: number, givenUp: Label): Code {
    switch (kind) {
      case 'text':
        // The delimiters have said all.
        return []
      case 'address':
        return checkAddress(column, givenUp)
      case 'seconds':
        return checkSeconds(column, givenUp)
      case 'uint8':
        return [checkInteger(column, givenUp), checkUint8(givenUp)]
      case 'uint16':
        return [checkInteger(column, givenUp), checkPort(givenUp)]
      case 'int32':
        return [checkInteger(column, givenUp), checkInt32(givenUp)]
      default:
        return checkInteger(column, givenUp)
    }
  }

  /** A comment or a control message may look like data where the first column is no number. */
  function checkFirstByte(givenUp: Label): Code {
    const kind = columns[0]?.kind
    if (kind !== 'text' && kind !== 'address') return []
    const first = i32.load8(before(0), 1)
    return branchIf(givenUp, i32.or(i32.eq(first, i32.of(35)), i32.eq(first, i32.of(67))))
  }

  const isText = (column: number): boolean => columns[column]?.kind === 'text'

  return {
    init: [least.init, toTop.init, portPlaces.init, addresses?.init ?? []],
    check: (givenUp) => [
      six.clear,
      absent.clear,
      when(careful.get, branchIf(givenUp, i32.eqz(calls.hasDelimiters(delimiters.get)))),
      checkFirstByte(givenUp),
      columns.map((column, index) => checkColumn(column, index, givenUp)),
    ],
    before,
    after,
    widthAndOne: (column) => i32.sub(after(column), before(column)),
    isAbsent: (column) =>
      isText(column) ? isLone(dash, before(column), column) : absent.has(column),
    isIPv6: six.has,
  }
}

/** For each number of digits what they are at most, in the order of `inOrder`. */
function limitsOf(limit: string): Uint8Array {
  const limits = new BigUint64Array(maxDigits + 1)
  limits.fill(-1n, 0, limit.length)
  limits[limit.length] = inOrder(limit)
  return new Uint8Array(limits.buffer)
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
