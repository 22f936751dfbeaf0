import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { createBulkRequest } from './bulk-request.ts'
import type { IndexedOutput } from './sink.ts'

const plain = { omitIds: false, timestampField: undefined }

test('a body is an action and a document for each event, in the order asked for', () => {
  const batch = createBatch(3)
  const [first, , third] = documentsOf(batch)
  const { ids } = batch.events
  expect(createBulkRequest(plain).body(batch, [2, 0]).toString()).toBe(
    `{"create":{"_id":"${ids[2]}"}}\n${third}\n{"create":{"_id":"${ids[0]}"}}\n${first}\n`,
  )
  expect(
    createBulkRequest({ ...plain, omitIds: true })
      .body(batch, [0])
      .toString(),
  ).toBe(`{"create":{}}\n${first}\n`)
})

test('a time stamp is put first, if the event has a time', () => {
  const batch: IndexedOutput = {
    output: new Uint8Array(Buffer.from('{"a":1}\n{}\n{"b":"{"}\n')),
    events: {
      offsets: [0, 8, 11],
      ids: ['0a', '0b', '0c'],
      times: [1_763_769_540_000, -8_640_000_000_000_000, undefined],
      accounts: [undefined, undefined, undefined],
    },
  }
  const { body } = createBulkRequest({ omitIds: true, timestampField: '"@' })
  expect(body(batch, [0, 1, 2]).toString().replaceAll('{"create":{}}\n', '')).toBe(
    '{"\\"@":1763769540000,"a":1}\n{"\\"@":-8640000000000000}\n{"b":"{"}\n',
  )
})

test('parts have all events in their order, as many in each as fit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.boolean(),
      (count, maxBytes, omitIds) => {
        const batch = createBatch(count)
        const bulk = createBulkRequest({ ...plain, omitIds })
        const parts = bulk.parts(batch, maxBytes)
        expect(parts.flat()).toStrictEqual(Array.from({ length: count }, (_, index) => index))
        for (const [position, part] of parts.entries()) {
          const next = parts[position + 1]?.[0]
          if (part.length > 1) expect(bulk.body(batch, part).length).toBeLessThanOrEqual(maxBytes)
          if (next === undefined) continue
          expect(bulk.body(batch, [...part, next]).length).toBeGreaterThan(maxBytes)
        }
      },
    ),
  )
})
