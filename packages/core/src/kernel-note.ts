/**
 * A kernel that is made ahead of time carries a note: the options that it was made for, and what it
 * asks of its host.
 */
import type { Format } from './format.ts'
import type { KernelDemands } from './kernel-demands.ts'
import type { Kernel } from './kernel-module.ts'
import type { LaneOptions } from './lane.ts'
import { lineLimit } from './parser.ts'
import { createTextDecoder, createTextEncoder, sectionOf, type WasmCode } from './platform.ts'
import { preparedKernelsOf } from './prepared-mapping.ts'
import { withSection } from './wasm-module.ts'

/** What a kernel says about itself. */
interface KernelNote {
  /** The options as text, see `keyOf`. */
  readonly key: string
  readonly demands: KernelDemands
}

/**
 * What code around a kernel takes for granted: the layout of the memory, the functions, the meaning
 * of demands. A test fails when it should be raised.
 */
export const kernelVersion = 5

const sectionName = 'flowlogs'

/** The options that decide what is in a kernel, as text; a mapping that brings kernels by its fingerprint. */
export function keyOf(options: LaneOptions, format: Format): string {
  const { mapping, filter = [], idKey = new Uint8Array(16) } = options
  const limit = lineLimit(options)
  const shape = preparedKernelsOf(mapping)?.fingerprint ?? mapping
  return JSON.stringify([kernelVersion, format.text, limit, [...idKey], filter, shape])
}

/** Adds the note to a module. */
export function addNote(
  module: Uint8Array<ArrayBuffer>,
  note: KernelNote,
): Uint8Array<ArrayBuffer> {
  return withSection(module, sectionName, createTextEncoder().encode(JSON.stringify(note)))
}

/** A kernel that was made ahead of time. */
export type PreparedKernel = Kernel & KernelNote

/** Reads the note of a compiled module; undefined if it is not a kernel. */
export function readKernel(code: WasmCode): PreparedKernel | undefined {
  const section = sectionOf(code, sectionName)
  if (section === undefined) return undefined
  return { code, ...(JSON.parse(createTextDecoder(false).decode(section)) as KernelNote) }
}
