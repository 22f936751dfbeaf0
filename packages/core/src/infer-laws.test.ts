/** What holds of inference whatever the lines are. */
import { createRandom } from '@flowlogs/conformance'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyInput, flowLines } from './flow-line.test-support.ts'
import { type Profile, randomNames, realisticLines } from './flow-traffic.test-support.ts'
import { inferFormat } from './infer-format.ts'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'

const profiles: readonly Profile[] = ['mixed', 'nodata', 'rejects', 'ipv6', 'one interface']

test('it never throws, whatever the text', () => {
  fc.assert(
    fc.property(anyInput, fc.boolean(), (input, strict) => {
      const lines = input.split('\n')
      const { columns, formats, status } = inferFormat(lines, { strict, prefer: 'known' })
      expect(['decided', 'preferred', 'ambiguous', 'impossible', 'empty']).toContain(status)
      for (const { format } of formats) expect(format.columns).toHaveLength(columns.length)
    }),
    { numRuns: 200 },
  )
})

test('nor on valid lines of any values, which AWS would never write together', () => {
  fc.assert(
    fc.property(flowLines, ({ lines }) => {
      inferFormat(
        lines.map((values) => values.join(' ')),
        { prefer: 'v11' },
      )
    }),
    { numRuns: 50 },
  )
})

test('every format that is said to fit reads all lines, and is among what the columns can be', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.constantFrom(...profiles),
      fc.integer({ min: 1, max: 40 }),
      (seed, profile, count) => {
        const dice = createRandom(seed)
        const lines = realisticLines(randomNames(dice), count, { dice, profile })
        const { formats, columns } = inferFormat(lines)
        for (const { format, logFormat } of formats) {
          expect(createParser(logFormat).format).toStrictEqual(format)
          const { parse } = createParser(format)
          expect(lines.map(parse).filter(isRejection)).toStrictEqual([])
          for (const [index, { name }] of format.columns.entries()) {
            expect(columns[index]?.fields).toContain(name)
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('the order of lines changes nothing', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const dice = createRandom(seed)
      const lines = realisticLines(randomNames(dice), 15, { dice, profile: 'mixed' })
      const fieldsOf = (some: readonly string[]) =>
        inferFormat(some).columns.map(({ fields }) => fields)
      expect(fieldsOf([...lines].reverse())).toStrictEqual(fieldsOf(lines))
    }),
    { numRuns: 40 },
  )
})

test.each([
  ['one value again and again', '2'],
  ['dashes', '-'],
  ['addresses', '10.0.0.1'],
  ['large numbers', '1763700000'],
  ['words', 'web'],
])('%s: an answer in bounded time', (_, value) => {
  for (const count of [2, 20, 54, 60, 72, 73, 5000]) {
    const line = Array.from({ length: count }, () => value).join(' ')
    const { status, columns } = inferFormat([line, line])
    expect(columns).toHaveLength(count)
    expect(['ambiguous', 'impossible']).toContain(status)
  }
})
