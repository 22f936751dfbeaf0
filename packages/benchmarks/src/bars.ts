/** What must hold on any machine: ratios between variants of the same run. */
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
export interface Judged extends Bar {
  readonly measured: number
  readonly isMet: boolean
}

const { naive, conventional, copy, portableReused, kernelReused } = variantNames
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

/** Holds results to the bars of what was compared. */
export function judge(results: readonly Result[]): Judged[] {
  return bars.flatMap((bar) => {
    const result = results.find(({ name }) => name === bar.comparison)
    if (result === undefined) return []
    const row = result.rows.find(({ variant }) => variant === bar.variant)
    const measured = row?.times[bar.against]?.median ?? Number.NaN
    return [{ ...bar, measured, isMet: measured >= bar.atLeast }]
  })
}
