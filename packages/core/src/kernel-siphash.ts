/** SipHash-2-4 with a 128-bit output, as `siphash.ts` has it, in 64-bit words. */
import { layout } from './kernel-layout.ts'
import { block, branch, branchIf, type Code, label, loop } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, i64, i64x2, v128 } from './wasm-operations.ts'

/**
 * `(from, to)`: leaves the hash of the bytes as 32 hex digits at `layout.hex`. Bytes behind `to` are
 * read.
 */
export function hasher(key: Uint8Array): WasmFunction {
  const made = createFunction(['i32', 'i32'])
  const [from, to] = made.parameters as [Local, Local]
  const v0 = made.local('i64')
  const v1 = made.local('i64')
  const v2 = made.local('i64')
  const v3 = made.local('i64')
  const word = made.local('i64')
  const left = made.local('i32')
  const length = made.local('i32')
  const digits = made.local('v128')
  const next = label('next word')
  const done = label('no whole word left')

  const mix = (target: Local, value: Code): Code => target.set(i64.xor(target.get, value))
  const add = (target: Local, value: Local): Code => target.set(i64.add(target.get, value.get))
  const turn = (target: Local, bits: number): Code =>
    target.set(i64.rotl(target.get, i64.of(BigInt(bits))))
  const round: Code = [
    [add(v0, v1), turn(v1, 13), mix(v1, v0.get), turn(v0, 32)],
    [add(v2, v3), turn(v3, 16), mix(v3, v2.get)],
    [add(v0, v3), turn(v3, 21), mix(v3, v0.get)],
    [add(v2, v1), turn(v1, 17), mix(v1, v2.get), turn(v2, 32)],
  ]
  const absorb: Code = [mix(v3, word.get), round, round, mix(v0, word.get)]
  const finalRounds: Code = [round, round, round, round]
  const result: Code = i64.xor(i64.xor(v0.get, v1.get), i64.xor(v2.get, v3.get))
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  const [k0, k1] = [view.getBigUint64(0, true), view.getBigUint64(8, true)]

  made.body = [
    v0.set(i64.of(k0 ^ 0x736f6d6570736575n)),
    v1.set(i64.of(k1 ^ 0x646f72616e646f6dn ^ 0xeen)),
    v2.set(i64.of(k0 ^ 0x6c7967656e657261n)),
    v3.set(i64.of(k1 ^ 0x7465646279746573n)),
    length.set(i32.sub(to.get, from.get)),
    left.set(length.get),
    block(
      done,
      loop(
        next,
        branchIf(done, i32.lt(left.get, i32.of(8))),
        word.set(i64.load(from.get)),
        absorb,
        from.set(i32.add(from.get, i32.of(8))),
        left.set(i32.sub(left.get, i32.of(8))),
        branch(next),
      ),
    ),
    // The bytes that are left, and the length on top of them.
    word.set(
      i64.or(
        i64.and(
          i64.load(from.get),
          i64.sub(i64.shl(i64.of(1n), i64.extend(i32.shl(left.get, i32.of(3)))), i64.of(1n)),
        ),
        i64.shl(i64.extend(length.get), i64.of(56n)),
      ),
    ),
    absorb,
    mix(v2, i64.of(0xeen)),
    finalRounds,
    word.set(result),
    mix(v1, i64.of(0xddn)),
    finalRounds,
    digits.set(i64x2.replace(i64x2.splat(word.get), 1, result)),
    writeHex(digits.get),
  ]
  return made
}

/** Writes sixteen bytes as hex digits. */
function writeHex(bytes: Code): Code {
  const high = i8x16.shr(bytes, i32.of(4))
  const low = v128.and(bytes, i8x16.splat(i32.of(15)))
  const alphabet = v128.of(Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0)))
  // High and low halves take turns.
  const interleaved = (first: number): readonly number[] =>
    Array.from({ length: 16 }, (_, index) => first + (index >> 1) + (index % 2) * 16)
  return [0, 8].map((first, half) =>
    v128.store(
      i32.of(layout.hex),
      i8x16.swizzle(alphabet, i8x16.shuffle(high, low, interleaved(first))),
      half * 16,
    ),
  )
}
