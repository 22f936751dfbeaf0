import type { FirehoseTransformationResultRecord } from 'aws-lambda'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerBytes, createTransformationBudget } from './transformation-budget.ts'

interface Sample {
  readonly recordId: string
  readonly data: Uint8Array
  readonly keys: Record<string, string> | undefined
}

const text = fc.string({ unit: 'binary', maxLength: 60 })
const samples: fc.Arbitrary<readonly Sample[]> = fc.array(
  fc.record({
    recordId: text,
    data: fc.uint8Array({ maxLength: 200 }),
    keys: fc.option(fc.dictionary(text, text, { maxKeys: 3 }), { nil: undefined }),
  }),
  { maxLength: 20 },
)

/** A reply that holds events where there was room. */
function replyTo(records: readonly Sample[], limit: number): FirehoseTransformationResultRecord[] {
  const recordIds = records.map(({ recordId }) => recordId)
  const budget = createTransformationBudget(recordIds, limit)
  return records.map(({ recordId, data, keys }) => {
    if (!budget.take(answerBytes(data.length, keys)))
      return { recordId, result: 'ProcessingFailed' }
    const metadata = keys && { metadata: { partitionKeys: keys } }
    return { recordId, result: 'Ok', data: Buffer.from(data).toString('base64'), ...metadata }
  })
}

function bytesOf(records: readonly FirehoseTransformationResultRecord[]): number {
  return Buffer.byteLength(JSON.stringify({ records }))
}

test('a reply keeps to its limit, whatever comes', () => {
  fc.assert(
    fc.property(samples, fc.nat(8000), (records, room) => {
      const none = bytesOf(
        records.map(({ recordId }) => ({ recordId, result: 'ProcessingFailed' })),
      )
      expect(bytesOf(replyTo(records, none + room))).toBeLessThanOrEqual(none + room)
    }),
  )
})

test('a reply uses up its limit, but for what is set aside', () => {
  fc.assert(
    fc.property(samples, (records) => {
      // Two letters instead of the sixteen that may be needed, and a comma too many.
      const all = bytesOf(replyTo(records, 1_000_000)) + 14 * records.length + 1
      const isOk = ({ result }: FirehoseTransformationResultRecord) => result === 'Ok'
      expect(replyTo(records, all).every(isOk)).toBe(true)
      expect(replyTo(records, all - 1).every(isOk)).toBe(records.length === 0)
    }),
  )
})
