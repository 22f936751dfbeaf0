/** The object lane: a mapping compiled for a format turns records into the target's objects. */
import { compileCondition, type Line, sameValue, sourceValue, type Test } from './condition.ts'
import { configurationError } from './configuration-error.ts'
import type { FieldValue } from './fields.ts'
import { type Format, type FormatInput, parseFormat } from './format.ts'
import { createIdentify, type Identify } from './id.ts'
import type { KeepOut, Mapping, Node, Part, Source } from './mapping.ts'
import type { Origin } from './origin.ts'
import { splitLine } from './parser.ts'
import type { Rejection } from './rejection.ts'
import { render } from './render.ts'
import { isMilliseconds, toMilliseconds } from './time.ts'

/** A value of an event; integers above 2^53−1 are bigint. */
export type EventValue =
  | string
  | number
  | bigint
  | boolean
  | readonly EventValue[]
  | { readonly [attribute: string]: EventValue }

/** A document in the target's shape. */
export type Event = { readonly [attribute: string]: EventValue }

/** What a mapping makes of a record. */
export type Mapped =
  | { readonly event: Event }
  | { readonly keptOut: KeepOut['column'] }
  | { readonly rejection: Rejection }

/** What is known of a record's line. */
export interface MapperContext {
  /** The line as it came; what the record renders to when it never was a line. */
  readonly line?: string
  /** The line's values joined by single spaces, if the caller has them at hand. */
  readonly text?: string
  readonly origin?: Origin
}

/** Maps a record of one format. */
export type Mapper = (record: Line['record'], context?: MapperContext) => Mapped

/** The line being mapped, and which of the format's keys the event carries so far. */
interface State extends Line {
  readonly line: string
  readonly text: string
  readonly carried: Set<string>
}

/** A compiled node; undefined where the format has nothing to give it. */
type Evaluate = (state: State) => EventValue | undefined

/** Compiles a mapping for a format. `idKey` is the 16-byte key of the deterministic id. */
export function createMapper(
  mapping: Mapping,
  format: FormatInput,
  { idKey }: { readonly idKey?: Uint8Array } = {},
): Mapper {
  const parsed = parseFormat(format)
  return compileMapping(mapping, parsed, createIdentify(parsed, idKey))
}

function compileMapping(mapping: Mapping, format: Format, identify: Identify): Mapper {
  const keys = new Set(format.columns.map((column) => column.key))
  const keepOut = mapping.keepOut.map(({ column, condition }) => ({
    column,
    test: compileCondition(condition, keys),
  }))
  const requires = mapping.requires.map(({ code, fields, fallback, condition }) => ({
    code,
    field: fields.find((field) => keys.has(field)) ?? fallback,
    test: compileCondition(condition, keys),
  }))
  const compiler: Compiler = { format, keys, identify }
  const evaluate = compile(mapping.template, compiler)
  return (record, context = {}) => {
    const { line = render(record, format), origin = {} } = context
    const input: Line = { record, origin }
    for (const { column, test } of keepOut) if (holds(test, input)) return { keptOut: column }
    for (const { code, field, test } of requires) {
      if (holds(test, input)) continue
      const value = field === undefined ? undefined : record[field]
      const rejection: Rejection = {
        code,
        ...(field !== undefined && { field }),
        ...(value !== undefined && { value: String(value) }),
        line,
        ...(Object.keys(origin).length > 0 && { origin }),
      }
      return { rejection }
    }
    const { text = normalise(line, format) } = context
    const event = evaluate?.({ record, origin, line, text, carried: new Set() })
    return { event: (event ?? {}) as Event }
  }
}

function normalise(line: string, format: Format): string {
  const { values, notes } = splitLine(line, format.columns.length)
  return notes.length === 0 ? line : values.join(' ')
}

/** What compiling a node needs to know. */
interface Compiler {
  readonly format: Format
  readonly keys: ReadonlySet<string>
  readonly identify: Identify
}

function holds(test: Test, line: Line): boolean {
  return typeof test === 'boolean' ? test : test(line)
}

