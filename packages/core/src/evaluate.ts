/** Templates as functions: each node of a mapping, cut down to a format, compiled to a closure. */
import { toKeyValues } from './any-value.ts'
import { toCommunityId } from './community-id.ts'
import { compileDecided, type Line, sameValue, sourceValue } from './condition.ts'
import type { FieldValue } from './fields.ts'
import type { Format } from './format.ts'
import type { Identify } from './id.ts'
import type { Node, Part, Source } from './mapping.ts'
import {
  isMilliseconds,
  timeTexts,
  toMilliseconds,
  toNanoseconds,
  toSeconds,
  toTimeText,
} from './time.ts'
import { utf8Length } from './utf8.ts'

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

/** The line being mapped, and which of the format's keys the event carries so far. */
interface EvaluationState extends Line {
  readonly line: string
  /** The line's values joined by single spaces. */
  readonly text: string
  /** The time of the call, in Unix milliseconds. */
  readonly now: number
  readonly carried: Set<string>
}

/** A compiled node; gives undefined where the line has no value for it. */
export type Evaluate = (state: EvaluationState) => EventValue | undefined

/** Compiles a node that was cut down to the format. */
export function compileNode(node: Node, format: Format, identify: Identify): Evaluate {
  const compile = (child: Node): Evaluate => compileNode(child, format, identify)
  switch (node.op) {
    case 'constant':
      return () => node.value
    case 'id':
      return ({ text, origin }) => identify(text, origin)
    case 'line':
      return (state) => state.line
    case 'text':
      return compilePick(node.sources, (value) => String(value))
    case 'number':
      return compilePick(node.sources, (value) => value)
    case 'milliseconds':
      return compilePick(node.sources, toMilliseconds)
    case 'seconds':
      return compilePick(node.sources, toSeconds)
    case 'nanoseconds':
      return compilePick(node.sources, toNanoseconds)
    case 'datetime':
    case 'shortDatetime':
    case 'date':
    case 'timeOfDay': {
      const form = node.op
      return compilePick(node.sources, (value) => toTimeText(form, value))
    }
    case 'lineLength':
      return (state) => utf8Length(state.line)
    case 'now':
      return (state) => state.now
    case 'nowNanoseconds':
      return (state) => `${state.now}000000`
    case 'nowShortDatetime':
      return (state) => timeTexts.shortDatetime(state.now)
    case 'communityId':
      return compileCommunityId(node.from, node.to)
    case 'duration':
      return compileDuration(node.from, node.to)
    case 'document': {
      const evaluate = compile(node.node)
      return (state) => evaluate({ ...state, carried: new Set() })
    }
    case 'keyValues': {
      const evaluate = compile(node.node)
      return (state) => {
        const value = evaluate(state)
        return value === undefined ? undefined : toKeyValues(value as Event)
      }
    }
    case 'choose':
      return compileChoose(node, compile)
    case 'when': {
      const test = compileDecided(node.condition)
      const yes = compile(node.node)
      const no = node.otherwise && compile(node.otherwise)
      return (state) =>
        (typeof test === 'boolean' ? test : test(state)) ? yes(state) : no?.(state)
    }
    case 'object':
      return compileObject(node.parts, compile)
    case 'list':
      return compileList(node.items.map(compile), node.distinct)
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
  convert: (value: FieldValue) => EventValue | undefined,
): Evaluate {
  return (state) => {
    for (const source of sources) {
      const value = sourceValue(state, source)
      const converted = value === undefined ? undefined : convert(value)
      if (converted === undefined) continue
      for (const other of sources) {
        if (typeof other === 'string' && sameValue(sourceValue(state, other), value))
          state.carried.add(other)
      }
      return converted
    }
    return undefined
  }
}

function compileCommunityId(from: readonly string[], to: readonly string[]): Evaluate {
  return ({ record }) => {
    const [source, destination] = [from, to].map((keys) =>
      keys.map((key) => record[key]).find((value) => value !== undefined),
    )
    const { protocol, srcport, dstport } = record
    if (source === undefined || destination === undefined || protocol === undefined) {
      return undefined
    }
    return toCommunityId(
      String(source),
      String(destination),
      Number(protocol),
      srcport === undefined ? undefined : Number(srcport),
      dstport === undefined ? undefined : Number(dstport),
    )
  }
}

function compileDuration(from: string, to: string): Evaluate {
  return ({ record }) => {
    if (isMilliseconds(record[from]) !== isMilliseconds(record[to])) return undefined
    const start = toMilliseconds(record[from])
    const end = toMilliseconds(record[to])
    return start !== undefined && end !== undefined && end >= start ? end - start : undefined
  }
}

function compileChoose(
  { source, ...node }: Extract<Node, { op: 'choose' }>,
  compile: (child: Node) => Evaluate,
): Evaluate {
  const absent = node.absent && compile(node.absent)
  const otherwise = node.otherwise && compile(node.otherwise)
  const cases = new Map(Object.entries(node.cases).map(([value, each]) => [value, compile(each)]))
  return (state) => {
    const value = state.record[source]
    if (value === undefined) return absent?.(state)
    const evaluate = cases.get(String(value))
    if (evaluate === undefined) return otherwise?.(state)
    state.carried.add(source)
    return evaluate(state)
  }
}

function compileObject(parts: readonly Part[], compile: (child: Node) => Evaluate): Evaluate {
  const compiled = parts.map((part) =>
    'merge' in part
      ? { attribute: undefined, evaluate: compile(part.merge) }
      : { attribute: part.attribute, evaluate: compile(part.node) },
  )
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

function compileList(items: readonly Evaluate[], distinct: string | undefined): Evaluate {
  return (state) => {
    const list: EventValue[] = []
    const seen = new Set<EventValue | undefined>()
    for (const evaluate of items) {
      const item = evaluate(state)
      if (item === undefined) continue
      if (distinct !== undefined) {
        const value = (item as Event)[distinct]
        if (value === undefined || seen.has(value)) continue
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
