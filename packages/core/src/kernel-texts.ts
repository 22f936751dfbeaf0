/**
 * Texts repeat, so that JavaScript keeps strings. The kernel looks each text up in a table: a text
 * that is kept has a place, and one that has come before in the block is the same new value again.
 */
import { cellLayout, slotBits, slotBytes } from './kernel-cell-layout.ts'
import type { Constants } from './kernel-constants.ts'
import { type Code, returns, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i32, i64, i64x2, v128 } from './wasm-operations.ts'

/** The longest text in a slot; an IPv6 address has 39 bytes. */
const slotText = 48

// Behind the text in its slot: its stage, the last block in which it was new, and its cell there.
const stageAt = 48
const cellAt = 52
const blockAt = 56

/**
 * A text is kept from the third block on that has it, so that nothing is spent on what comes once or
 * twice. It stays until two others in a row would have its slot.
 */
const stages = { once: 1, twice: 2, kept: 3, safe: 4 } as const

/** Any odd numbers do; one for each eight bytes of a text. */
const multipliers = [
  0x9e3779b97f4a7c15n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0xd6e8feb86659fd93n,
  0xa0761d6478bd642fn,
  0xe7037ed1a0b428dbn,
]

/**
 * `(before, after)` → the cell of the text between two delimiters. The table is an address;
 * `addText` makes a text, `(from, width, place)`, a new value.
 */
export function textCell(
  table: number,
  constants: Constants,
  addText: (...values: readonly Code[]) => Code,
): WasmFunction {
  const made = createFunction(['i32', 'i32'], ['i32'])
  const [from, width] = made.parameters as [Local, Local]
  const slot = made.local('i32')
  const stage = made.local('i32')
  const cell = made.local('i32')
  const hash = made.local('i64')
  const parts = [0, 16, 32].map((offset) => ({ offset, bytes: made.local('v128') }))
  const masks = new Uint8Array(2 * slotText).fill(255, 0, slotText)
  const masksAt = constants.place(masks) + slotText

  const takePart = (part: number): Code => {
    const { offset, bytes } = parts[part] as (typeof parts)[0]
    const mask = v128.load(i32.sub(i32.of(masksAt + offset), width.get))
    const product = (lane: number): Code =>
      i64.mul(i64x2.extract(bytes.get, lane), i64.of(multipliers[part * 2 + lane] as bigint))
    return [
      bytes.set(v128.and(v128.load(from.get, offset), mask)),
      hash.set(i64.add(hash.get, i64.add(product(0), product(1)))),
    ]
  }
  const firstSlot = i32.add(
    i32.of(table),
    i32.mul(i32.wrap(i64.shr(hash.get, i64.of(BigInt(64 - slotBits)))), i32.of(slotBytes)),
  )
  const otherSlot: Code = slot.set(i32.xor(slot.get, i32.of(slotBytes)))
  const hasAnother = v128.anyTrue(
    parts
      .map(({ offset, bytes }) => v128.xor(bytes.get, v128.load(slot.get, offset)))
      .reduce((all, each) => v128.or(all, each)),
  )
  const stageOf = i32.load(slot.get, stageAt)
  const setStage = (value: Code): Code => i32.store(slot.get, value, stageAt)
  const place = i32.div(i32.sub(slot.get, i32.of(cellLayout.slots)), i32.of(slotBytes))
  const currentBlock = i64.load(i32.of(0), cellLayout.block)
  const unkept = addText(from.get, width.get, i32.of(0))
  const remember = (value: Code): Code => [
    cell.set(value),
    i64.store(slot.get, currentBlock, blockAt),
    i32.store(slot.get, cell.get, cellAt),
    returns(cell.get),
  ]

  /** The text is in neither slot. What is kept in the first gives way as the second of other texts. */
  const take: Code = [
    otherSlot,
    when(i32.ge(stageOf, i32.of(stages.kept)), otherSlot),
    when(i32.eq(stageOf, i32.of(stages.safe)), setStage(i32.of(stages.kept)), returns(unkept)),
    parts.map(({ offset, bytes }) => v128.store(slot.get, bytes.get, offset)),
    setStage(i32.of(stages.once)),
    remember(unkept),
  ]
  /** The text is in the slot, but not safe there. */
  const advance: Code = [
    when(
      i32.lt(stage.get, i32.of(stages.kept)),
      when(i64.eq(i64.load(slot.get, blockAt), currentBlock), returns(i32.load(slot.get, cellAt))),
    ),
    setStage(i32.add(stage.get, i32.of(1))),
    when(i32.eq(stage.get, i32.of(stages.once)), remember(unkept)),
    // Before this block it was here, too, so no line of the block has another text of this place.
    when(i32.eq(stage.get, i32.of(stages.twice)), cell.set(addText(from.get, width.get, place))),
  ]
  made.body = [
    from.set(i32.add(from.get, i32.of(1))),
    width.set(i32.sub(width.get, from.get)),
    when(i32.gt(width.get, i32.of(slotText)), returns(unkept)),
    takePart(0),
    when(
      i32.gt(width.get, i32.of(16)),
      takePart(1),
      when(i32.gt(width.get, i32.of(32)), takePart(2)),
    ),
    slot.set(firstSlot),
    when(hasAnother, otherSlot, when(hasAnother, take)),
    stage.set(stageOf),
    when(i32.ne(stage.get, i32.of(stages.safe)), advance),
    i32.xor(place, i32.of(-1)),
  ]
  return made
}
