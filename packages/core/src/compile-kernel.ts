/** Makes kernels ahead of time: for hosts that take WebAssembly only from files, and for quick starts. */
import { compilePlan } from './compile-plan.ts'
import { configurationError } from './configuration-error.ts'
import { filterConditions } from './filter.ts'
import { type FormatInput, parseFormat } from './format.ts'
import { createKernel } from './kernel-module.ts'
import { addNote, keyOf } from './kernel-note.ts'
import type { LaneOptions } from './lane.ts'
import { lineLimit } from './parser.ts'

/**
 * The bytes of the kernel that `createTransform` would make for the same options, to be written to a
 * `.wasm` file; compiled, they are its option `kernel`. Throws when there can be none.
 */
export function compileKernel(
  options: LaneOptions & { readonly format?: FormatInput },
): Uint8Array<ArrayBuffer> {
  const { mapping, filter = [], idKey: key = new Uint8Array(16) } = options
  const format = parseFormat(options.format ?? 'v2')
  const plan = compilePlan(mapping, format, filterConditions(filter))
  const kernel = plan && createKernel({ plan, format, key, maxLineLength: lineLimit(options) })
  if (kernel === undefined) {
    throw configurationError('there can be no kernel for this mapping and format')
  }
  return addNote(kernel.code, { key: keyOf(options, format), demands: kernel.demands })
}
