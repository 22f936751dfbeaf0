import { describe, expect, test } from 'vitest'
import { isMilliseconds, type TimeText, toMilliseconds, toTimeText } from './time.ts'

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

describe('toTimeText', () => {
  test.each<[TimeText, number, string]>([
    ['datetime', 1_668_722_981, '2022-11-17T22:09:41.000Z'],
    ['shortDatetime', 1_668_722_981, '2022-11-17T22:09:41Z'],
    ['shortDatetime', 1_668_722_980_000, '2022-11-17T22:09:40Z'],
    ['shortDatetime', 1_668_722_980_120, '2022-11-17T22:09:40.12Z'],
    ['shortDatetime', 1_668_722_980_007, '2022-11-17T22:09:40.007Z'],
    ['date', 1_668_722_981, '2022-11-17'],
    ['timeOfDay', 1_668_722_981, '22:09:41'],
    ['timeOfDay', 1_668_722_981_999, '22:09:41'],
  ])('%s of %i is %s', (form, time, expected) => {
    expect(toTimeText(form, time)).toBe(expected)
  })

  test('an implausible time has none', () => {
    expect(toTimeText('date', 5)).toBeUndefined()
  })
})
