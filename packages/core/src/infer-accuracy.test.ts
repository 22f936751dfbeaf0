/** How often inference is right when the header of realistic lines in random formats is hidden. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { type Profile, randomNames, realisticLines } from './flow-traffic.test-support.ts'
import { inferFormat } from './infer-format.ts'
import { knownOrders } from './known-orders.ts'

const formats = 200

const runs: readonly (readonly [name: string, profile: Profile, lines: number, strict: boolean])[] =
  [
    ['mixed, 1', 'mixed', 1, false],
    ['mixed, 3', 'mixed', 3, false],
    ['mixed, 10', 'mixed', 10, false],
    ['mixed, 1,000', 'mixed', 1000, false],
    ['only NODATA and SKIPDATA, 10', 'nodata', 10, false],
    ['only REJECT, 100', 'rejects', 100, false],
    ['only IPv6, 100', 'ipv6', 100, false],
    ['of one interface, 30', 'one interface', 30, false],
    ['mixed, 100, with `strict`', 'mixed', 100, true],
  ]

interface Row {
  readonly right: number
  readonly ambiguous: number
  readonly wrong: number
  /** Columns of which one field is left. */
  readonly decided: number
  readonly columns: number
}

/** Wrong is also what leaves the true format among several out. */
function judge(profile: Profile, count: number, strict: boolean): Row {
  const row = { right: 0, ambiguous: 0, wrong: 0, decided: 0, columns: 0 }
  for (let seed = 1; seed <= formats; seed++) {
    const dice = createRandom(seed)
    const names = randomNames(dice)
    const inferred = inferFormat(realisticLines(names, count, { dice, profile }), {
      strict,
      limit: 4,
    })
    const { status, format, columns } = inferred
    row.columns += names.length
    row.decided += columns.filter(({ fields }) => fields.length === 1).length
    const isPossible = names.every((name, index) => columns[index]?.fields.includes(name))
    if (!isPossible || (format && format.text !== names.join(' '))) row.wrong++
    else if (status === 'decided') row.right++
    else row.ambiguous++
  }
  return row
}

describe(`the hidden headers of ${formats} random formats`, () => {
  const table: string[] = []

  test.each(runs)('%s: none is wrong', (name, profile, count, strict) => {
    const { right, ambiguous, wrong, decided, columns } = judge(profile, count, strict)
    const share = Math.round((100 * decided) / columns)
    table.push(`| ${name} | ${right} | ${ambiguous} | ${wrong} | ${share} % |`)
    expect(wrong).toBe(0)
    expect(right + ambiguous).toBe(formats)
  })

  test('the README has the same figures', () => {
    console.log(['| lines | right | ambiguous | wrong | columns decided |', ...table].join('\n'))
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
    expect(table).toHaveLength(runs.length)
    for (const row of table) expect(readme).toContain(`${row}\n`)
  })
})

describe('orders that AWS writes or documents', () => {
  test.each(knownOrders)('$name is recognised', ({ text }) => {
    for (let seed = 1; seed <= 5; seed++) {
      const names = text.split(' ')
      const lines = realisticLines(names, 200, { dice: createRandom(seed), profile: 'mixed' })
      const { formats, format, status } = inferFormat(lines, { prefer: 'known' })
      expect(formats.map((each) => each.format.text)).toContain(text)
      expect({ status, text: format?.text }).toStrictEqual({
        status: expect.stringMatching(/^(?:decided|preferred)$/),
        text,
      })
    }
  })
})
