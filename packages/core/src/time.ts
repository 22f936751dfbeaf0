import type { FieldValue } from './fields.ts'

/**
 * A time in Unix milliseconds, or undefined when it is not plausible. AWS writes seconds; ten
 * digits (2001-09-09 to 2286-11-20) are plausible. Thirteen digits are milliseconds, which some
 * copies of flow logs carry, and are taken as they are.
 */
export function toMilliseconds(time: FieldValue): number | undefined {
  if (typeof time !== 'number') return undefined
  if (time >= 1e9 && time < 1e10) return time * 1000
  return isMilliseconds(time) ? time : undefined
}

/** Whether a time was written in milliseconds instead of seconds. */
export function isMilliseconds(time: FieldValue): boolean {
  return typeof time === 'number' && time >= 1e12 && time < 1e13
}

/** A time in Unix seconds, with a fraction where it was written in milliseconds. */
export function toSeconds(time: FieldValue): number | undefined {
  const milliseconds = toMilliseconds(time)
  return milliseconds === undefined ? undefined : milliseconds / 1000
}

/** A time in Unix nanoseconds, as text. */
export function toNanoseconds(time: FieldValue): string | undefined {
  const milliseconds = toMilliseconds(time)
  return milliseconds === undefined ? undefined : `${milliseconds}000000`
}

/** A time as RFC 3339 text, `2026-01-02T03:04:05.000Z`. */
export function toDatetime(time: FieldValue): string | undefined {
  const milliseconds = toMilliseconds(time)
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString()
}
