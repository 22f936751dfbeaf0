/** Everything compiled for one format: how to read a line, map it, and which engine runs its plan. */

import { compilePlan } from './compile-plan.ts'
import { compileCondition, type Test } from './condition.ts'
import { configurationError } from './configuration-error.ts'
import { type FilterRule, filterConditions } from './filter.ts'
import type { Format } from './format.ts'
import { checkKey, createIdentify, type Identify } from './id.ts'
import { createKernelEngine } from './kernel.ts'
import type { KernelMemory } from './kernel-memory.ts'
import { createKernel } from './kernel-module.ts'
import { keyOf, type PreparedKernel, readKernel } from './kernel-note.ts'
import { createMapper, type Mapper } from './mapper.ts'
import type { Condition, Mapping } from './mapping.ts'
import { createReader, lineLimit, type ParserOptions } from './parser.ts'
import { canCompile, compile, fromBase64, type WasmCode } from './platform.ts'
import { createPortableEngine, type Engine } from './portable.ts'
import { preparedKernelsOf } from './prepared-mapping.ts'

/** What lanes are compiled from. */
export interface LaneOptions extends ParserOptions {
  readonly mapping: Mapping
  readonly filter?: readonly FilterRule[]
  /** The 16-byte key of the deterministic id; zeros by default. */
  readonly idKey?: Uint8Array
  /**
   * What takes the lines: `kernel` is WebAssembly made for the mapping, `portable` plain JavaScript,
   * `object` the reference alone. Default `auto`: a kernel wherever there can be one, else portable.
   */
  readonly engine?: 'auto' | 'kernel' | 'portable' | 'object'
  /**
   * A `WebAssembly.Module` of what `compileKernel` made for the same options: for hosts that take
   * WebAssembly only from files, and for quick starts.
   */
  readonly kernel?: WasmCode
}

/** The two lanes of one format: an engine for the lines it is sure of, and functions for all others. */
export interface Lane {
  readonly format: Format
  /** Made when the first line needs it. */
  engine(): Engine | undefined
  /** The same. */
  reference(): Reference
  /** The names of the filter rules. */
  readonly rules: readonly string[]
  /** Whether the kernel that was given is for this format. */
  readonly isPrepared: boolean
}

/** The object lane, which knows what to do with any line. */
interface Reference {
  readonly read: ReturnType<typeof createReader>
  readonly map: Mapper
  readonly identify: Identify
  readonly filters: readonly { readonly name: string; readonly test: Test }[]
  /** The keys of time columns. */
  readonly times: readonly string[]
}

// Hostile input could announce formats without end.
const maxLanes = 64

/** The memory of all kernels of a transform; undefined where the host has none. */
type Memory = () => KernelMemory | undefined

/** Compiles the lane of a format once. Throws when the options are wrong. */
export function createLanes(options: LaneOptions, memory: Memory): (format: Format) => Lane {
  const { filter = [], idKey, kernel } = options
  const drops = filterConditions(filter)
  if (idKey) checkKey(idKey)
  const lanes = new Map<string, Lane>()
  const given = kernel && readKernel(kernel)
  if (kernel && given === undefined) {
    throw configurationError('the option kernel takes a WebAssembly.Module made by compileKernel')
  }
  return (format) => {
    const known = lanes.get(format.text)
    if (known) return known
    const lane = createLane(format, options, drops, memory, given)
    if (lanes.size < maxLanes) lanes.set(format.text, lane)
    return lane
  }
}

function createLane(
  format: Format,
  options: LaneOptions,
  drops: readonly Condition[],
  memory: Memory,
  given: PreparedKernel | undefined,
): Lane {
  const { filter = [] } = options
  return {
    format,
    isPrepared: given !== undefined && given.key === keyOf(options, format),
    engine: chooseEngine(format, options, drops, memory, given),
    reference: once(() => createReference(format, options, drops)),
    rules: drops.map((_, rule) => filter[rule]?.name ?? ''),
  }
}

/** Throws if lines are to be taken by a kernel and there cannot be one, or if another one was given. */
export function checkEngine(lane: Lane, { engine, kernel }: LaneOptions): void {
  if (kernel && !lane.isPrepared) {
    throw configurationError('the kernel was made for other options, or by another version')
  }
  if (engine !== 'kernel' || lane.engine()?.name === 'kernel') return
  throw configurationError(
    'there can be no kernel: the host has no WebAssembly with SIMD, or the mapping or format needs another engine',
  )
}

/** A kernel where there can be one, unless the options say otherwise. */
function chooseEngine(
  format: Format,
  options: LaneOptions,
  drops: readonly Condition[],
  memory: Memory,
  given: PreparedKernel | undefined,
): () => Engine | undefined {
  const { engine = 'auto', lenient } = options
  // An engine copies what stands in the line, and would not see an alias.
  const hasAliases = lenient === true && format.columns.some(({ key }) => key === 'action')
  if (engine === 'object' || hasAliases) return () => undefined
  const prepared = engine === 'portable' ? undefined : findPrepared(format, options, given)
  if (prepared === undefined) return compileEngine(format, options, drops, memory)
  return once(() => {
    const shared = memory()
    const kernel = shared && createKernelEngine(prepared, format, shared)
    return kernel ?? compileEngine(format, options, drops, memory)()
  })
}

/** The kernel that was made ahead of time for exactly these options: the caller's, or the mapping's own. */
function findPrepared(
  format: Format,
  options: LaneOptions,
  given: PreparedKernel | undefined,
): PreparedKernel | undefined {
  const own = preparedKernelsOf(options.mapping)?.kernels.get(format.text)
  if (given === undefined && own === undefined) return undefined
  const key = keyOf(options, format)
  if (given?.key === key) return given
  const bytes = own === undefined ? undefined : fromBase64(own)
  const code = bytes && compile(bytes)
  const kernel = code && readKernel(code)
  return kernel?.key === key ? kernel : undefined
}

function compileEngine(
  format: Format,
  { mapping, idKey: key = new Uint8Array(16), engine = 'auto', ...limits }: LaneOptions,
  drops: readonly Condition[],
  memory: Memory,
): () => Engine | undefined {
  const plan = compilePlan(mapping, format, drops)
  if (plan === undefined) return () => undefined
  const options = { plan, format, key, maxLineLength: lineLimit(limits) }
  const portable = () => createPortableEngine(plan, format, options)
  const kernel = (): Engine | undefined => {
    const shared = memory()
    const made = shared && canCompile() ? createKernel(options) : undefined
    return made && shared && createKernelEngine(made, format, shared)
  }
  if (engine === 'portable') {
    const made = portable()
    return () => made
  }
  return once(() => kernel() ?? portable())
}

function createReference(
  format: Format,
  options: LaneOptions,
  drops: readonly Condition[],
): Reference {
  const { mapping, filter = [], idKey } = options
  const keys = new Set(format.columns.map((column) => column.key))
  return {
    read: createReader(format, options),
    map: createMapper(mapping, format, idKey && { idKey }),
    identify: createIdentify(format, idKey),
    filters: drops.map((drop, rule) => ({
      name: filter[rule]?.name ?? '',
      test: compileCondition(drop, keys),
    })),
    times: format.columns.filter(({ kind }) => kind === 'seconds').map(({ key }) => key),
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
