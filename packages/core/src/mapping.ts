/**
 * Mappings: a template of the target document, as data. A template is written with plain objects,
 * arrays and literals, and the combinators below where a value comes from the line:
 *
 *     { time: milliseconds('start', 'end'), src_endpoint: { ip: text('pkt_srcaddr', 'srcaddr') } }
 *
 * What a line does not carry is left out: attributes without a value, objects without an attribute,
 * lists without an item. Sources are record keys; where several are given the first present one
 * counts, and the others count as carried when they hold the same value. The tree is plain JSON, so
 * that a byte engine and an explanation can be made from it as well as an object.
 */
import { configurationError } from './configuration-error.ts'
import type { LedgerColumn } from './ledger.ts'
import type { Origin } from './origin.ts'
import type { RejectionCode } from './rejection.ts'

/** A record key, or something known of the line's origin. */
export type Source = string | { readonly origin: keyof Origin }

/** A template: literals, lists, objects (no attribute may be called `op`), and nodes. */
export type Template =
  | string
  | number
  | boolean
  | Node
  | readonly Template[]
  | { readonly [attribute: string]: Template }

/** A template in its one canonical form. */
export type Node =
  | { readonly op: 'constant'; readonly value: string | number | boolean }
  | { readonly op: 'text' | 'number' | 'milliseconds'; readonly sources: readonly Source[] }
  | { readonly op: 'duration'; readonly from: string; readonly to: string }
  | {
      readonly op: 'choose'
      readonly source: string
      readonly cases: Readonly<Record<string, Node>>
      readonly otherwise?: Node
      readonly absent?: Node
    }
  | {
      readonly op: 'when'
      readonly condition: Condition
      readonly node: Node
      readonly otherwise?: Node
    }
  | { readonly op: 'object'; readonly parts: readonly Part[] }
  | { readonly op: 'list'; readonly items: readonly Node[]; readonly distinct?: string }
  | { readonly op: 'rest' | 'fields' | 'id' | 'line' }

/** One attribute of an object, or a node whose object's attributes are merged in. */
export type Part = { readonly attribute: string; readonly node: Node } | { readonly merge: Node }

/** A question about a line. */
export type Condition =
  | {
      readonly test: 'is'
      readonly source: string
      readonly values: readonly string[]
      readonly ignoreCase: boolean
    }
  | { readonly test: 'present'; readonly source: Source }
  | { readonly test: 'differs'; readonly left: string; readonly right: string }
  | {
      readonly test: 'bits'
      readonly source: string
      readonly mask: number
      readonly value: number
    }
  | { readonly test: 'family'; readonly sources: readonly string[]; readonly version: 4 | 6 }
  | { readonly test: 'time'; readonly sources: readonly Source[] }
  | { readonly test: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly test: 'not'; readonly condition: Condition }

/** A status whose lines do not become events of this mapping. */
export interface KeepOut {
  readonly column: Extract<LedgerColumn, 'nodata' | 'skipdata'>
  readonly condition: Condition
}

/** What a target cannot do without; a line that does not fulfil it is rejected. */
export interface Requirement {
  readonly code: Extract<RejectionCode, 'no_time' | 'no_endpoint'>
  /** The keys to name in the rejection: the first one that the format has. */
  readonly fields: readonly string[]
  /** The key to name when the format has none of them. */
  readonly fallback?: string
  readonly condition: Condition
}

/** A target shape, as data. */
export interface Mapping {
  /** As in file names and ledgers: `ocsf-1.1.0`. */
  readonly name: string
  readonly keepOut: readonly KeepOut[]
  readonly requires: readonly Requirement[]
  readonly template: Node
}

/** Builds a mapping from a template. */
export function createMapping(definition: {
  readonly name: string
  readonly template: Template
  readonly keepOut?: readonly KeepOut[]
  readonly requires?: readonly Requirement[]
}): Mapping {
  const { name, keepOut = [], requires = [] } = definition
  const template = toNode(definition.template)
  checkRest(template)
  return { name, keepOut, requires, template }
}

/** What stands after the rest of the fields could carry one of them a second time. */
function checkRest(node: Node): void {
  const children = childrenOf(node)
  const isSequence = node.op === 'object' || node.op === 'list'
  for (const [index, child] of children.entries()) {
    if (isSequence && index < children.length - 1 && hasRest(child)) {
      throw configurationError('in a mapping, the rest of the fields must be the last attribute')
    }
    checkRest(child)
  }
}

function hasRest(node: Node): boolean {
  return node.op === 'rest' || childrenOf(node).some(hasRest)
}

