/** A median, and what a tenth and nine tenths of the values do not exceed. */
export interface Spread {
  readonly median: number
  readonly p10: number
  readonly p90: number
}

/** The spread of some values. */
export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), p10: quantile(values, 0.1), p90: quantile(values, 0.9) }
}

/** The value that the given share of the values does not exceed; between two values, their mean by distance. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const at = share * (sorted.length - 1)
  const lower = sorted[Math.floor(at)] ?? Number.NaN
  const upper = sorted[Math.ceil(at)] ?? Number.NaN
  return lower + (upper - lower) * (at - Math.floor(at))
}
