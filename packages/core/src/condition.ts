/** Conditions over a record: compiled for a format, so that fields it lacks cost nothing. */
import { sameAddress } from './address.ts'
import { type Conversation, conversationKeys, isInSample } from './conversation.ts'
import type { FieldValue } from './fields.ts'
import type { Condition, Source } from './mapping.ts'
import { createNetworkTest } from './network.ts'
import type { Origin } from './origin.ts'
import { type Decided, decide } from './specialise.ts'
import { toMilliseconds } from './time.ts'

/** What conditions and templates look at. */
export interface Line {
  readonly record: Readonly<Record<string, FieldValue>>
  readonly origin: Origin
}

/** A compiled condition; a plain boolean when the format alone decides. */
export type Test = boolean | ((line: Line) => boolean)

/** Compiles a condition for a format's keys. */
export function compileCondition(condition: Condition, keys: ReadonlySet<string>): Test {
  return compileDecided(decide(condition, keys))
}

/** Compiles a condition that was cut down to its format. */
export function compileDecided(condition: Decided): Test {
  return typeof condition === 'boolean' ? condition : compile(condition)
}

function compile(condition: Condition): (line: Line) => boolean {
  switch (condition.test) {
    case 'is': {
      const { source, ignoreCase } = condition
      const values = new Set(condition.values)
      return ({ record }) => {
        const value = record[source]
        if (value === undefined) return false
        return values.has(ignoreCase ? String(value).toLowerCase() : String(value))
      }
    }
    case 'present': {
      const { source } = condition
      return (line) => sourceValue(line, source) !== undefined
    }
    case 'differs': {
      const { left, right } = condition
      return ({ record }) => {
        const first = record[left]
        const second = record[right]
        return first !== undefined && second !== undefined && !sameValue(first, second)
      }
    }
    case 'bits': {
      const { source, mask, value } = condition
      return ({ record }) =>
        record[source] !== undefined && (Number(record[source]) & mask) === value
    }
    case 'family': {
      const { sources, version } = condition
      return ({ record }) => {
        const key = sources.find((source) => record[source] !== undefined)
        return key !== undefined && String(record[key]).includes(':') === (version === 6)
      }
    }
    case 'time': {
      const { sources } = condition
      return (line) =>
        sources.some((source) => toMilliseconds(sourceValue(line, source)) !== undefined)
    }
    case 'network': {
      const { source } = condition
      const isInside = createNetworkTest(condition.networks)
      return ({ record }) => record[source] !== undefined && isInside(String(record[source]))
    }
    case 'sample': {
      const { share } = condition
      return ({ record }) => isInSample(conversationOf(record), share)
    }
    case 'not': {
      const test = compile(condition.condition)
      return (line) => !test(line)
    }
    case 'all': {
      const tests = condition.conditions.map(compile)
      return (line) => tests.every((test) => test(line))
    }
    case 'any': {
      const tests = condition.conditions.map(compile)
      return (line) => tests.some((test) => test(line))
    }
  }
}

function conversationOf(record: Line['record']): Conversation {
  const [srcaddr = '', dstaddr = '', srcport = '', dstport = '', protocol = ''] =
    conversationKeys.map((key) => String(record[key] ?? ''))
  return { srcaddr, dstaddr, srcport, dstport, protocol }
}

/** The value of a source. */
export function sourceValue(line: Line, source: Source): FieldValue {
  return typeof source === 'string' ? line.record[source] : line.origin[source.origin]
}

/** Equal values; addresses are equal whatever their spelling. */
export function sameValue(left: FieldValue, right: FieldValue): boolean {
  if (left === right) return true
  return typeof left === 'string' && typeof right === 'string' && sameAddress(left, right)
}
