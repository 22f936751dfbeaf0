/**
 * Values as cells, 32-bit words that records are made of. Texts repeat, so the kernel looks each of
 * them up in a table: what has come in several blocks is kept in JavaScript under the number of its
 * slot, and what has come before in this block is the same new value again.
 */
import type { Constants } from './kernel-constants.ts'
import { blockBytes, kernelSlack, layout } from './kernel-layout.ts'
import { branchIf, type Code, label, loop, returns, select, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i32, i64, i64x2, v128 } from './wasm-operations.ts'

/**
 * A cell from 0 on is a number, or the slot of a text that is kept. Below 0, all bits turned around,
 * it is the place of a new value, the first of which is undefined. For each other new value there is
 * a word: 0 for the next wide number, or the width of the next new text, and above these bits the
 * slot under which the text is to be kept after the block.
 */
export const widthBits = 17

/** How many texts each of the two tables holds, as a power of two. */
const slotBits = 12

/** How many slots there are; the first one stays empty. */
export const slots: number = 1 + 2 * 2 ** slotBits

/** The longest text in a slot; an IPv6 address has 39 bytes. */
const slotText = 48
const slotBytes = 64

// Behind the text in its slot: how many blocks it was new in, the last of them, and its place there.
const timesAt = 48
const placeAt = 52
const blockAt = 56

/** A text is kept after the block in which it is new for the second time. */
const enough = 3
/** A text that is kept stays until two others in a row have come to its slot. */
const safe = 4

const mostValues = blockBytes / 2
const cellsAt = layout.output
const wordsAt = cellsAt + mostValues * 4
const wideAt = wordsAt + mostValues * 4
const textsAt = wideAt + mostValues * 8
const stateAt = 64 * Math.ceil((textsAt + blockBytes + kernelSlack) / 64)
const slotsAt = stateAt + 64

/** Addresses in the part of the memory where other kernels have their output. */
export const cellLayout: Readonly<
  Record<'cells' | 'words' | 'wide' | 'texts' | 'block' | 'wordsEnd' | 'textsEnd', number>
> = {
  cells: cellsAt,
  words: wordsAt,
  wide: wideAt,
  texts: textsAt,
  /** The number of the block. */
  block: stateAt,
  wordsEnd: stateAt + 8,
  textsEnd: stateAt + 12,
}

/** Where the tables begin: addresses have their own, since many of them never come again. */
export const tables: Readonly<Record<'address' | 'text', number>> = {
  address: slotsAt + slotBytes,
  text: slotsAt + slotBytes + slotBytes * 2 ** slotBits,
}

/** Any odd numbers do; one for each eight bytes of a text. */
const multipliers = [
  0x9e3779b97f4a7c15n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0xd6e8feb86659fd93n,
  0xa0761d6478bd642fn,
  0xe7037ed1a0b428dbn,
]

type Call = (...values: readonly Code[]) => Code

/** Forgets the new values of the block before. */
export function startBlock(): Code {
  const { block, wordsEnd, textsEnd, words, texts } = cellLayout
  return [
    i64.store(i32.of(0), i64.add(i64.load(i32.of(0), block), i64.of(1n)), block),
    i32.store(i32.of(0), i32.of(words), wordsEnd),
    i32.store(i32.of(0), i32.of(texts), textsEnd),
  ]
}

/** `(word)` → the cell of a new value. */
export function newValue(): WasmFunction {
  const made = createFunction(['i32'], ['i32'])
  const [word] = made.parameters as [Local]
  const at = made.local('i32')
  made.body = [
    at.set(i32.load(i32.of(0), cellLayout.wordsEnd)),
    i32.store(at.get, word.get),
    at.set(i32.add(at.get, i32.of(4))),
    i32.store(i32.of(0), at.get, cellLayout.wordsEnd),
    // The first new value has place 1.
    i32.xor(i32.shr(i32.sub(at.get, i32.of(cellLayout.words)), i32.of(2)), i32.of(-1)),
  ]
  return made
}

