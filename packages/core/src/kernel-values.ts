/** The code of questions about values. */
import { type KernelContext, startOf } from './kernel-context.ts'
import { pathOp } from './path.ts'
import { createTextEncoder } from './platform.ts'
import { type Code, eitherValue, when } from './wasm-code.ts'
import type { Local } from './wasm-module.ts'
import { i32, i64 } from './wasm-operations.ts'

const encoder = createTextEncoder()
const colon = 58

/** Whether the value is this text; of a letter the case may be left out of account. */
export function isText(
  { line }: KernelContext,
  column: number,
  text: string,
  ignoresCase = false,
): Code {
  const bytes = encoder.encode(text)
  // What is absent is written as a dash, and is no text.
  if (text === '-' || bytes.length === 0) return i32.of(0)
  let condition = i32.eq(line.widthAndOne(column), i32.of(bytes.length + 1))
  for (let at = 0; at < bytes.length; at += 8) {
    let value = 0n
    let kept = 0n
    let lower = 0n
    for (const [index, byte] of bytes.subarray(at, at + 8).entries()) {
      const shift = BigInt(index * 8)
      value |= BigInt(byte) << shift
      kept |= 255n << shift
      const isLetter = byte >= 97 && byte <= 122
      if (ignoresCase && isLetter) lower |= 32n << shift
    }
    let word = i64.load(line.before(column), at + 1)
    if (lower !== 0n) word = i64.or(word, i64.of(lower))
    if (kept !== (1n << 64n) - 1n) word = i64.and(word, i64.of(kept))
    condition = i32.and(condition, i64.eq(word, i64.of(value)))
  }
  return condition
}

/** Whether both values are the same bytes. */
export function isSame(context: KernelContext, left: number, right: number): Code {
  const { line, calls } = context
  if (left === right) return i32.of(1)
  return eitherValue(
    i32.eq(line.widthAndOne(left), line.widthAndOne(right)),
    calls.isSame(
      startOf(context, left),
      startOf(context, right),
      i32.sub(line.widthAndOne(left), i32.of(1)),
    ),
    i32.of(0),
  )
}

/**
 * Sets `answer` to whether both are the same value: the same bytes, or two spellings of one IPv6
 * address.
 */
export function askSameValue(
  context: KernelContext,
  answer: Local,
  left: number,
  right: number,
): Code {
  const { line, calls, format } = context
  const columns = [left, right]
  const kinds = columns.map((column) => format.columns[column]?.kind)
  const bytes = answer.set(isSame(context, left, right))
  if (left === right || kinds.some((kind) => kind !== 'text' && kind !== 'address')) return bytes
  const both = (condition: (column: number) => Code): Code =>
    columns.map(condition).reduce((one, other) => i32.and(one, other))
  const mayBeIPv6 = (column: number): Code =>
    format.columns[column]?.kind === 'address'
      ? line.isIPv6(column)
      : calls.hasByte(startOf(context, column), line.after(column), i32.of(colon))
  const compare = calls.isSameAddress(
    startOf(context, left),
    line.after(left),
    startOf(context, right),
    line.after(right),
  )
  // A text with a colon is hardly ever an address.
  const ask = context.ask([pathOp.sameValue, left, right])
  return [
    bytes,
    when(
      i32.eqz(answer.get),
      when(both(mayBeIPv6), answer.set(kinds.includes('text') ? ask : compare)),
    ),
  ]
}

/** The value of a column of integers, as 32 bits. */
export function numberOf(context: KernelContext, column: number): Code {
  const { line, calls, format } = context
  if (format.columns[column]?.kind !== 'uint8') {
    return i32.wrap(calls.number(startOf(context, column), line.after(column)))
  }
  // Up to three digits: moved to the top of a word, so that what is missing is 0.
  const digits = i32.shl(
    i32.xor(i32.load(line.before(column), 1), i32.of(0x30303030)),
    i32.sub(i32.of(40), i32.shl(line.widthAndOne(column), i32.of(3))),
  )
  const byte = (index: number): Code => i32.and(i32.shr(digits, i32.of(index * 8)), i32.of(255))
  return i32.add(
    i32.add(i32.mul(byte(1), i32.of(100)), i32.mul(byte(2), i32.of(10))),
    i32.shr(digits, i32.of(24)),
  )
}

/** Whether the later of two times is not before the earlier one; sets `elapsed` to what is between them. */
export function isInOrder(context: KernelContext, from: number, to: number): Code {
  const { calls, elapsed } = context
  const seconds = i64.sub(
    calls.seconds(startOf(context, to)),
    calls.seconds(startOf(context, from)),
  )
  return i64.eqz(i64.shr(elapsed.tee(seconds), i64.of(63n)))
}
