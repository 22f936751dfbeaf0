import { expect, test } from 'vitest'
import { comparisonsOf, streamComparison } from './comparisons.ts'
import { createCorpus } from './corpus.ts'
import { otlpComparison } from './otlp-comparison.ts'
import { agreed } from './runner.ts'

test.each(['v2', 'v5'] as const)('all variants for %s write the same', (name) => {
  const slices = createCorpus(name, 2, 1_000)
  const comparisons = [
    ...comparisonsOf(name, slices),
    otlpComparison(name, slices),
    streamComparison(name, slices),
  ]
  for (const { variants } of comparisons) {
    for (const slice of slices) expect(agreed(variants, slice)).toHaveLength(variants.length)
  }
})

test('a corpus is the same every time, and of every kind of line', () => {
  const [slice] = createCorpus('v5', 1, 5_000)
  expect(createCorpus('v5', 1, 5_000)).toEqual([slice])
  const share = (pattern: RegExp) =>
    slice!.lines.filter((line) => pattern.test(line)).length / 5_000
  expect(share(/ NODATA /)).toBeCloseTo(0.009, 2)
  expect(share(/ REJECT OK /)).toBeCloseTo(0.05, 1)
  expect(share(/ IPv6 /)).toBeCloseTo(0.1, 1)
  expect(slice!.lines.every((line) => line.split(' ').length === 29)).toBe(true)
})
