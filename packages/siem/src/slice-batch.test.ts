import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import type { IndexedOutput } from './sink.ts'
import { eventBytes, eventCount, selectEvents, sliceBatch } from './slice-batch.ts'

const batch = createBatch(9, ['bad'])
const documents = documentsOf(batch)

/** What a part is expected to hold, event by event. */
function contents(part: IndexedOutput): object[] {
  const { ids, times, accounts } = part.events
  return documentsOf(part).map((document, index) => ({
    document,
    id: ids[index],
    time: times[index],
    account: accounts[index],
  }))
}

const whole = contents(batch)
const index = fc.nat({ max: 8 })

test('the document of an event is its line', () => {
  expect(documents).toStrictEqual(Buffer.from(batch.output).toString().trimEnd().split('\n'))
  expect(JSON.parse(Buffer.from(eventBytes(batch, 4)).toString())).toMatchObject({
    account_id: '123456789012',
    srcport: 1028,
    start: 1763769630,
  })
  expect(eventCount(batch)).toBe(9)
})

describe('a slice', () => {
  test('holds the events from one index to another, as a batch of its own', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9 }), fc.nat({ max: 9 }), (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const part = sliceBatch(batch, from, to)
        expect(contents(part)).toStrictEqual(whole.slice(from, to))
        expect(part.output.length).toBe(
          documents.slice(from, to).join('\n').length + (to > from ? 1 : 0),
        )
      }),
    )
  })

  test('is a view', () => {
    expect(sliceBatch(batch, 3, 5).output.buffer).toBe(batch.output.buffer)
  })

  test('of a slice is a slice', () => {
    expect(contents(sliceBatch(sliceBatch(batch, 2, 8), 1, 4))).toStrictEqual(whole.slice(3, 6))
  })
})

test('a selection holds the events of the given indexes in their order, as a batch of its own', () => {
  fc.assert(
    fc.property(fc.array(index), (indexes) => {
      const part = selectEvents(batch, indexes)
      expect(contents(part)).toStrictEqual(indexes.map((each) => whole[each]))
      expect(Buffer.from(part.output).toString()).toBe(
        indexes.map((each) => `${documents[each]}\n`).join(''),
      )
    }),
  )
})
