/**
 * The first pass over a block: the address of every byte that a clean value cannot hold, in order.
 * These are the delimiters, where lines are clean; a quote or a byte that is not ASCII stands among
 * them too, so that it spoils its own line and no other.
 */
import { branchIf, type Code, label, loop, when } from './wasm-code.ts'
import { createFunction, type Local, splatLocal, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, i64, v128 } from './wasm-operations.ts'

/**
 * `(from, to, list)` → the end of the list of addresses. Bytes behind `to` up to the next multiple
 * of 64 are read, and must be printable. `careful` is an address where 0 is left if every line of
 * the block has as many values as there are `columns`, with a single space between any two.
 */
export function tokeniser(columns: number, careful: number): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'], ['i32'])
  const [from, to, list] = made.parameters as [Local, Local, Local]
  const start = made.local('i32')
  const bytes = made.local('v128')
  const delimiting = made.local('v128')
  const marks = made.local('i64')
  const others = made.local('i64')
  const before = made.local('i64')
  const adjacent = made.local('i64')
  const otherCount = made.local('i32')
  const count = made.local('i32')
  const at = made.local('i32')
  const isCareful = made.local('i32')
  const constants = [1, 34, 92, 32].map((byte) => splatLocal(made, byte))
  const [one, quote, backslash, space] = constants.map(({ get }) => get) as [Code, Code, Code, Code]
  const next = label('next 64 bytes')
  const more = label('more')
  const nextLine = label('next line')

  const addBits = (bits: Local, mask: Code, index: number): Code => {
    const own = i64.extend(i8x16.bitmask(mask))
    if (index === 0) return bits.set(own)
    return bits.set(i64.or(bits.get, i64.shl(own, i64.of(BigInt(index * 16)))))
  }
  const take16 = (index: number): Code => [
    bytes.set(v128.load(from.get, index * 16)),
    delimiting.set(
      v128.or(
        // Signed, bytes from 128 on are below 0; with 1 added, 127 is one of them.
        i8x16.lt(i8x16.add(bytes.get, one), quote),
        v128.or(i8x16.eq(bytes.get, quote), i8x16.eq(bytes.get, backslash)),
      ),
    ),
    addBits(marks, delimiting.get, index),
    addBits(others, v128.xor(delimiting.get, i8x16.eq(bytes.get, space)), index),
  ]
  const storeOne = (place: Code, offset = 0): Code => [
    i32.store(place, i32.add(from.get, i32.wrap(i64.ctz(marks.get))), offset),
    marks.set(i64.and(marks.get, i64.sub(marks.get, i64.of(1n)))),
  ]
  /** More than most lines have in 64 bytes, so that the branch behind them is hardly ever taken. */
  const atOnce = 9

  made.body = [
    constants.map(({ init }) => init),
    start.set(list.get),
    // Before the block stands a line feed.
    before.set(i64.of(1n)),
    loop(
      next,
      [0, 1, 2, 3].map(take16),
      adjacent.set(
        i64.or(
          adjacent.get,
          i64.and(marks.get, i64.or(i64.shl(marks.get, i64.of(1n)), before.get)),
        ),
      ),
      before.set(i64.shr(marks.get, i64.of(63n))),
      otherCount.set(i32.add(otherCount.get, i32.wrap(i64.popcnt(others.get)))),
      count.set(i32.wrap(i64.popcnt(marks.get))),
      // More are stored than there are; the next ones are stored over what is too much.
      Array.from({ length: atOnce }, (_, index) => storeOne(list.get, index * 4)),
      when(
        i32.gt(count.get, i32.of(atOnce)),
        at.set(i32.add(list.get, i32.of(atOnce * 4))),
        loop(
          more,
          storeOne(at.get),
          at.set(i32.add(at.get, i32.of(4))),
          branchIf(more, i64.ne(marks.get, i64.of(0n))),
        ),
      ),
      list.set(i32.add(list.get, i32.shl(count.get, i32.of(2)))),
      from.set(i32.add(from.get, i32.of(64))),
      branchIf(next, i32.lt(from.get, to.get)),
    ),
    isCareful.set(
      i32.or(
        i64.ne(adjacent.get, i64.of(0n)),
        i32.ne(
          i32.mul(otherCount.get, i32.of(columns)),
          i32.shr(i32.sub(list.get, start.get), i32.of(2)),
        ),
      ),
    ),
    // As many others than spaces as there are lines, and each line has a line feed in its place: so there
    // is nothing else.
    when(
      i32.eqz(isCareful.get),
      at.set(start.get),
      loop(
        nextLine,
        isCareful.set(
          i32.or(
            isCareful.get,
            i32.xor(i32.load8(i32.load(at.get, (columns - 1) * 4)), i32.of(10)),
          ),
        ),
        at.set(i32.add(at.get, i32.of(columns * 4))),
        branchIf(nextLine, i32.lt(at.get, list.get)),
      ),
    ),
    i32.store(i32.of(careful), isCareful.get),
    list.get,
  ]
  return made
}