function compile(node: Node, compiler: Compiler): Evaluate | undefined {
  const { format, keys, identify } = compiler
  switch (node.op) {
    case 'constant':
      return () => node.value
    case 'id':
      return ({ text, origin }) => identify(text, origin)
    case 'line':
      return (state) => state.line
    case 'text':
      return compilePick(node.sources, keys, (value) => String(value))
    case 'number':
      return compilePick(node.sources, keys, (value) => value)
    case 'milliseconds':
      return compilePick(node.sources, keys, toMilliseconds)
    case 'duration':
      return compileDuration(node.from, node.to, keys)
    case 'choose':
      return compileChoose(node, compiler)
    case 'when': {
      const test = compileCondition(node.condition, keys)
      const yes = compile(node.node, compiler)
      const no = node.otherwise && compile(node.otherwise, compiler)
      if (typeof test === 'boolean') return test ? yes : no
      return (state) => (test(state) ? yes?.(state) : no?.(state))
    }
    case 'object':
      return compileObject(node.parts, compiler)
    case 'list':
      return compileList(node.items, node.distinct, compiler)
    case 'rest':
      return ({ record, carried }) => {
        const left: Record<string, string> = {}
        for (const { key } of format.columns) {
          const value = record[key]
          if (value !== undefined && !carried.has(key)) left[key] = String(value)
        }
        return nonEmpty(left)
      }
    case 'fields':
      return ({ record }) => {
        const event: Record<string, EventValue> = {}
        for (const { key } of format.columns) {
          const value = record[key]
          if (value !== undefined) event[key] = value
        }
        return nonEmpty(event)
      }
  }
}

/** The first source that converts; every source with the same value counts as carried. */
function compilePick(
  sources: readonly Source[],
  keys: ReadonlySet<string>,
  convert: (value: FieldValue) => EventValue | undefined,
): Evaluate | undefined {
  const reachable = sources.filter((source) => typeof source !== 'string' || keys.has(source))
  if (reachable.length === 0) return undefined
  return (state) => {
    for (const source of reachable) {
      const value = sourceValue(state, source)
      const converted = value === undefined ? undefined : convert(value)
      if (converted === undefined) continue
      for (const other of reachable) {
        if (typeof other === 'string' && sameValue(sourceValue(state, other), value))
          state.carried.add(other)
      }
      return converted
    }
    return undefined
  }
}

function compileDuration(
  from: string,
  to: string,
  keys: ReadonlySet<string>,
): Evaluate | undefined {
  if (!keys.has(from) || !keys.has(to)) return undefined
  return ({ record }) => {
    if (isMilliseconds(record[from]) !== isMilliseconds(record[to])) return undefined
    const start = toMilliseconds(record[from])
    const end = toMilliseconds(record[to])
    return start !== undefined && end !== undefined && end >= start ? end - start : undefined
  }
}

function compileChoose(
  node: Extract<Node, { op: 'choose' }>,
  compiler: Compiler,
): Evaluate | undefined {
  const { keys } = compiler
  const { source } = node
  const absent = node.absent && compile(node.absent, compiler)
  if (!keys.has(source)) return absent
  const otherwise = node.otherwise && compile(node.otherwise, compiler)
  const cases = new Map(
    Object.entries(node.cases).map(([value, each]) => [value, compile(each, compiler)]),
  )
  return (state) => {
    const value = state.record[source]
    if (value === undefined) return absent?.(state)
    const text = String(value)
    if (!cases.has(text)) return otherwise?.(state)
    state.carried.add(source)
    return cases.get(text)?.(state)
  }
}

function compileObject(parts: readonly Part[], compiler: Compiler): Evaluate | undefined {
  const compiled: { attribute: string | undefined; evaluate: Evaluate }[] = []
  for (const [index, part] of parts.entries()) {
    const node = 'merge' in part ? part.merge : part.node
    if (node.op === 'rest' && index < parts.length - 1) {
      throw configurationError('in a mapping, the rest of the fields must be the last attribute')
    }
    const evaluate = compile(node, compiler)
    if (evaluate)
      compiled.push({ attribute: 'merge' in part ? undefined : part.attribute, evaluate })
  }
  if (compiled.length === 0) return undefined
  return (state) => {
    const event: Record<string, EventValue> = {}
    for (const { attribute, evaluate } of compiled) {
      const value = evaluate(state)
      if (value === undefined) continue
      if (attribute === undefined) Object.assign(event, value)
      else event[attribute] = value
    }
    return nonEmpty(event)
  }
}

function compileList(
  items: readonly Node[],
  distinct: string | undefined,
  compiler: Compiler,
): Evaluate | undefined {
  const compiled = items.map((item) => compile(item, compiler)).filter((item) => item !== undefined)
  if (compiled.length === 0) return undefined
  return (state) => {
    const list: EventValue[] = []
    const seen = new Set<EventValue | undefined>()
    for (const evaluate of compiled) {
      const item = evaluate(state)
      if (item === undefined) continue
      if (distinct !== undefined) {
        const value = (item as Event)[distinct]
        if (seen.has(value)) continue
        seen.add(value)
      }
      list.push(item)
    }
    return list.length > 0 ? list : undefined
  }
}

function nonEmpty<Item extends object>(item: Item): Item | undefined {
  for (const _ in item) return item
  return undefined
}