/** `(from, width, slot)` → the cell of a new text, which is copied behind the others. */
export function newText(add: Call): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'], ['i32'])
  const [from, width, slot] = made.parameters as [Local, Local, Local]
  const to = made.local('i32')
  const end = made.local('i32')
  const next = label('next 16 bytes')
  made.body = [
    to.set(i32.load(i32.of(0), cellLayout.textsEnd)),
    end.set(i32.add(to.get, width.get)),
    i32.store(i32.of(0), end.get, cellLayout.textsEnd),
    loop(
      next,
      v128.store(to.get, v128.load(from.get)),
      from.set(i32.add(from.get, i32.of(16))),
      to.set(i32.add(to.get, i32.of(16))),
      branchIf(next, i32.lt(to.get, end.get)),
    ),
    add(i32.or(i32.shl(slot.get, i32.of(widthBits)), width.get)),
  ]
  return made
}

/** `(before, after, table)` → the cell of the text between two delimiters. */
export function textCell(constants: Constants, add: Call): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'], ['i32'])
  const [from, width, slot] = made.parameters as [Local, Local, Local]
  const parts = [0, 16, 32].map((offset) => ({ offset, bytes: made.local('v128') }))
  const hash = made.local('i64')
  const times = made.local('i32')
  const cell = made.local('i32')
  const masks = new Uint8Array(2 * slotText).fill(255, 0, slotText)
  const masksAt = constants.place(masks) + slotText
  const number = i32.shr(i32.sub(slot.get, i32.of(slotsAt)), i32.of(6))

  const take = (part: number): Code => {
    const { offset, bytes } = parts[part] as (typeof parts)[0]
    const mask = v128.load(i32.sub(i32.of(masksAt + offset), width.get))
    const product = (lane: number): Code =>
      i64.mul(i64x2.extract(bytes.get, lane), i64.of(multipliers[part * 2 + lane] as bigint))
    return [
      bytes.set(v128.and(v128.load(from.get, offset), mask)),
      hash.set(i64.add(hash.get, i64.add(product(0), product(1)))),
    ]
  }
  const differs = v128.anyTrue(
    parts
      .map(({ offset, bytes }) => v128.xor(bytes.get, v128.load(slot.get, offset)))
      .reduce((all, each) => v128.or(all, each)),
  )
  const setTimes = (value: Code): Code => i32.store(slot.get, value, timesAt)
  const remember = (value: Code): Code => [
    cell.set(value),
    i64.store(slot.get, i64.load(i32.of(0), cellLayout.block), blockAt),
    i32.store(slot.get, cell.get, placeAt),
    returns(cell.get),
  ]
  made.body = [
    from.set(i32.add(from.get, i32.of(1))),
    width.set(i32.sub(width.get, from.get)),
    when(i32.gt(width.get, i32.of(slotText)), returns(add(from.get, width.get, i32.of(0)))),
    take(0),
    when(i32.gt(width.get, i32.of(16)), take(1), when(i32.gt(width.get, i32.of(32)), take(2))),
    slot.set(
      i32.add(
        slot.get,
        i32.shl(i32.wrap(i64.shr(hash.get, i64.of(BigInt(64 - slotBits)))), i32.of(6)),
      ),
    ),
    times.set(i32.load(slot.get, timesAt)),
    when(
      differs,
      when(
        i32.eq(times.get, i32.of(safe)),
        setTimes(i32.of(enough)),
        returns(add(from.get, width.get, i32.of(0))),
      ),
      parts.map(({ offset, bytes }) => v128.store(slot.get, bytes.get, offset)),
      setTimes(i32.of(1)),
      remember(add(from.get, width.get, i32.of(0))),
    ),
    when(
      i32.ne(times.get, i32.of(safe)),
      when(
        i64.eq(i64.load(slot.get, blockAt), i64.load(i32.of(0), cellLayout.block)),
        returns(i32.load(slot.get, placeAt)),
      ),
      setTimes(i32.add(times.get, i32.of(1))),
      when(
        i32.lt(times.get, i32.of(enough)),
        remember(
          add(
            from.get,
            width.get,
            select(i32.eq(times.get, i32.of(enough - 1)), number, i32.of(0)),
          ),
        ),
      ),
    ),
    number,
  ]
  return made
}
