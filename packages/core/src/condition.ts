/** Conditions over a record: compiled for a format, so that fields it lacks cost nothing. */
import { sameAddress } from './address.ts'
import type { FieldValue } from './fields.ts'
import type { Condition, Source } from './mapping.ts'
import type { Origin } from './origin.ts'
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
  switch (condition.test) {
    case 'is': {
      const { source, ignoreCase } = condition
      if (!keys.has(source)) return false
      const values = new Set(condition.values)
      return ({ record }) => {
        const value = record[source]
        if (value === undefined) return false
        return values.has(ignoreCase ? String(value).toLowerCase() : String(value))
      }
    }
    case 'present': {
      const { source } = condition
      if (typeof source === 'string' && !keys.has(source)) return false
      return (line) => sourceValue(line, source) !== undefined
    }
    case 'differs': {
      const { left, right } = condition
      if (!keys.has(left) || !keys.has(right)) return false
      return ({ record }) => {
        const first = record[left]
        const second = record[right]
        return first !== undefined && second !== undefined && !sameValue(first, second)
      }
    }
    case 'bits': {
      const { source, mask, value } = condition
      if (!keys.has(source)) return false
      return ({ record }) =>
        record[source] !== undefined && (Number(record[source]) & mask) === value
    }
    case 'family': {
      const sources = condition.sources.filter((source) => keys.has(source))
      if (sources.length === 0) return false
      return ({ record }) => {
        const key = sources.find((source) => record[source] !== undefined)
        if (key === undefined) return false
        return String(record[key]).includes(':') === (condition.version === 6)
      }
    }
    case 'time': {
      const sources = condition.sources.filter(
        (source) => typeof source !== 'string' || keys.has(source),
      )
      if (sources.length === 0) return false
      return (line) =>
        sources.some((source) => toMilliseconds(sourceValue(line, source)) !== undefined)
    }
    case 'not': {
      const test = compileCondition(condition.condition, keys)
      return typeof test === 'boolean' ? !test : (line) => !test(line)
    }
    case 'all':
      return combine(condition.conditions, keys, false)
    case 'any':
      return combine(condition.conditions, keys, true)
  }
}

/** `any` ends at the first true, `all` at the first false. */
function combine(
  conditions: readonly Condition[],
  keys: ReadonlySet<string>,
  decisive: boolean,
): Test {
  const tests: ((line: Line) => boolean)[] = []
  for (const condition of conditions) {
    const test = compileCondition(condition, keys)
    if (test === decisive) return decisive
    if (typeof test === 'function') tests.push(test)
  }
  if (tests.length === 0) return !decisive
  return decisive
    ? (line) => tests.some((test) => test(line))
    : (line) => tests.every((test) => test(line))
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
