import { describe, expect, test } from 'vitest'
import { createParser } from './parser.ts'
import { describeRejection, isRejection, type Rejection, rejectionCodes } from './rejection.ts'

describe('describeRejection', () => {
  const sentences: readonly [Omit<Rejection, 'line'>, string][] = [
    [{ code: 'too_few_values', field: 'end' }, 'no value for the field "end": the line ends early'],
    [{ code: 'too_many_values', value: 'x' }, '"x" follows the last value of the format'],
    [
      { code: 'bad_integer', field: 'srcport', value: '65536' },
      '"65536" is not an integer that "srcport" can hold',
    ],
    [
      { code: 'bad_address', field: 'srcaddr', value: '10.0.0.256' },
      '"10.0.0.256" in "srcaddr" is not an IPv4 or IPv6 address',
    ],
    [{ code: 'line_too_long' }, 'the line is longer than the limit'],
    [{ code: 'bad_encoding', value: '/w==' }, 'the line is not UTF-8'],
    [{ code: 'no_time', field: 'start' }, 'the line carries no time'],
    [{ code: 'no_time', field: 'start', value: '17' }, '"17" is not a plausible Unix time'],
    [
      { code: 'no_endpoint', field: 'dstaddr' },
      'the target needs an endpoint, and "dstaddr" has no address',
    ],
    [{ code: 'bad_base64' }, 'the record is not base64'],
    [{ code: 'bad_gzip' }, 'the record is not whole gzip data'],
    [{ code: 'bad_json' }, 'the record is not whole JSON'],
    [{ code: 'bad_parquet' }, 'the object is not Parquet that can be read'],
    [
      { code: 'bad_parquet', value: 'no footer' },
      'the object is not Parquet that can be read: no footer',
    ],
    [{ code: 'unknown_shape' }, 'the record is no delivery that AWS makes of flow logs'],
    [
      { code: 'unknown_shape', value: 'no flow log has the columns a, b' },
      'the record is no delivery that AWS makes of flow logs: no flow log has the columns a, b',
    ],
    [
      { code: 'unknown_shape', field: 'srcport', value: '1.5' },
      'a flow log has no "1.5" in "srcport"',
    ],
    [{ code: 'too_large' }, 'the record is larger than the limit'],
    [{ code: 'too_deep' }, 'the record is nested deeper than the limit'],
    [{ code: 'too_many_records' }, 'the record holds more values than the limit'],
  ]

  test.each(sentences)('%j', (rejection, sentence) => {
    expect(describeRejection({ ...rejection, line: '' })).toBe(sentence)
  })

  test('knows every code', () => {
    expect(new Set(sentences.map(([{ code }]) => code))).toEqual(new Set(rejectionCodes))
  })
})

describe('isRejection', () => {
  test('tells rejections from records', () => {
    const { parse } = createParser('srcaddr bytes')
    expect([parse('10.0.0.1 7'), parse('10.0.0.1 x')].map(isRejection)).toEqual([false, true])
  })

  test('does not take a record for one because of a field called code', () => {
    const { parse } = createParser('srcaddr code')
    expect(isRejection(parse('10.0.0.1 no_time'))).toBe(false)
  })

  test('takes no other code', () => {
    expect(isRejection({ code: 'made_up', line: '' })).toBe(false)
  })
})
