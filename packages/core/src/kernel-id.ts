/** The id of a line: the hash of the line, or of the line and what is known of its place. */
import type { Format } from './format.ts'
import { identifies } from './id.ts'
import type { Call, KernelContext } from './kernel-context.ts'
import { layout, state } from './kernel-layout.ts'
import { hexBytes } from './kernel-siphash.ts'
import { type Code, either, select, when } from './wasm-code.ts'
import { createFunction, type Local, type WasmFunction } from './wasm-module.ts'
import { i32 } from './wasm-operations.ts'

/** `(delimiters, others)`: leaves the ids of two lines at `layout.hex`. */
export function identifier(format: Format, copy: Call, hash: Call): WasmFunction {
  const made = createFunction(['i32', 'i32'])
  const [delimiters, others] = made.parameters as [Local, Local]
  const length = made.local('i32')
  const from = (line: Local): Code => i32.add(i32.load(line.get), i32.of(1))
  const to = (line: Local): Code => i32.load(line.get, format.columns.length * 4)
  if (identifies(format)) {
    made.body = hash(from(delimiters), to(delimiters), from(others), to(others))
    return made
  }
  // Lines come one by one, each with its place.
  const tailLength = i32.load(i32.of(0), state.tailLength)
  const message = i32.of(layout.message)
  const end = i32.add(i32.add(message, length.get), tailLength)
  made.body = [
    length.set(i32.sub(to(delimiters), from(delimiters))),
    copy(from(delimiters), message, length.get),
    copy(i32.of(layout.tail), i32.add(message, length.get), tailLength),
    hash(message, end, message, end),
  ]
  return made
}

/**
 * Sets `idAt` to the address of the line's id, unless it is set. The next line of the block is hashed
 * with it, and `identified` says which one that was.
 */
export function takeId({ calls, delimiters, last, format, idAt, identified }: KernelContext): Code {
  const lineBytes = i32.of(format.columns.length * 4)
  const next = i32.add(delimiters.get, lineBytes)
  const hasNext = i32.ge(last.get, i32.add(next, lineBytes))
  return when(
    i32.eqz(idAt.get),
    either(i32.eq(identified.get, delimiters.get), idAt.set(i32.of(layout.hex + hexBytes)), [
      identified.set(select(hasNext, next, delimiters.get)),
      calls.identify(delimiters.get, identified.get),
      idAt.set(i32.of(layout.hex)),
    ]),
  )
}
