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
import type { TimeText } from './time.ts'

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

/** What a template's object without attributes cannot say, since it would vanish. */
type EmptyObject = Readonly<Record<string, never>>

/** The nodes that take the first of several sources. */
export type PickOp = 'text' | 'number' | 'milliseconds' | 'seconds' | 'nanoseconds' | TimeText

/** A template in its one canonical form. */
export type Node =
  | { readonly op: 'constant'; readonly value: string | number | boolean | EmptyObject }
  | { readonly op: PickOp; readonly sources: readonly Source[] }
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
  /** The Community ID of the flow between the first present addresses. */
  | { readonly op: 'communityId'; readonly from: readonly string[]; readonly to: readonly string[] }
  /** An object as a list of key-value pairs, each value with its type, as OpenTelemetry has them. */
  | { readonly op: 'keyValues'; readonly node: Node }
  /** A document in its own right, inside an envelope: which fields are carried counts anew. */
  | { readonly op: 'document'; readonly node: Node }
  | {
      readonly op:
        | 'rest'
        | 'fields'
        | 'id'
        | 'line'
        | 'lineLength'
        | 'now'
        | 'nowNanoseconds'
        | 'nowShortDatetime'
    }

/** One attribute of an object, or a node whose object's attributes are merged in. */
export type Part = { readonly attribute: string; readonly node: Node } | { readonly merge: Node }

/** A question about a line; the label says in words what it asks. */
export type Condition = Test & { readonly label?: string }

type Test =
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
  | { readonly test: 'network'; readonly source: string; readonly networks: readonly string[] }
  | { readonly test: 'sample'; readonly share: number }
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
  /** A document of its own that goes before each event, such as the action line of a bulk request. */
  readonly before?: Node
}

/** Builds a mapping from a template. */
export function createMapping(definition: {
  readonly name: string
  readonly template: Template
  readonly keepOut?: readonly KeepOut[]
  readonly requires?: readonly Requirement[]
  readonly before?: Template
}): Mapping {
  const { name, keepOut = [], requires = [] } = definition
  const template = toNode(definition.template)
  const before = definition.before === undefined ? undefined : toNode(definition.before)
  for (const node of [template, before]) {
    if (node === undefined) continue
    checkRest(node)
    checkPairs(node, false)
  }
  return { name, keepOut, requires, template, ...(before && { before }) }
}

/**
 * What stands after the rest of the fields could carry one of them a second time. Says whether the
 * rest is in the node.
 */
function checkRest(node: Node): boolean {
  const children = childrenOf(node)
  const isSequence = node.op === 'object' || node.op === 'list'
  let hasRest = node.op === 'rest'
  for (const [index, child] of children.entries()) {
    if (!checkRest(child)) continue
    hasRest = true
    if (isSequence && index < children.length - 1) {
      throw configurationError('in a mapping, the rest of the fields must be the last attribute')
    }
  }
  return hasRest
}

/** Pairs write all that is inside them in their own way, and would not know a list from pairs. */
function checkPairs(node: Node, inPairs: boolean): void {
  const isPairs = node.op === 'keyValues'
  if (isPairs && inPairs) {
    throw configurationError('in a mapping, key-value pairs cannot stand inside key-value pairs')
  }
  for (const child of childrenOf(node)) checkPairs(child, inPairs || isPairs)
}

/** The nodes directly inside a node, in order. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.op) {
    case 'object':
      return node.parts.map((part) => ('merge' in part ? part.merge : part.node))
    case 'list':
      return node.items
    case 'document':
    case 'keyValues':
      return [node.node]
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

/** A template in its canonical form. */
export function toNode(template: Template): Node {
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
