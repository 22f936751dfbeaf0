/** What stands around values in a document: JSON's own punctuation, or that of OpenTelemetry's values. */
import { toAnyValue } from './any-value.ts'
import type { EventValue } from './evaluate.ts'

/**
 * The place of one value: what goes before and after it, by its kind. Each ends in a comma, and what
 * ends an object or list is written over the comma of its last member.
 */
export interface Frame {
  readonly text: Around
  /** Of an integer. */
  readonly number: Around
  /** Of a number that may have a fraction; undefined where those are written differently. */
  readonly decimal: Around | undefined
  readonly object: Around
  readonly list: Around
  constant(value: EventValue): string
  /** The place of an attribute in an object that stands here. */
  member(name: string): Frame
  /** The place of an item in a list that stands here. */
  item(): Frame
}

type Around = readonly [before: string, after: string]

/** The place after `prefix` in JSON. */
export function jsonFrame(prefix: string): Frame {
  const number: Around = [prefix, ',']
  return {
    text: [`${prefix}"`, '",'],
    number,
    decimal: number,
    object: [`${prefix}{`, '},'],
    list: [`${prefix}[`, '],'],
    constant: (value) => `${prefix}${JSON.stringify(value)},`,
    member: (name) => jsonFrame(`${JSON.stringify(name)}:`),
    item: () => jsonFrame(''),
  }
}

/** The place of a value in a list of key-value pairs. */
export function pairFrame(key: string): Frame {
  return anyValueFrame(`{"key":${JSON.stringify(key)},"value":`, '}')
}

function anyValueFrame(before: string, after: string): Frame {
  return {
    text: [`${before}{"stringValue":"`, `"}${after},`],
    number: [`${before}{"intValue":"`, `"}${after},`],
    decimal: undefined,
    object: [`${before}{"kvlistValue":{"values":[`, `]}}${after},`],
    list: [`${before}{"arrayValue":{"values":[`, `]}}${after},`],
    constant: (value) => `${before}${JSON.stringify(toAnyValue(value))}${after},`,
    member: pairFrame,
    item: () => anyValueFrame('', ''),
  }
}
