/** Numbers and times: from digits, and to digits. */
import { branchIf, type Code, eitherValue, label, loop, returns, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i32, i64 } from './wasm-operations.ts'

type Call = (...values: readonly Code[]) => Code

const zero = 48

/** Eight digits as a number: neighbours become one number each, digits to pairs, pairs to fours. */
function ofEight(digits: Code): Code {
  const join = (value: Code, mask: bigint, factor: bigint, shift: bigint): Code =>
    i64.shr(i64.mul(i64.and(value, i64.of(mask)), i64.of(factor)), i64.of(shift))
  const pairs = join(digits, 0x0f0f0f0f0f0f0f0fn, 2561n, 8n)
  const fours = join(pairs, 0x00ff00ff00ff00ffn, 6553601n, 16n)
  return join(fours, 0x0000ffff0000ffffn, 42949672960001n, 32n)
}

/** The number of up to eight digits between two addresses. Bytes before them are read. */
export function shortNumber(from: Code, to: Code): Code {
  // What is not a digit becomes a zero in front.
  const missing = i32.sub(i32.of(64), i32.shl(i32.sub(to, from), i32.of(3)))
  const digits = i64.load(i32.sub(to, i32.of(8)))
  return ofEight(i64.and(digits, i64.shl(i64.of(-1n), i64.extend(missing))))
}

/** `(from, to)` → the number of up to 15 digits. Bytes before `from` are read. */
export function numberReader(): WasmFunction {
  const made = createFunction(['i32', 'i32'], ['i64'])
  const [from, to] = made.parameters as [Local, Local]
  made.body = [
    when(
      i32.gt(i32.sub(to.get, from.get), i32.of(8)),
      returns(
        i64.add(
          i64.mul(shortNumber(from.get, i32.sub(to.get, i32.of(8))), i64.of(100_000_000n)),
          ofEight(i64.load(i32.sub(to.get, i32.of(8)))),
        ),
      ),
    ),
    shortNumber(from.get, to.get),
  ]
  return made
}

/** `(from)` → the number of exactly ten digits. */
export function secondsReader(): WasmFunction {
  const made = createFunction(['i32'], ['i64'])
  const [from] = made.parameters as [Local]
  const digit = (offset: number): Code => i32.sub(i32.load8(from.get, offset), i32.of(zero))
  made.body = i64.add(
    i64.mul(ofEight(i64.load(from.get)), i64.of(100n)),
    i64.extend(i32.add(i32.mul(digit(8), i32.of(10)), digit(9))),
  )
  return made
}

/** Sets a number below 100 million to its digits, one a byte: fours are split into pairs, and those into digits. */
function toDigits(value: Local): Code {
  /** What is left of each part goes behind its quotient by `divisor`, `distance` bits further up. */
  const split = (quotients: Code, divisor: bigint, distance: bigint): Code =>
    value.set(
      i64.sub(
        i64.shl(value.get, i64.of(distance)),
        i64.mul(quotients, i64.of((divisor << distance) - 1n)),
      ),
    )
  const scaled = (factor: bigint, shift: bigint, mask: bigint): Code =>
    i64.and(i64.shr(i64.mul(value.get, i64.of(factor)), i64.of(shift)), i64.of(mask))
  return [
    split(i64.div(value.get, i64.of(10_000n)), 10_000n, 32n),
    split(scaled(10_486n, 20n, 0x0000007f0000007fn), 100n, 16n),
    split(scaled(103n, 10n, 0x000f000f000f000fn), 10n, 8n),
  ]
}

