/** What must hold: ratios between variants of the same run, on any machine, and the time of first lines. */
import type { ColdStart } from './cold-start.ts'
import type { Result } from './runner.ts'
import { variantNames } from './variant-names.ts'

/** A ratio that a variant has to reach. */
interface Bar {
  readonly comparison: string
  readonly variant: string
  readonly against: string
  readonly atLeast: number
}

/** A bar, and what was measured. */
export interface Judged {
  readonly comparison: string
  /** What is measured: a ratio, or the time of a variant. */
  readonly what: string
  readonly unit: '×' | 'ms'
  readonly atLeast?: number
  readonly atMost?: number
  readonly measured: number
  readonly isMet: boolean
}

const { naive, conventional, copy, kernel, portableReused, kernelReused } = variantNames
const { naiveParse, parse, parseLines, parseRows } = variantNames
const { sdk, otlpPortable, otlpPortableRequests, otlpKernel, otlpKernelRequests } = variantNames

/** The bars that `--check` holds the results to. */
const bars: readonly Bar[] = [
  { comparison: 'bench-v2', variant: portableReused, against: naive, atLeast: 8 },
  { comparison: 'bench-v5', variant: portableReused, against: naive, atLeast: 6 },
  { comparison: 'bench-v2', variant: kernelReused, against: naive, atLeast: 45 },
  { comparison: 'bench-v5', variant: kernelReused, against: naive, atLeast: 35 },
  { comparison: 'bench-v2', variant: kernelReused, against: conventional, atLeast: 30 },
  { comparison: 'bench-v5', variant: kernelReused, against: conventional, atLeast: 18 },
  { comparison: 'bench-v2', variant: kernelReused, against: copy, atLeast: 0.15 },
  { comparison: 'bench-v5', variant: kernelReused, against: copy, atLeast: 0.1 },
  { comparison: 'ocsf-v2', variant: kernelReused, against: naive, atLeast: 30 },
  { comparison: 'ocsf-v5', variant: kernelReused, against: naive, atLeast: 25 },
  { comparison: 'parse-v2', variant: parse, against: naiveParse, atLeast: 2 },
  { comparison: 'parse-v5', variant: parse, against: naiveParse, atLeast: 2 },
  { comparison: 'parse-v2', variant: parseLines, against: naiveParse, atLeast: 4 },
  { comparison: 'parse-v5', variant: parseLines, against: naiveParse, atLeast: 4 },
  { comparison: 'parse-v2', variant: parseRows, against: naiveParse, atLeast: 8 },
  { comparison: 'parse-v5', variant: parseRows, against: naiveParse, atLeast: 8 },
  { comparison: 'otlp-v2', variant: otlpPortable, against: sdk, atLeast: 10 },
  { comparison: 'otlp-v5', variant: otlpPortable, against: sdk, atLeast: 10 },
  { comparison: 'otlp-v2', variant: otlpPortableRequests, against: sdk, atLeast: 7 },
  { comparison: 'otlp-v5', variant: otlpPortableRequests, against: sdk, atLeast: 8 },
  { comparison: 'otlp-v2', variant: otlpKernel, against: sdk, atLeast: 40 },
  { comparison: 'otlp-v5', variant: otlpKernel, against: sdk, atLeast: 40 },
  { comparison: 'otlp-v2', variant: otlpKernelRequests, against: sdk, atLeast: 15 },
  { comparison: 'otlp-v5', variant: otlpKernelRequests, against: sdk, atLeast: 15 },
]

/** The milliseconds that a variant's first lines may take. */
const coldStartBars: readonly { readonly variant: string; readonly atMost: number }[] = [
  { variant: kernel, atMost: 8 },
]

/** Holds results to the bars of what was compared. */
export function judge(results: readonly Result[], coldStarts: readonly ColdStart[]): Judged[] {
  const ratios = bars.flatMap(({ comparison, variant, against, atLeast }): Judged[] => {
    const result = results.find(({ name }) => name === comparison)
    if (result === undefined) return []
    const row = result.rows.find((each) => each.variant === variant)
    const measured = row?.times[against]?.median ?? Number.NaN
    const what = `${variant} to ${against}`
    return [{ comparison, what, unit: '×', atLeast, measured, isMet: measured >= atLeast }]
  })
  const times = coldStartBars.flatMap(({ variant, atMost }): Judged[] => {
    const measured = coldStarts.find((each) => each.variant === variant)?.milliseconds.median
    if (measured === undefined) return []
    const isMet = measured <= atMost
    return [{ comparison: 'cold-start', what: variant, unit: 'ms', atMost, measured, isMet }]
  })
  return [...ratios, ...times]
}
