import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toJson } from './json.ts'

describe('toJson', () => {
  test('prints all digits of a bigint, wherever it is', () => {
    const event = { bytes: 9_223_372_036_854_775_807n, list: [1n, { deep: 2n ** 53n }], n: 7 }
    expect(toJson(event)).toBe(
      '{"bytes":9223372036854775807,"list":[1,{"deep":9007199254740992}],"n":7}',
    )
  })

  test('is what JSON.stringify writes of everything else', () => {
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value as fc.Arbitrary<Parameters<typeof toJson>[0]>
    fc.assert(
      fc.property(values, (value) => {
        expect(toJson(value)).toBe(JSON.stringify(value))
      }),
    )
  })
})
