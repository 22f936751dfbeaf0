import { findField } from '@flowlogs/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createToText } from './value-text.ts'

const textIn = (name: string, value: unknown) => createToText(findField(name))(value)

test.each([null, undefined, '', '-', 'None'])('%j is absent everywhere', (value) => {
  for (const name of ['bytes', 'srcaddr', 'account-id', 'instance-tag', 'start', 'unknown']) {
    expect(textIn(name, value)).toBe('-')
  }
})

describe('numbers', () => {
  test.each([
    [443, '443'],
    [1e3, '1000'],
    [-0, '0'],
    [-5, '-5'],
    [9007199254740991, '9007199254740991'],
    [9223372036854775807n, '9223372036854775807'],
    ['443', '443'],
    ['25238.0', '25238'],
    ['25238.000', '25238'],
    ['1.5', '1.5'],
    ['NaN', 'NaN'],
    ['0x10', '0x10'],
    [1.5, undefined],
    [1e19, undefined],
    [Number.NaN, undefined],
    [true, undefined],
    [{}, undefined],
    [[443], undefined],
    ['4 43', undefined],
    ['443\n', undefined],
  ])('%o', (value, text) => {
    expect(textIn('bytes', value)).toBe(text)
  })

  test('an account gets the zeros back that a number has lost', () => {
    expect(textIn('account-id', 58694856476)).toBe('058694856476')
    expect(textIn('tgw-src-vpc-account-id', 0)).toBe('000000000000')
    expect(textIn('account-id', '58694856476')).toBe('58694856476')
    expect(textIn('account-id', -1)).toBe('-1')
    expect(textIn('interface-id', 7)).toBe('7')
  })
})

describe('times', () => {
  test.each([
    ['2026-11-22T06:00:00Z', '1795327200'],
    ['2026-11-22T06:00:00.000Z', '1795327200'],
    ['2026-11-22 06:00:00 UTC', '1795327200'],
    ['2026-11-22 07:00:00.000000+01:00', '1795327200'],
    ['2026-11-22T00:30:00-0530', '1795327200'],
    ['1969-12-31T23:59:59Z', '-1'],
    ['1795327200', '1795327200'],
    ['1795327200.0', '1795327200'],
    // The parser says what is wrong with these.
    ['2026-11-22T06:00:00', '2026-11-22T06:00:00'],
    ['2026-11-22T06:00:00.5Z', '2026-11-22T06:00:00.5Z'],
    ['2026-02-30T06:00:00Z', '2026-02-30T06:00:00Z'],
    ['2026-11-22T24:00:00Z', '2026-11-22T24:00:00Z'],
    ['2026-11-22 06:00:00', undefined],
    [1795327200000, '1795327200000'],
    [1795327200.5, undefined],
  ])('%s', (value, text) => {
    expect(textIn('start', value)).toBe(text)
  })

  test('are text elsewhere', () => {
    expect(textIn('bytes', '2026-11-22T06:00:00Z')).toBe('2026-11-22T06:00:00Z')
    expect(textIn('unknown', '2026-11-22T06:00:00Z')).toBe('2026-11-22T06:00:00Z')
  })

  test('any second of four centuries', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), (seconds) => {
        const iso = new Date(seconds * 1000).toISOString()
        expect(textIn('end', iso)).toBe(String(seconds))
      }),
    )
  })
})

describe('text', () => {
  test.each([
    ['eni-1', 'eni-1'],
    ['größe', 'größe'],
    ['a b', undefined],
    ['a\tb', undefined],
    ['a\nb', undefined],
    ['\0', '\0'],
    ['a\r', undefined],
    ['\x7f', '\x7f'],
    ['\ud800', undefined],
    ['\ud83d\ude00', '\ud83d\ude00'],
    [1.5, '1.5'],
    [false, 'false'],
    [{}, undefined],
  ])('%o', (value, text) => {
    expect(textIn('interface-id', value)).toBe(text)
  })

  test.each([
    ['web', 'web'],
    ['web%20front', 'web%20front'],
    ['web front', 'web%20front'],
    ['100% web', '100%25%20web'],
    ['größe', 'gr%C3%B6%C3%9Fe'],
    ['a\nb', 'a%0Ab'],
    ['\ud800', undefined],
    [['a'], undefined],
  ])('of a tag: %o', (value, text) => {
    expect(textIn('instance-tag', value)).toBe(text)
    expect(textIn('asg-tag-2', value)).toBe(text)
  })

  test.each([
    [{ name: 'x' }, '{"name":"x"}'],
    [[1n, null], '[1,null]'],
    [{ name: 'x y' }, undefined],
    [1e19, '10000000000000000000'],
    [true, 'true'],
  ])('of a field that AWS has not published: %o', (value, text) => {
    expect(textIn('unknown', value)).toBe(text)
  })
})

test('a text stands in a line as one value, or not at all', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('bytes', 'srcaddr', 'account-id', 'instance-tag', 'start', 'unknown'),
      fc.anything({ withBigInt: true }),
      (name, value) => {
        const text = textIn(name, value)
        if (text !== undefined) expect(text).toMatch(/^[^\0- \x7f]+$/)
      },
    ),
  )
})
