import { describe, expect, test } from 'vitest'
import { isMilliseconds, toMilliseconds } from './time.ts'

describe('toMilliseconds', () => {
  test.each([
    [1_418_530_010, 1_418_530_010_000],
    [1_000_000_000, 1_000_000_000_000],
    [9_999_999_999, 9_999_999_999_000],
    [1_418_530_010_123, 1_418_530_010_123],
    [1_000_000_000_000, 1_000_000_000_000],
    [9_999_999_999_999, 9_999_999_999_999],
  ])('takes %i for %i', (time, expected) => {
    expect(toMilliseconds(time)).toBe(expected)
  })

  test.each([
    0,
    999_999_999,
    10_000_000_000,
    999_999_999_999,
    10_000_000_000_000,
    1_418_530_010_123_456,
    1_418_530_010n,
    '1418530010',
    undefined,
  ])('finds %s implausible', (time) => {
    expect(toMilliseconds(time)).toBeUndefined()
  })
})

describe('isMilliseconds', () => {
  test.each([
    [999_999_999_999, false],
    [1_000_000_000_000, true],
    [9_999_999_999_999, true],
    [10_000_000_000_000, false],
    [1_418_530_010, false],
    ['1418530010123', false],
    [undefined, false],
  ])('%s: %s', (time, expected) => {
    expect(isMilliseconds(time)).toBe(expected)
  })
})
