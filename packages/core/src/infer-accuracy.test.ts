/** How often inference is right when the header of realistic lines in random formats is hidden. */
import { describe, expect, test } from 'vitest'
import {
  createDice,
  type Profile,
  randomNames,
  realisticLines,
} from './flow-traffic.test-support.ts'
import { inferFormat } from './infer-format.ts'
import { knownOrders } from './known-orders.ts'

const formats = 200

const runs: readonly (readonly [profile: Profile, lines: number, strict: boolean])[] = [
  ['mixed', 1, false],
  ['mixed', 3, false],
  ['mixed', 10, false],
  ['mixed', 1000, false],
  ['nodata', 10, false],
  ['rejects', 100, false],
  ['ipv6', 100, false],
  ['one interface', 30, false],
  ['mixed', 100, true],
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
    const dice = createDice(seed)
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
  const table = new Map<string, Row>()

  test.each(runs)('%s, %i lines, strict: %s: none is wrong', (profile, count, strict) => {
    const row = judge(profile, count, strict)
    table.set(`${profile}, ${count}${strict ? ', strict' : ''}`, row)
    expect(row.wrong).toBe(0)
    expect(row.right + row.ambiguous).toBe(formats)
  })

  test('as a table', () => {
    const lines = [...table].map(([name, { right, ambiguous, wrong, decided, columns }]) =>
      [name, right, ambiguous, wrong, `${Math.round((100 * decided) / columns)} %`].join(' | '),
    )
    console.log(['lines | right | ambiguous | wrong | columns decided', ...lines].join('\n'))
    expect(table.size).toBe(runs.length)
    expect(table.get('mixed, 1000')?.right).toBeGreaterThan(0)
  })
})

describe('orders that AWS writes or documents', () => {
  test.each(knownOrders)('$name is recognised', ({ text }) => {
    for (let seed = 1; seed <= 5; seed++) {
      const names = text.split(' ')
      const lines = realisticLines(names, 200, { dice: createDice(seed), profile: 'mixed' })
      const { formats, format, status } = inferFormat(lines, { prefer: 'known' })
      expect(formats.map((each) => each.format.text)).toContain(text)
      expect({ status, text: format?.text }).toStrictEqual({
        status: expect.stringMatching(/^(?:decided|preferred)$/),
        text,
      })
    }
  })
})
