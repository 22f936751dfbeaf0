/**
 * SipHash-2-4 with a 128-bit output, as `siphash.ts` has it, in 64-bit words. Each step of it waits
 * for the one before, so that a processor has little to do: two texts are hashed in turns.
 */
import { layout } from './kernel-layout.ts'
import { block, branch, branchIf, type Code, label, loop, select } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, i64, i64x2, v128 } from './wasm-operations.ts'

/** The hash of one text on its way. */
interface Hash {
  readonly from: Local
  readonly to: Local
  readonly length: Local
  readonly word: Local
  readonly v0: Local
  readonly v1: Local
  readonly v2: Local
  readonly v3: Local
}

const mix = (target: Local, value: Code): Code => target.set(i64.xor(target.get, value))
const add = (target: Local, value: Local): Code => target.set(i64.add(target.get, value.get))
const turn = (target: Local, bits: number): Code =>
  target.set(i64.rotl(target.get, i64.of(BigInt(bits))))

/** The steps of a round. */
const round: readonly ((hash: Hash) => Code)[] = [
  ({ v0, v1 }) => add(v0, v1),
  ({ v2, v3 }) => add(v2, v3),
  ({ v1 }) => turn(v1, 13),
  ({ v3 }) => turn(v3, 16),
  ({ v0, v1 }) => mix(v1, v0.get),
  ({ v2, v3 }) => mix(v3, v2.get),
  ({ v0 }) => turn(v0, 32),
  ({ v1, v2 }) => add(v2, v1),
  ({ v0, v3 }) => add(v0, v3),
  ({ v1 }) => turn(v1, 17),
  ({ v3 }) => turn(v3, 21),
  ({ v1, v2 }) => mix(v1, v2.get),
  ({ v0, v3 }) => mix(v3, v0.get),
  ({ v2 }) => turn(v2, 32),
]

/** Two rounds, step by step of each hash. */
function twoRounds(...hashes: readonly Hash[]): Code {
  const once = round.map((step) => hashes.map(step))
  return [once, once]
}

const result = ({ v0, v1, v2, v3 }: Hash): Code =>
  i64.xor(i64.xor(v0.get, v1.get), i64.xor(v2.get, v3.get))

/**
 * `(from, to, from, to)`: leaves the hashes of two texts as 32 hex digits each at `layout.hex`. Bytes
 * behind them are read.
 */
export function hasher(key: Uint8Array): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32', 'i32'])
  const hashOf = (from: Local, to: Local): Hash => ({
    from,
    to,
    length: made.local('i32'),
    word: made.local('i64'),
    v0: made.local('i64'),
    v1: made.local('i64'),
    v2: made.local('i64'),
    v3: made.local('i64'),
  })
  const [from, to, otherFrom, otherTo] = made.parameters as [Local, Local, Local, Local]
  const one = hashOf(from, to)
  const other = hashOf(otherFrom, otherTo)
  const both = [one, other]
  const roundsOfBoth = twoRounds(...both)
  const stop = made.local('i32')
  const digits = made.local('v128')
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  const [k0, k1] = [view.getBigUint64(0, true), view.getBigUint64(8, true)]

  const wordsOf = (length: Code): Code => i32.and(length, i32.of(-8))

  /** Takes the words before `stop`, of which the first hash tells. */
  function absorb(hashes: readonly Hash[], rounds: Code): Code {
    const next = label('next word')
    const done = label('done')
    const [{ from: first }] = hashes as [Hash]
    return block(
      done,
      loop(
        next,
        branchIf(done, i32.ge(first.get, stop.get)),
        hashes.map(({ v3, from }) => mix(v3, i64.load(from.get))),
        rounds,
        hashes.map(({ v0, from }) => mix(v0, i64.load(from.get))),
        hashes.map(({ from }) => from.set(i32.add(from.get, i32.of(8)))),
        branch(next),
      ),
    )
  }

  const rest = (hash: Hash): Code => [
    stop.set(i32.add(hash.from.get, wordsOf(i32.sub(hash.to.get, hash.from.get)))),
    absorb([hash], twoRounds(hash)),
  ]

  /** The bytes that are left, and the length on top of them. */
  function lastWord({ from, to, length }: Hash): Code {
    const bits = i64.extend(i32.shl(i32.sub(to.get, from.get), i32.of(3)))
    return i64.or(
      i64.and(i64.load(from.get), i64.sub(i64.shl(i64.of(1n), bits), i64.of(1n))),
      i64.shl(i64.extend(length.get), i64.of(56n)),
    )
  }

  function fourRounds(): Code {
    const again = label('again')
    return [
      stop.set(i32.of(2)),
      loop(again, roundsOfBoth, stop.set(i32.sub(stop.get, i32.of(1))), branchIf(again, stop.get)),
    ]
  }

  made.body = [
    both.map(({ from, to, length, v0, v1, v2, v3 }) => [
      v0.set(i64.of(k0 ^ 0x736f6d6570736575n)),
      v1.set(i64.of(k1 ^ 0x646f72616e646f6dn ^ 0xeen)),
      v2.set(i64.of(k0 ^ 0x6c7967656e657261n)),
      v3.set(i64.of(k1 ^ 0x7465646279746573n)),
      length.set(i32.sub(to.get, from.get)),
    ]),
    stop.set(
      i32.add(
        from.get,
        wordsOf(select(i32.lt(one.length.get, other.length.get), one.length.get, other.length.get)),
      ),
    ),
    absorb(both, roundsOfBoth),
    both.map(rest),
    both.map((hash) => [hash.word.set(lastWord(hash)), mix(hash.v3, hash.word.get)]),
    roundsOfBoth,
    both.map(({ v0, v2, word }) => [mix(v0, word.get), mix(v2, i64.of(0xeen))]),
    fourRounds(),
    both.map((hash) => [hash.word.set(result(hash)), mix(hash.v1, i64.of(0xddn))]),
    fourRounds(),
    both.map((hash, index) => [
      digits.set(i64x2.replace(i64x2.splat(hash.word.get), 1, result(hash))),
      writeHex(digits.get, layout.hex + index * hexBytes),
    ]),
  ]
  return made
}

/** The digits of an id. */
export const hexBytes = 32

/** Writes sixteen bytes as hex digits. */
function writeHex(bytes: Code, at: number): Code {
  const high = i8x16.shr(bytes, i32.of(4))
  const low = v128.and(bytes, i8x16.splat(i32.of(15)))
  const alphabet = v128.of(Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0)))
  // High and low halves take turns.
  const interleaved = (first: number): readonly number[] =>
    Array.from({ length: 16 }, (_, index) => first + (index >> 1) + (index % 2) * 16)
  return [0, 8].map((first, half) =>
    v128.store(
      i32.of(at),
      i8x16.swizzle(alphabet, i8x16.shuffle(high, low, interleaved(first))),
      half * 16,
    ),
  )
}
