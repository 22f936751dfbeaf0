/** What the code of a plan's instructions works with. */
import type { Format } from './format.ts'
import type { BitSet } from './kernel-bits.ts'
import type { KernelLine } from './kernel-check.ts'
import type { Constants } from './kernel-constants.ts'
import type { KernelWriter } from './kernel-writer.ts'
import type { OriginTexts } from './origin-texts.ts'
import type { Plan } from './plan.ts'
import type { Code, Label } from './wasm-code.ts'
import type { Local, WasmFunction } from './wasm-module.ts'
import { i32 } from './wasm-operations.ts'

/** Calls a function of the kernel. */
export type Call = (...values: readonly Code[]) => Code

/** The functions that instructions call. */
export interface KernelCalls {
  /** See `kernel-text.ts`. */
  readonly copy: Call
  readonly isSame: Call
  readonly hasByte: Call
  /** See `kernel-number.ts`. */
  readonly number: Call
  readonly seconds: Call
  readonly writeNumber: Call
  readonly writeDatetime: Call
  /** See `kernel-same-address.ts`. */
  readonly isSameAddress: Call
  /** See `kernel-id.ts`. */
  readonly identify: Call
}

/** One plan on its way to code. */
export interface KernelContext {
  readonly plan: Plan
  readonly format: Format
  readonly made: WasmFunction
  readonly constants: Constants
  readonly line: KernelLine
  /** Where the delimiters of the line begin, and the last of the block. */
  readonly delimiters: Local
  readonly last: Local
  readonly writer: KernelWriter
  readonly calls: KernelCalls
  readonly originTexts: OriginTexts
  /** Asks the host, as `kernel-questions.ts` says. */
  ask(instruction: readonly number[]): Code
  /** The end of the output. */
  readonly end: Local
  /** Where the document begins. */
  readonly begin: Local
  readonly carried: BitSet
  readonly seen: BitSet
  /** The seconds between the two times of the last `ifInOrder`. */
  readonly elapsed: Local
  /** The address of the line's id, or 0. */
  readonly idAt: Local
  /** The line of which the id was computed last, by its delimiters. */
  readonly identified: Local
  /** Where to go once the line is done, or not this kernel's. */
  readonly emitted: Label
  readonly dropped: Label
  readonly givenUp: Label
}

/** The address of a value's first byte, and of the byte behind it. */
export function startOf({ line }: KernelContext, column: number): Code {
  return i32.add(line.before(column), i32.of(1))
}
