/** The combinators that templates and conditions are written with. */
import { configurationError } from './configuration-error.ts'
import {
  type Condition,
  type Node,
  type Part,
  type Source,
  type Template,
  toNode,
} from './mapping.ts'
import { parseNetwork } from './network.ts'
import type { Origin } from './origin.ts'

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

/** The first plausible time, in Unix seconds, with a fraction only where the source has one. */
export function seconds(...sources: readonly Source[]): Node {
  return { op: 'seconds', sources }
}

/** The first plausible time, in Unix nanoseconds, as text, since no number holds them. */
export function nanoseconds(...sources: readonly Source[]): Node {
  return { op: 'nanoseconds', sources }
}

/** The first plausible time, as RFC 3339 text in UTC with milliseconds. */
export function datetime(...sources: readonly Source[]): Node {
  return { op: 'datetime', sources }
}

/** The same without a fraction, or the zeros at its end, as Go's RFC3339Nano writes it: `2026-01-02T03:04:05Z`. */
export function shortDatetime(...sources: readonly Source[]): Node {
  return { op: 'shortDatetime', sources }
}

/** The date of the first plausible time, in UTC: `2026-01-02`. */
export function date(...sources: readonly Source[]): Node {
  return { op: 'date', sources }
}

/** The time of day of the first plausible time, in UTC: `03:04:05`. */
export function timeOfDay(...sources: readonly Source[]): Node {
  return { op: 'timeOfDay', sources }
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

/**
 * The attributes of an object as OpenTelemetry's list of key-value pairs in JSON:
 * `[{"key":"source.port","value":{"intValue":"443"}}]`. Objects and lists inside are written the same
 * way; an integer above 2^53−1 is a text, since most SDKs hold no larger ones.
 */
export function keyValues(template: Template): Node {
  return { op: 'keyValues', node: toNode(template) }
}

/** A document inside an envelope: the fields that the envelope carries do not count as carried by it. */
export function document(template: Template): Node {
  return { op: 'document', node: toNode(template) }
}

/** The fields of the record that nothing before has carried, as text; the last attribute of a template. */
export const rest: Node = { op: 'rest' }

/** All fields of the record, each as its own type. */
export const allFields: Node = { op: 'fields' }

/** The deterministic id of the line. */
export const id: Node = { op: 'id' }

/** The line as it came. */
export const line: Node = { op: 'line' }

/** How many bytes the line has in UTF-8. */
export const lineLength: Node = { op: 'lineLength' }

/** The time at which the line is mapped, in Unix milliseconds; the same for all lines of one call. */
export const now: Node = { op: 'now' }

/** The same in Unix nanoseconds, as text. */
export const nowNanoseconds: Node = { op: 'nowNanoseconds' }

/** The same as `shortDatetime` writes it. */
export const nowShortDatetime: Node = { op: 'nowShortDatetime' }

/**
 * The Community ID of the flow, which is the same for both directions and every observer
 * (https://github.com/corelight/community-id-spec). Each end is the first present of its addresses.
 * Left out where it cannot be computed: without addresses or a protocol, and for ICMP, whose type
 * and code flow logs do not carry.
 */
export function communityId(from: readonly string[], to: readonly string[]): Node {
  return { op: 'communityId', from, to }
}

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

/** Whether an address lies in one of these networks, given as `10.0.0.0/8` or `2001:db8::/32`. */
export function inNetwork(source: string, ...networks: readonly string[]): Condition {
  for (const network of networks) parseNetwork(network)
  return { test: 'network', source, networks }
}

/**
 * Whether the conversation belongs to a share of all, 0 to 1 in millionths. The choice depends on the addresses,
 * ports and protocol alone, so both directions and every interval of a conversation are chosen alike.
 */
export function inSample(share: number): Condition {
  if (!(share >= 0 && share <= 1)) {
    throw configurationError(`a share is between 0 and 1, not ${share}`)
  }
  return { test: 'sample', share }
}

/** Whether all conditions hold. */
export function all(...conditions: readonly Condition[]): Condition {
  return { test: 'all', conditions }
}

/** Whether one of the conditions holds. */
export function any(...conditions: readonly Condition[]): Condition {
  return { test: 'any', conditions }
}

/** A condition with words for what it asks, which explanations use. */
export function labelled(label: string, condition: Condition): Condition {
  return { ...condition, label }
}

/** Whether the condition does not hold. */
export function not(condition: Condition): Condition {
  return { test: 'not', condition }
}
