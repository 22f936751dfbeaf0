import { describe, expect, test } from 'vitest'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'
import { render } from './render.ts'

describe('render', () => {
  test.each([
    [
      'v2',
      '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
    ],
    ['v2', '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'],
    [
      'v2',
      '2 123456789012 eni-0123456789abcdef0 10.0.0.1 10.0.0.2 1 2 6 9007199254740991 9223372036854775807 1763700000 1763700059 ACCEPT OK',
    ],
    ['srcaddr bytes', '2001:DB8::0A 0'],
  ])('gives back the line of the format %s', (format, line) => {
    const record = createParser(format).parse(line)
    expect(isRejection(record) ? record : render(record, format)).toBe(line)
  })

  test('writes "-" for what the record lacks, and nothing that the format lacks', () => {
    expect(render({ bytes: 7, region: 'us-east-1' }, '${srcaddr} ${bytes}')).toBe('- 7')
  })
})
