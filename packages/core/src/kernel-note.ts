/**
 * A kernel that is made ahead of time carries a note: the options that it was made for, and its plan,
 * so that a host need not compile either again.
 */
import { configurationError } from './configuration-error.ts'
import type { Format } from './format.ts'
import type { LaneOptions } from './lane.ts'
import { lineLimit } from './parser.ts'
import type { Plan } from './plan.ts'
import { createTextDecoder, createTextEncoder, sectionOf, type WasmCode } from './platform.ts'
import { withSection } from './wasm-module.ts'

/** What a kernel says about itself. */
export interface KernelNote {
  /** The options as text, see `keyOf`. */
  readonly key: string
  readonly plan: Plan
}

/**
 * What code around a kernel takes for granted: the layout of the memory, the functions, the meaning
 * of plans. A test fails when it should be raised.
 */
export const kernelVersion = 3

const sectionName = 'flowlogs'

/** The options that decide what is in a kernel, as text. */
export function keyOf(options: LaneOptions, format: Format, hasIndex: boolean): string {
  const { mapping, filter = [], idKey = new Uint8Array(16) } = options
  const limit = lineLimit(options)
  return JSON.stringify([kernelVersion, format.text, hasIndex, limit, [...idKey], filter, mapping])
}

/** Adds the note to a module. */
export function addNote(
  module: Uint8Array<ArrayBuffer>,
  note: KernelNote,
): Uint8Array<ArrayBuffer> {
  return withSection(module, sectionName, createTextEncoder().encode(JSON.stringify(note)))
}

/** Reads the note of a compiled module. Throws if it is not a kernel. */
export function readNote(module: WasmCode): KernelNote {
  const section = sectionOf(module, sectionName)
  if (section === undefined) {
    throw configurationError('the option kernel takes a WebAssembly.Module made by compileKernel')
  }
  return JSON.parse(createTextDecoder(false).decode(section)) as KernelNote
}
