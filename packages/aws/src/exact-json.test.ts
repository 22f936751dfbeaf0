import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson, toJsonText } from './exact-json.ts'

/** What JSON.parse would have made of it. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(rounded)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]))
}

describe('parseJson', () => {
  test.each([
    ['{"bytes":9007199254740991}', { bytes: 9007199254740991 }],
    ['{"bytes":9007199254740993}', { bytes: 9007199254740993n }],
    ['{"bytes": -9223372036854775808 }', { bytes: -9223372036854775808n }],
    ['[1,\n 9223372036854775807]', [1, 9223372036854775807n]],
    ['{"id":"9223372036854775807"}', { id: '9223372036854775807' }],
    [
      '{"a":9007199254740993,"b":9007199254740993.5}',
      { a: 9007199254740993n, b: 9007199254740994 },
    ],
    ['{"a":9007199254740993,"b":1e3,"c":25238.0}', { a: 9007199254740993n, b: 1000, c: 25238 }],
    ['{"a":9007199254740993,"__proto__":1}', JSON.parse('{"a":0,"__proto__":1}')],
  ])('%s', (text, value) => {
    const parsed = parseJson(text)
    if (text.includes('__proto__')) {
      expect(Object.keys(parsed as object)).toStrictEqual(Object.keys(value))
    } else expect(parsed).toStrictEqual(value)
  })

  test('digits without end are no integer', () => {
    expect(parseJson(`[${'9'.repeat(41)}]`)).toStrictEqual([1e41])
    expect(parseJson(`[${'9'.repeat(100_000)}]`)).toStrictEqual([Number.POSITIVE_INFINITY])
  })

  test('is JSON.parse but for long integers', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(rounded(parseJson(text))).toStrictEqual(JSON.parse(text))
      }),
    )
  })

  test('throws what JSON.parse throws', () => {
    expect(() => parseJson('{"a":9007199254740993')).toThrow(SyntaxError)
  })
})

test('every integer of 64 bits comes back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (integer) => {
      const text = `{"a":${integer},"b":[${integer}]}`
      expect(toJsonText(parseJson(text))).toBe(text)
    }),
  )
})

test('what is nested too deep to be written has no text', () => {
  expect(toJsonText(parseJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))).toBeUndefined()
})
