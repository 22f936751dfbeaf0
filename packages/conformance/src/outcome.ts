/** What became of a line, made comparable with a golden. */
import { isDeepStrictEqual } from 'node:util'

type Fields = Readonly<Record<string, unknown>>

/**
 * An outcome as a golden writes it: keys without a value are left out, and so is the origin of a
 * rejection, which a golden cannot know.
 */
export function comparable(outcome: unknown): Fields {
  const plain = withoutUndefined(outcome) as Fields
  return isRejected(plain) ? { rejection: withoutOrigin(plain.rejection) } : plain
}

/** A rejection without its origin. */
export function withoutOrigin(rejection: object): object {
  const { origin: _, ...rest } = rejection as { origin?: unknown }
  return rest
}

/** Whether a golden, or what is compared with it, is a rejection. */
export function isRejected(golden: unknown): golden is { readonly rejection: object } {
  return hasOnly(golden, 'rejection')
}

/** Whether a golden, or what is compared with it, is a line that was kept out. */
export function isKeptOut(golden: unknown): golden is { readonly kept_out: string } {
  return hasOnly(golden, 'kept_out')
}

/** Whether it is an event or a record. */
export function isEvent(golden: unknown): golden is Fields {
  return !isRejected(golden) && !isKeptOut(golden)
}

function hasOnly(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && isDeepStrictEqual(Object.keys(value), [key])
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, withoutUndefined(member)]),
  )
}

/**
 * The paths at which a value holds something that stands for no value: `-`, an empty text, null,
 * NaN, or an object or list without content. The text of a whole line is exempt.
 */
export function findPlaceholders(value: unknown, path = ''): readonly string[] {
  if (isPlaceholder(value)) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => {
    const memberPath = path === '' ? key : `${path}.${key}`
    if (memberPath === 'rejection.line' || memberPath === 'raw_data') return []
    // A key without a value is an absent one; an item of a list is not.
    if (member === undefined && !Array.isArray(value)) return []
    return findPlaceholders(member, memberPath)
  })
}

function isPlaceholder(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return ['-', '', null, undefined].includes(value as string) || Number.isNaN(value)
}

/** Freezes a value and everything in it. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
