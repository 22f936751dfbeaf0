/** The id of a line: the hash of the line, or of the line and what is known of its place. */
import type { Format } from './format.ts'
import { identifies } from './id.ts'
import type { Call } from './kernel-context.ts'
import { layout, state } from './kernel-layout.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i32 } from './wasm-operations.ts'

/** `(delimiters)`: leaves the id of the line at `layout.hex`. */
export function identifier(format: Format, copy: Call, hash: Call): WasmFunction {
  const made = createFunction(['i32'])
  const [delimiters] = made.parameters as [Local]
  const length = made.local('i32')
  const from = i32.add(i32.load(delimiters.get), i32.of(1))
  const to = i32.load(delimiters.get, format.columns.length * 4)
  if (identifies(format)) {
    made.body = hash(from, to)
    return made
  }
  const tailLength = i32.load(i32.of(0), state.tailLength)
  const message = i32.of(layout.message)
  made.body = [
    length.set(i32.sub(to, from)),
    copy(from, message, length.get),
    copy(i32.of(layout.tail), i32.add(message, length.get), tailLength),
    hash(message, i32.add(i32.add(message, length.get), tailLength)),
  ]
  return made
}
