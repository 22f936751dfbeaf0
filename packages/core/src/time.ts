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

/** The ways to write Unix milliseconds as text, in UTC; what each is for is said at its combinator. */
export const timeTexts = {
  datetime: (milliseconds: number): string => new Date(milliseconds).toISOString(),
  shortDatetime: (milliseconds: number): string =>
    timeTexts.datetime(milliseconds).replace(/\.?0*Z$/, 'Z'),
  date: (milliseconds: number): string => timeTexts.datetime(milliseconds).slice(0, 10),
  timeOfDay: (milliseconds: number): string => timeTexts.datetime(milliseconds).slice(11, 19),
} as const

/** The name of a way to write a time as text. */
export type TimeText = keyof typeof timeTexts

/** Whether a name is one of them. */
export function isTimeText(name: string): name is TimeText {
  return name in timeTexts
}

/** A time as text. */
export function toTimeText(form: TimeText, time: FieldValue): string | undefined {
  const milliseconds = toMilliseconds(time)
  return milliseconds === undefined ? undefined : timeTexts[form](milliseconds)
}
