/** Everything compiled for one format: how to read a line, map it, and which engine runs its plan. */

import { compilePlan } from './compile-plan.ts'
import { compileCondition, type Test } from './condition.ts'
import { configurationError } from './configuration-error.ts'
import { type FilterRule, filterConditions } from './filter.ts'
import type { Format } from './format.ts'
import { checkKey, createIdentify, type Identify } from './id.ts'
import { createKernelEngine } from './kernel.ts'
import type { KernelMemory } from './kernel-memory.ts'
import { type KernelNote, keyOf, readNote } from './kernel-note.ts'
import { createMapper, type Mapper } from './mapper.ts'
import type { Condition, Mapping } from './mapping.ts'
import { createReader, lineLimit, type ParserOptions } from './parser.ts'
import type { Plan } from './plan.ts'
import type { WasmCode } from './platform.ts'
import { createPortableEngine, type Engine } from './portable.ts'

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

/** What lanes of one transform share. */
export interface LaneHost {
  /** Whether events are described. */
  readonly hasIndex: boolean
  /** The memory of kernels; undefined where the host has none. */
  memory(): KernelMemory | undefined
}

// Hostile input could announce formats without end.
const maxLanes = 64

/** Compiles the lane of a format once. Throws when the options are wrong. */
export function createLanes(options: LaneOptions, host: LaneHost): (format: Format) => Lane {
  const { filter = [], idKey } = options
  const drops = filterConditions(filter)
  if (idKey) checkKey(idKey)
  const lanes = new Map<string, Lane>()
  const note = options.kernel && readNote(options.kernel)
  return (format) => {
    const known = lanes.get(format.text)
    if (known) return known
    const lane = createLane(format, options, drops, host, note)
    if (lanes.size < maxLanes) lanes.set(format.text, lane)
    return lane
  }
}

function createLane(
  format: Format,
  options: LaneOptions,
  drops: readonly Condition[],
  host: LaneHost,
  note: KernelNote | undefined,
): Lane {
  const { filter = [], engine = 'auto' } = options
  const hasAliases = options.lenient === true && format.columns.some(({ key }) => key === 'action')
  // An engine copies what stands in the line, and would not see an alias.
  const isFast = engine !== 'object' && !hasAliases
  const isPrepared = note !== undefined && note.key === keyOf(options, format, host.hasIndex)
  const compile = () => (isPrepared ? note.plan : compilePlan(options.mapping, format, drops))
  const plan = isFast ? compile() : undefined
  return {
    format,
    isPrepared,
    engine: chooseEngine(plan, format, options, host, isPrepared ? options.kernel : undefined),
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
  plan: Plan | undefined,
  format: Format,
  options: LaneOptions,
  { memory, hasIndex }: LaneHost,
  module: WasmCode | undefined,
): () => Engine | undefined {
  const { idKey: key = new Uint8Array(16), engine = 'auto' } = options
  const maxLineLength = lineLimit(options)
  if (plan === undefined) return () => undefined
  const portable = () => createPortableEngine(plan, format, { key, maxLineLength })
  const kernel = (): Engine | undefined => {
    const shared = memory()
    return (
      shared && createKernelEngine({ plan, format, key, maxLineLength, hasIndex }, shared, module)
    )
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
