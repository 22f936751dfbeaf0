import { isBalanced } from '@flowlogs/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { mergeBatches, toBatch } from './merge-batches.ts'
import { sliceBatch } from './slice-batch.ts'

describe('a part becomes a batch', () => {
  const { events, output, rejections } = createBatch(3, ['bad', '2 bad', '2'])
  const batch = toBatch({ events, output }, rejections)

  test('with a ledger that balances', () => {
    expect(isBalanced(batch.ledger)).toBe(true)
    expect(batch.ledger).toMatchObject({
      lines: 6,
      emitted: 3,
      rejected: 3,
      rejections: { too_few_values: 3 },
    })
  })

  test('with what it has', () => {
    expect(batch).toMatchObject({ output, events, rejections })
  })
})

test('merging the parts gives the whole again, wherever it was cut', () => {
  const whole = createBatch(20)
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (cuts) => {
      const ends = [...cuts.sort((one, other) => one - other), 20]
      const parts = ends.map((end, index) => toBatch(sliceBatch(whole, ends[index - 1] ?? 0, end)))
      const { output, events, ledger } = mergeBatches(parts)
      expect({ output, events, lines: ledger.lines }).toStrictEqual({
        output: whole.output,
        events: whole.events,
        lines: 20,
      })
    }),
  )
})

test('merging keeps all bad lines and adds up the ledgers', () => {
  const one = createBatch(2, ['a', 'b'])
  const other = createBatch(0, ['c'])
  const merged = mergeBatches([one, other, one])
  expect(documentsOf(merged)).toStrictEqual([...documentsOf(one), ...documentsOf(one)])
  expect(merged.rejections.map(({ line }) => line)).toStrictEqual(['a', 'b', 'c', 'a', 'b'])
  expect(isBalanced(merged.ledger)).toBe(true)
  expect(merged.ledger).toMatchObject({ lines: 9, emitted: 4, rejected: 5 })
})

test('merging one batch costs nothing, merging none gives an empty one', () => {
  const batch = createBatch(2)
  expect(mergeBatches([batch])).toBe(batch)
  expect(mergeBatches([])).toMatchObject({ output: new Uint8Array(0), rejections: [] })
})
