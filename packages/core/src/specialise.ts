/** A mapping cut down to a format: what the format cannot give vanishes before any line is read. */
import type { Condition, Mapping, Node, Part, Source } from './mapping.ts'

/** A condition that the format alone may decide. */
export type Decided = Condition | boolean

/** A mapping whose sources all exist in the format; its template is undefined when nothing is left. */
export interface SpecialisedMapping extends Pick<Mapping, 'name'> {
  readonly keepOut: readonly (Omit<Mapping['keepOut'][number], 'condition'> & {
    readonly condition: Decided
  })[]
  readonly requires: readonly (Pick<Mapping['requires'][number], 'code'> & {
    /** The key to name in the rejection. */
    readonly field: string | undefined
    readonly condition: Decided
  })[]
  readonly template: Node | undefined
  readonly before: Node | undefined
}

/** Cuts a mapping down to the keys of a format. */
export function specialise(mapping: Mapping, keys: ReadonlySet<string>): SpecialisedMapping {
  return {
    name: mapping.name,
    keepOut: mapping.keepOut.map(({ column, condition }) => ({
      column,
      condition: decide(condition, keys),
    })),
    requires: mapping.requires.map(({ code, fields, fallback, condition }) => ({
      code,
      field: fields.find((field) => keys.has(field)) ?? fallback,
      condition: decide(condition, keys),
    })),
    template: reduce(mapping.template, keys),
    before: mapping.before && reduce(mapping.before, keys),
  }
}

function reduce(node: Node, keys: ReadonlySet<string>): Node | undefined {
  switch (node.op) {
    case 'text':
    case 'number':
    case 'milliseconds':
    case 'seconds':
    case 'nanoseconds':
    case 'datetime':
    case 'shortDatetime':
    case 'date':
    case 'timeOfDay': {
      const sources = reachable(node.sources, keys)
      return sources.length > 0 ? { op: node.op, sources } : undefined
    }
    case 'communityId': {
      const from = reachable(node.from, keys)
      const to = reachable(node.to, keys)
      const isReachable = from.length > 0 && to.length > 0 && keys.has('protocol')
      return isReachable ? { op: 'communityId', from, to } : undefined
    }
    case 'duration':
      return keys.has(node.from) && keys.has(node.to) ? node : undefined
    case 'choose': {
      const absent = node.absent && reduce(node.absent, keys)
      if (!keys.has(node.source)) return absent
      const otherwise = node.otherwise && reduce(node.otherwise, keys)
      const nothing: Node = { op: 'object', parts: [] }
      const cases = Object.entries(node.cases).map(([value, each]) => [
        value,
        reduce(each, keys) ?? nothing,
      ])
      return {
        op: 'choose',
        source: node.source,
        cases: Object.fromEntries(cases),
        ...(otherwise && { otherwise }),
        ...(absent && { absent }),
      }
    }
    case 'when': {
      const condition = decide(node.condition, keys)
      const yes = reduce(node.node, keys)
      const no = node.otherwise && reduce(node.otherwise, keys)
      if (typeof condition === 'boolean') return condition ? yes : no
      if (yes === undefined) {
        return no && { op: 'when', condition: { test: 'not', condition }, node: no }
      }
      return { op: 'when', condition, node: yes, ...(no && { otherwise: no }) }
    }
    case 'object': {
      const parts = node.parts.flatMap((part): readonly Part[] => {
        const reduced = reduce('merge' in part ? part.merge : part.node, keys)
        if (reduced === undefined) return []
        if ('attribute' in part) return [{ attribute: part.attribute, node: reduced }]
        return reduced.op === 'object' ? reduced.parts : [{ merge: reduced }]
      })
      return parts.length > 0 ? { op: 'object', parts } : undefined
    }
    case 'document':
    case 'keyValues': {
      const inner = reduce(node.node, keys)
      return inner && { op: node.op, node: inner }
    }
    case 'list': {
      const items = node.items
        .map((item) => reduce(item, keys))
        .filter((item) => item !== undefined)
      if (items.length === 0) return undefined
      return { op: 'list', items, ...(node.distinct !== undefined && { distinct: node.distinct }) }
    }
    default:
      return node
  }
}

function reachable<From extends Source>(
  sources: readonly From[],
  keys: ReadonlySet<string>,
): From[] {
  return sources.filter((source) => typeof source !== 'string' || keys.has(source))
}

/** Decides what the format can decide of a condition. */
export function decide(condition: Condition, keys: ReadonlySet<string>): Decided {
  switch (condition.test) {
    case 'is':
    case 'bits':
    case 'network':
      return keys.has(condition.source) && condition
    case 'present':
      return reachable([condition.source], keys).length > 0 && condition
    case 'sample':
      return condition
    case 'differs':
      return keys.has(condition.left) && keys.has(condition.right) && condition
    case 'family': {
      const sources = reachable(condition.sources, keys)
      return sources.length > 0 && { ...condition, sources }
    }
    case 'time': {
      const sources = reachable(condition.sources, keys)
      return sources.length > 0 && { ...condition, sources }
    }
    case 'not': {
      const inner = decide(condition.condition, keys)
      return typeof inner === 'boolean' ? !inner : { ...condition, condition: inner }
    }
    default: {
      const decisive = condition.test === 'any'
      const conditions: Condition[] = []
      for (const each of condition.conditions) {
        const inner = decide(each, keys)
        if (inner === decisive) return decisive
        if (typeof inner !== 'boolean') conditions.push(inner)
      }
      if (conditions.length === 0) return !decisive
      return conditions.length === 1 && conditions[0] !== undefined
        ? conditions[0]
        : { ...condition, conditions }
    }
  }
}
