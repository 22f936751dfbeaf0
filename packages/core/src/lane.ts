/** Everything compiled for one format: how to read a line, map it, and which engine runs its plan. */

import { compilePlan } from './compile-plan.ts'
import { compileCondition, type Test } from './condition.ts'
import { configurationError } from './configuration-error.ts'
import type { Format } from './format.ts'
import { createIdentify, type Identify } from './id.ts'
import { createMapper, type Mapper } from './mapper.ts'
import type { Condition, Mapping } from './mapping.ts'
import { createReader, lineLimit, type ParserOptions } from './parser.ts'
import { createPortableEngine, type Engine } from './portable.ts'

/** A rule that drops lines; what it drops is counted under its name. */
export interface FilterRule {
  readonly name: string
  readonly drop: Condition
}

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
  checkRules(options.filter ?? [])
  const lanes = new Map<string, Lane>()
  return (format) => {
    const known = lanes.get(format.text)
    if (known) return known
    const lane = createLane(format, options)
    if (lanes.size < maxLanes) lanes.set(format.text, lane)
    return lane
  }
}

function createLane(format: Format, options: LaneOptions): Lane {
  const { mapping, filter = [], idKey, engine = 'auto' } = options
  const keys = new Set(format.columns.map((column) => column.key))
  const conditions = filter.map((rule) => rule.drop)
  // An engine copies what stands in the line, and would not see an alias.
  const hasAliases = options.lenient === true && keys.has('action')
  const isFast = engine === 'auto' && !hasAliases
  const plan = isFast ? compilePlan(mapping, format, conditions) : undefined
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
    filters: filter.map(({ name, drop }) => ({ name, test: compileCondition(drop, keys) })),
    times: format.columns.filter(({ kind }) => kind === 'seconds').map(({ key }) => key),
  }
}

function checkRules(rules: readonly FilterRule[]): void {
  const names = new Set<string>()
  for (const { name } of rules) {
    if (names.has(name)) throw configurationError(`two filter rules are named "${name}"`)
    if (name in {}) throw configurationError(`a filter rule cannot be named "${name}"`)
    names.add(name)
  }
}
