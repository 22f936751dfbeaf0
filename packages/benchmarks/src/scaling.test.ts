import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { cell, readFigures } from './scaling-figures.ts'
import { toPage } from './scaling-page.ts'
import { toTieredCost, vendedLogs } from './scaling-prices.ts'

test('SCALING.md is what `pnpm scaling --write` makes of the figures', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../SCALING.md'), 'utf8')
  expect(page).toBe(toPage(readFigures()))
})

test.each([
  [0, 0],
  [1024, 256],
  [10 * 1024, 2560],
  [11 * 1024, 2560 + 0.15 * 1024],
  [100 * 1024, (2.5 + 20 * 0.15 + 20 * 0.075 + 50 * 0.05) * 1024],
])('%i GB of flow logs in a month cost $%d', (gigabytes, cost) => {
  expect(toTieredCost(vendedLogs.stream, gigabytes)).toBeCloseTo(cost, 6)
})

test('figures come from the row of a table that has all the words', () => {
  const markdown = `| format | way | events/s |
| --- | --- | --: |
| v2 | gzip | 114 k (111–124) |
| v5 | gzip | 72 k (71–78) |

| format | way | bytes |
| --- | --- | --: |
| v5 | gzip | 1,584.5 |
`
  const row = { format: 'v5', way: 'gzip' }
  expect([cell(markdown, row, 'events/s'), cell(markdown, row, 'bytes')]).toEqual([72_000, 1584.5])
  expect(() => cell(markdown, row, 'ns')).toThrow('the README has no ns of v5, gzip')
})
