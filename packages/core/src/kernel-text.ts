/** What is done with the bytes of values: copied, compared, searched. */
import { block, branch, branchIf, label, loop, returns, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i8x16, i32, v128 } from './wasm-operations.ts'

/** `(from, to, length)`: copies bytes in bundles of 16, and so beyond the end. */
export function copier(): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'])
  const [from, to, length] = made.parameters as [Local, Local, Local]
  const end = made.local('i32')
  const next = label('next 16 bytes')
  const done = label('done')
  made.body = [
    end.set(i32.add(to.get, length.get)),
    block(
      done,
      loop(
        next,
        branchIf(done, i32.ge(to.get, end.get)),
        v128.store(to.get, v128.load(from.get)),
        from.set(i32.add(from.get, i32.of(16))),
        to.set(i32.add(to.get, i32.of(16))),
        branch(next),
      ),
    ),
  ]
  return made
}

/** `(left, right, length)` → 1 if both are the same bytes. */
export function equality(): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'], ['i32'])
  const [left, right, length] = made.parameters as [Local, Local, Local]
  const same = made.local('i32')
  const next = label('next 16 bytes')
  made.body = [
    loop(
      next,
      // One bit for each byte; the first one that is 0 is where they differ.
      same.set(
        i32.ctz(
          i32.xor(i8x16.bitmask(i8x16.eq(v128.load(left.get), v128.load(right.get))), i32.of(-1)),
        ),
      ),
      when(i32.ge(same.get, length.get), returns(i32.of(1))),
      when(i32.lt(same.get, i32.of(16)), returns(i32.of(0))),
      left.set(i32.add(left.get, i32.of(16))),
      right.set(i32.add(right.get, i32.of(16))),
      length.set(i32.sub(length.get, i32.of(16))),
      branch(next),
    ),
    i32.of(0),
  ]
  return made
}

/** `(from, to, byte)` → 1 if the byte is there. */
export function search(): WasmFunction {
  const made = createFunction(['i32', 'i32', 'i32'], ['i32'])
  const [from, to, byte] = made.parameters as [Local, Local, Local]
  const next = label('next byte')
  made.body = [
    loop(
      next,
      when(i32.ge(from.get, to.get), returns(i32.of(0))),
      when(i32.eq(i32.load8(from.get), byte.get), returns(i32.of(1))),
      from.set(i32.add(from.get, i32.of(1))),
      branch(next),
    ),
    i32.of(0),
  ]
  return made
}
