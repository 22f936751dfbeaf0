/** Everything compiled for one format: how to read a line, map it, and which engine runs its plan. */

import { compilePlan } from './compile-plan.ts'
import { compileCondition, type Test } from './condition.ts'
import { type FilterRule, filterConditions } from './filter.ts'
import type { Format } from './format.ts'
import { createIdentify, type Identify } from './id.ts'
import { createMapper, type Mapper } from './mapper.ts'
import type { Condition, Mapping } from './mapping.ts'
import { createReader, lineLimit, type ParserOptions } from './parser.ts'
import { createPortableEngine, type Engine } from './portable.ts'

/** What lanes are compiled from. */
export interface LaneOptions extends ParserOptions {
  readonly mapping: Mapping
  readonly filter?: readonly FilterRule[]
  /** The 16-byte key of the deterministic id; zeros by default. */
  readonly idKey?: Uint8Array
  /** `object` never uses an engine, for comparisons. Default `auto`. */
  readonly engine?: 'auto' | 'object'
}

/** The two lanes of one format: an engine for the lines it is sure of, and functions for all others. */
export interface Lane {
  readonly format: Format
  readonly engine: Engine | undefined
  readonly read: ReturnType<typeof createReader>
  readonly map: Mapper
  readonly identify: Identify
  readonly filters: readonly { readonly name: string; readonly test: Test }[]
  /** The keys of time columns. */
  readonly times: readonly string[]
}

// Hostile input could announce formats without end.
const maxLanes = 64

/** Compiles the lane of a format once. Throws when the options are wrong. */
export function createLanes(options: LaneOptions): (format: Format) => Lane {
  const { filter = [] } = options
  const drops = filterConditions(filter)
  const lanes = new Map<string, Lane>()
  return (format) => {
    const known = lanes.get(format.text)
    if (known) return known
    const lane = createLane(format, options, drops)
    if (lanes.size < maxLanes) lanes.set(format.text, lane)
    return lane
  }
}

function createLane(format: Format, options: LaneOptions, drops: readonly Condition[]): Lane {
  const { mapping, filter = [], idKey, engine = 'auto' } = options
  const keys = new Set(format.columns.map((column) => column.key))
  // An engine copies what stands in the line, and would not see an alias.
  const hasAliases = options.lenient === true && keys.has('action')
  const isFast = engine === 'auto' && !hasAliases
  const plan = isFast ? compilePlan(mapping, format, drops) : undefined
  return {
    format,
    engine:
      plan &&
      createPortableEngine(plan, format, {
        maxLineLength: lineLimit(options),
        ...(idKey && { key: idKey }),
      }),
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