/** `(value, to)` → the end of its digits, which are written from `to` on, and some bytes more. */
export function numberWriter(): WasmFunction {
  const made = createFunction(['i64', 'i32'], ['i32'])
  const [value, to] = made.parameters as [Local, Local]
  const zeros = made.local('i64')
  const rest = made.local('i64')
  const end = made.local('i32')
  const at = made.local('i32')
  const count = label('one digit more')
  const write = label('write a digit')
  // Where the next text goes is guessed by the processor for the numbers that are frequent.
  const isBelow = (limit: bigint): Code => i64.lt(rest.get, i64.of(limit))
  const length = eitherValue(
    isBelow(100n),
    eitherValue(isBelow(10n), i32.of(1), i32.of(2)),
    eitherValue(
      isBelow(1000n),
      i32.of(3),
      i32.sub(i32.of(8), i32.wrap(i64.shr(zeros.get, i64.of(3n)))),
    ),
  )
  made.body = [
    when(
      i64.lt(value.get, i64.of(100_000_000n)),
      rest.set(value.get),
      toDigits(value),
      // The zeros in front are pushed out, but for the last digit.
      zeros.set(i64.and(i64.ctz(i64.or(value.get, i64.of(1n << 56n))), i64.of(-8n))),
      i64.store(to.get, i64.shr(i64.or(value.get, i64.of(0x3030303030303030n)), zeros.get)),
      returns(i32.add(to.get, length)),
    ),
    rest.set(value.get),
    end.set(to.get),
    loop(
      count,
      end.set(i32.add(end.get, i32.of(1))),
      rest.set(i64.div(rest.get, i64.of(10n))),
      branchIf(count, i64.ne(rest.get, i64.of(0n))),
    ),
    at.set(end.get),
    loop(
      write,
      at.set(i32.sub(at.get, i32.of(1))),
      i32.store8(at.get, i32.add(i32.wrap(i64.rem(value.get, i64.of(10n))), i32.of(zero))),
      value.set(i64.div(value.get, i64.of(10n))),
      branchIf(write, i32.gt(at.get, to.get)),
    ),
    end.get,
  ]
  return made
}

/** `(from, at)`: writes the time of ten digits as the 24 characters of RFC 3339 in UTC. */
export function datetimeWriter(seconds: Call): WasmFunction {
  const made = createFunction(['i32', 'i32'])
  const [from, at] = made.parameters as [Local, Local]
  const time = made.local('i64')
  const second = made.local('i32')
  const day = made.local('i32')
  const year = made.local('i32')
  const month = made.local('i32')
  const twoDigits = (value: Code, offset: number): Code => [
    i32.store8(at.get, i32.add(i32.div(value, i32.of(10)), i32.of(zero)), offset),
    i32.store8(at.get, i32.add(i32.rem(value, i32.of(10)), i32.of(zero)), offset + 1),
  ]
  const text = (value: string, offset: number): Code =>
    Array.from(value, (character, index) =>
      i32.store8(at.get, i32.of(character.charCodeAt(0)), offset + index),
    )
  const minus = (value: Local, by: Code): Code => value.set(i32.sub(value.get, by))
  made.body = [
    time.set(seconds(from.get)),
    second.set(i32.wrap(i64.rem(time.get, i64.of(86_400n)))),
    // Days since 0000-03-01: years begin in March, so that the odd day of a leap year is the last.
    day.set(i32.add(i32.wrap(i64.div(time.get, i64.of(86_400n))), i32.of(719_468))),
    year.set(i32.mul(i32.div(day.get, i32.of(146_097)), i32.of(400))),
    day.set(i32.rem(day.get, i32.of(146_097))),
    // The year in the cycle; every fourth has a day more, but not every hundredth.
    month.set(
      i32.div(
        i32.sub(
          i32.add(
            i32.sub(day.get, i32.div(day.get, i32.of(1460))),
            i32.div(day.get, i32.of(36_524)),
          ),
          i32.div(day.get, i32.of(146_096)),
        ),
        i32.of(365),
      ),
    ),
    year.set(i32.add(year.get, month.get)),
    minus(
      day,
      i32.sub(
        i32.add(i32.mul(month.get, i32.of(365)), i32.div(month.get, i32.of(4))),
        i32.div(month.get, i32.of(100)),
      ),
    ),
    month.set(i32.div(i32.add(i32.mul(day.get, i32.of(5)), i32.of(2)), i32.of(153))),
    minus(day, i32.div(i32.add(i32.mul(month.get, i32.of(153)), i32.of(2)), i32.of(5))),
    // From months since March to those since January.
    when(i32.gt(month.get, i32.of(9)), year.set(i32.add(year.get, i32.of(1)))),
    month.set(i32.rem(i32.add(month.get, i32.of(2)), i32.of(12))),
    twoDigits(i32.div(year.get, i32.of(100)), 0),
    twoDigits(i32.rem(year.get, i32.of(100)), 2),
    text('-', 4),
    twoDigits(i32.add(month.get, i32.of(1)), 5),
    text('-', 7),
    twoDigits(i32.add(day.get, i32.of(1)), 8),
    text('T', 10),
    twoDigits(i32.div(second.get, i32.of(3600)), 11),
    text(':', 13),
    twoDigits(i32.rem(i32.div(second.get, i32.of(60)), i32.of(60)), 14),
    text(':', 16),
    twoDigits(i32.rem(second.get, i32.of(60)), 17),
    text('.000Z', 19),
  ]
  return made
}
