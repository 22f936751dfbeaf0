/**
 * Writes the code that writes an event. Texts wait until something of unknown length follows, and
 * are then copied at once; how far the output has moved since its end was last put into its local is
 * known while the code is made, and costs nothing.
 */
import type { Constants } from './kernel-constants.ts'
import { createTextEncoder } from './platform.ts'
import type { Code } from './wasm-code.ts'
import type { Local } from './wasm-module.ts'
import { i32, i64, v128 } from './wasm-operations.ts'

/** Collects the code of a straight run. */
export interface KernelWriter {
  /** Appends code that does not write. */
  run(...code: readonly Code[]): void
  text(text: string): void
  /** Writes over the comma that was written last. */
  replaceComma(by: string): void
  /** Whether something has surely been written since the last place that can be jumped to. */
  hasWritten(): boolean
  /** Appends code that writes so many bytes at a distance from the local. */
  write(length: number, write: (distance: number) => Code): void
  /** The same where the number of bytes is not known before; `tooLong` is what to take off it. */
  insert(
    write: (distance: number) => {
      readonly code: Code
      readonly length: Code
      readonly tooLong?: number
    },
  ): void
  /** Brings the local up to date, for code that reads it or leads elsewhere. */
  settle(): void
  /** The code so far, which the writer forgets. */
  take(): Code
}

const comma = ','
const encoder = createTextEncoder()

/** Starts a writer to the address in `end`. */
export function createKernelWriter(constants: Constants, end: Local): KernelWriter {
  let code: Code[] = []
  let waiting = ''
  let distance = 0

  function flush(): void {
    if (waiting === '') return
    if (distance < 0) moveEnd()
    const { copy, length } = copyText(constants, end, waiting, distance)
    code.push(copy)
    distance += length
    waiting = ''
  }

  function moveEnd(): void {
    if (distance !== 0) code.push(end.set(i32.add(end.get, i32.of(distance))))
    distance = 0
  }

  const settle = (): void => {
    flush()
    moveEnd()
  }

  return {
    run(...more) {
      code.push(...more)
    },
    text(text) {
      waiting += text
    },
    replaceComma(by) {
      if (waiting.endsWith(comma)) waiting = waiting.slice(0, -1)
      else {
        flush()
        distance--
      }
      waiting += by
    },
    hasWritten: () => waiting !== '' || distance > 0,
    write(length, write) {
      flush()
      if (distance < 0) moveEnd()
      code.push(write(distance))
      distance += length
    },
    insert(write) {
      flush()
      if (distance < 0) moveEnd()
      const { code: written, length, tooLong = 0 } = write(distance)
      code.push(written, end.set(i32.add(i32.add(end.get, length), i32.of(distance - tooLong))))
      distance = 0
    },
    settle,
    take() {
      const taken = code
      code = []
      return taken
    },
  }
}

/** The code that writes a text; some bytes too many, which the next text is written over. */
export function copyText(
  constants: Constants,
  end: Local,
  text: string,
  distance: number,
): { copy: Code; length: number } {
  const bytes = encoder.encode(text)
  const { length } = bytes
  if (length <= 8) {
    const padded = new Uint8Array(8)
    padded.set(bytes)
    const word = new DataView(padded.buffer).getBigInt64(0, true)
    return { copy: i64.store(end.get, i64.of(word), distance), length }
  }
  const from = constants.place(text)
  const copy = Array.from({ length: Math.ceil(length / 16) }, (_, index) =>
    v128.store(end.get, v128.load(i32.of(0), from + index * 16), distance + index * 16),
  )
  return { copy, length }
}
