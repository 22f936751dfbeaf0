/** Whether two spellings are of one IPv6 address. */
import { layout } from './kernel-layout.ts'
import { block, branch, branchIf, type Code, either, label, loop, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, v128 } from './wasm-operations.ts'

const colon = 58

/** `(from, to, at)`: writes the eight groups of a valid address without a dotted quad. */
export function groupsReader(): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'])
  const [from, to, at] = made.parameters as [Local, Local, Local]
  const byte = made.local('i32')
  const group = made.local('i32')
  const digits = made.local('i32')
  /** Where the next group goes, and where the gap is; 0 while there is none. */
  const next = made.local('i32')
  const gap = made.local('i32')
  const end = made.local('i32')
  const read = label('next byte')
  const move = label('next group')
  const moved = label('all groups moved')
  const finishGroup: Code = [
    i32.store16(next.get, group.get),
    next.set(i32.add(next.get, i32.of(2))),
    group.set(i32.of(0)),
    digits.set(i32.of(0)),
  ]
  // Of a letter the lowest bits are 1 to 6, of a digit 0 to 9.
  const digit = i32.add(
    i32.and(byte.get, i32.of(15)),
    i32.mul(i32.shr(byte.get, i32.of(6)), i32.of(9)),
  )
  made.body = [
    v128.store(at.get, i8x16.splat(i32.of(0))),
    next.set(at.get),
    loop(
      read,
      byte.set(i32.load8(from.get)),
      either(i32.eq(byte.get, i32.of(colon)), either(digits.get, finishGroup, gap.set(next.get)), [
        group.set(i32.or(i32.shl(group.get, i32.of(4)), digit)),
        digits.set(i32.of(1)),
      ]),
      from.set(i32.add(from.get, i32.of(1))),
      branchIf(read, i32.lt(from.get, to.get)),
    ),
    when(digits.get, finishGroup),
    // What stands behind the gap moves to the end.
    end.set(i32.add(at.get, i32.of(16))),
    block(
      moved,
      branchIf(moved, i32.eqz(gap.get)),
      loop(
        move,
        branchIf(moved, i32.eq(next.get, gap.get)),
        branchIf(moved, i32.eq(next.get, end.get)),
        next.set(i32.sub(next.get, i32.of(2))),
        end.set(i32.sub(end.get, i32.of(2))),
        group.set(i32.load16(next.get)),
        i32.store16(next.get, i32.of(0)),
        i32.store16(end.get, group.get),
        branch(move),
      ),
    ),
  ]
  return made
}

/** `(left, leftEnd, right, rightEnd)` → 1 if two valid IPv6 addresses are the same. */
export function addressEquality(readGroups: (...values: readonly Code[]) => Code): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32', 'i32'], ['i32'])
  const [left, leftEnd, right, rightEnd] = made.parameters as [Local, Local, Local, Local]
  const place = i32.of(layout.scratch)
  made.body = [
    readGroups(left.get, leftEnd.get, place),
    readGroups(right.get, rightEnd.get, i32.of(layout.scratch + 16)),
    i32.eqz(v128.anyTrue(v128.xor(v128.load(place), v128.load(place, 16)))),
  ]
  return made
}
