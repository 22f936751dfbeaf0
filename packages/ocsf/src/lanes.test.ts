/** The engines and the object lane make the same bytes of every line, in every version. */
import {
  createLineGenerator,
  createRandom,
  isClean,
  laneDifference,
  loadCases,
  mutate,
} from '@flowlogs/conformance'
import { parseFormat } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { choices, filter, formats, headerOf, origin } from './formats.test-support.ts'
import { createLanes, describeGeneratedLines } from './lanes.test-support.ts'

const damagedPerFormat = 1_000

describe('the conformance corpus', () => {
  const cases = loadCases()
  const corpus = Buffer.concat(cases.flatMap(({ input }) => [input, Buffer.from('\n')]))
  const clean = cases.filter(({ header, line }) => {
    // Oddities of a header are the format's business.
    const { columns } = parseFormat(header.trim().replace(/^\ufeff/, ''))
    return isClean(columns, line.split(' '))
  })
  const isOfCleanCase = new Set(clean.map(({ line }) => line))

  test.each(choices)('is the same on both lanes with %o', (options) => {
    const convert = createLanes(options, 'v2')
    for (const from of [undefined, origin]) {
      const [kernel, object] = convert(corpus, from)
      expect(laneDifference(kernel, object)).toBeUndefined()
      const refused = object.rejections.filter(({ line }) => isOfCleanCase.has(line))
      expect(kernel.ledger.lanes.kernel).toBeGreaterThanOrEqual(clean.length - refused.length)
    }
    expect(clean.length).toBeGreaterThan(80)
  })
})

describe('damaged lines', () => {
  test.each(formats.map((columns, index) => ({ columns, index })))(
    'of format $index are the same on both lanes',
    ({ columns, index }) => {
      const random = createRandom(2000 + index)
      const generate = createLineGenerator(columns, random)
      const header = headerOf(columns)
      const convert = createLanes(choices[(index * 3) % choices.length]!, header, filter)
      const lines = Array.from({ length: damagedPerFormat }, (): Uint8Array => {
        // A damaged line may be a header, which this one takes back.
        if (random.chance(0.1)) return Buffer.from(header)
        let line: Uint8Array = Buffer.from(generate().join(' '))
        do line = mutate(line, random)
        while (random.chance(0.3))
        return line
      })
      const input = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
      for (const from of [undefined, origin]) {
        const [kernel, object] = convert(input, from)
        expect(laneDifference(kernel, object)).toBeUndefined()
      }
    },
  )
})

describeGeneratedLines(formats.slice(11))
