import { configurationError } from '@flowlogs/core'

/** A limit as it was configured; throws when it is no positive integer, or above `most`. */
export function positiveInteger(name: string, value: number, most?: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= (most ?? value)) return value
  const bound = most === undefined ? '' : ` up to ${most}`
  throw configurationError(`${name} must be a positive integer${bound}, not ${value}`)
}