/** The nodes directly inside a node, in order. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.op) {
    case 'object':
      return node.parts.map((part) => ('merge' in part ? part.merge : part.node))
    case 'list':
      return node.items
    case 'when':
      return node.otherwise ? [node.node, node.otherwise] : [node.node]
    case 'choose':
      return [...Object.values(node.cases), node.otherwise, node.absent].filter(
        (child) => child !== undefined,
      )
    default:
      return []
  }
}

/** The value as text. */
export function text(...sources: readonly Source[]): Node {
  return { op: 'text', sources }
}

/** The value as an integer, all its digits. */
export function number(...sources: readonly Source[]): Node {
  return { op: 'number', sources }
}

/** The first plausible time, in Unix milliseconds. */
export function milliseconds(...sources: readonly Source[]): Node {
  return { op: 'milliseconds', sources }
}

/** Milliseconds from one time to another; left out unless both are plausible, in one unit and in order. */
export function duration(from: string, to: string): Node {
  return { op: 'duration', from, to }
}

/** A template by the value of a field: one of the cases, `otherwise` for any other value, `absent` for none. */
export function choose(
  source: string,
  cases: Readonly<Record<string, Template>>,
  otherwise?: Template,
  absent: Template | undefined = otherwise,
): Node {
  return {
    op: 'choose',
    source,
    cases: Object.fromEntries(Object.entries(cases).map(([value, node]) => [value, toNode(node)])),
    ...(otherwise !== undefined && { otherwise: toNode(otherwise) }),
    ...(absent !== undefined && { absent: toNode(absent) }),
  }
}

/** A template for lines that meet a condition. */
export function when(condition: Condition, template: Template, otherwise?: Template): Node {
  return {
    op: 'when',
    condition,
    node: toNode(template),
    ...(otherwise !== undefined && { otherwise: toNode(otherwise) }),
  }
}

/** An object made of several parts: objects, and nodes that choose objects. */
export function object(...parts: readonly Template[]): Node {
  return {
    op: 'object',
    parts: parts.flatMap((part): readonly Part[] => {
      const node = toNode(part)
      return node.op === 'object' ? node.parts : [{ merge: node }]
    }),
  }
}

/** A list of objects without those whose `attribute` repeats an earlier one's. */
export function distinct(attribute: string, items: readonly Template[]): Node {
  return { op: 'list', items: items.map(toNode), distinct: attribute }
}

/** The fields of the record that nothing before has carried, as text; the last attribute of a template. */
export const rest: Node = { op: 'rest' }

/** All fields of the record, each as its own type. */
export const allFields: Node = { op: 'fields' }

/** The deterministic id of the line. */
export const id: Node = { op: 'id' }

/** The line as it came. */
export const line: Node = { op: 'line' }

/** Something known of the line's origin. */
export function origin(name: keyof Origin): Source {
  return { origin: name }
}

/** Whether a field has one of these values. */
export function is(source: string, ...values: readonly string[]): Condition {
  return { test: 'is', source, values, ignoreCase: false }
}

/** Whether the log status is this one, in any case. */
export function status(value: string): Condition {
  return { test: 'is', source: 'log_status', values: [value.toLowerCase()], ignoreCase: true }
}

/** Whether there is a value. */
export function present(source: Source): Condition {
  return { test: 'present', source }
}

/** Whether both addresses are present and not the same. */
export function differs(left: string, right: string): Condition {
  return { test: 'differs', left, right }
}

/** Whether the bits of `mask` have exactly this value. */
export function bits(source: string, mask: number, value: number): Condition {
  return { test: 'bits', source, mask, value }
}

/** Whether the first present address is of this IP version. */
export function family(version: 4 | 6, ...sources: readonly string[]): Condition {
  return { test: 'family', sources, version }
}

/** Whether one of the sources is a plausible time. */
export function hasTime(...sources: readonly Source[]): Condition {
  return { test: 'time', sources }
}

/** Whether all conditions hold. */
export function all(...conditions: readonly Condition[]): Condition {
  return { test: 'all', conditions }
}

/** Whether one of the conditions holds. */
export function any(...conditions: readonly Condition[]): Condition {
  return { test: 'any', conditions }
}

/** Whether the condition does not hold. */
export function not(condition: Condition): Condition {
  return { test: 'not', condition }
}

function toNode(template: Template): Node {
  if (typeof template !== 'object') return { op: 'constant', value: template }
  if (isList(template)) return { op: 'list', items: template.map(toNode) }
  if (isNode(template)) return template
  return {
    op: 'object',
    parts: Object.entries(template).map(([attribute, node]) => ({ attribute, node: toNode(node) })),
  }
}

function isList(template: object): template is readonly Template[] {
  return Array.isArray(template)
}

function isNode(template: object): template is Node {
  return 'op' in template
}
