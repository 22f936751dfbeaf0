import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAddress, isIPv4, isIPv6, sameAddress } from './address.ts'

describe('isAddress', () => {
  test.each([
    '0.0.0.0',
    '255.255.255.255',
    '172.31.16.139',
    '::',
    '::1',
    '1::',
    '2001:db8:1234:a100:8d6e:3477:df66:f105',
    '2001:DB8::A',
    '2a02:cf40::',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '0000:0000:0000:0000:0000:0000:0000:0001',
    '::ffff:10.0.0.1',
    '64:ff9b::192.0.2.33',
    '1:2:3:4:5:6:10.0.0.1',
  ])('accepts %s', (text) => {
    expect(isAddress(text)).toBe(true)
  })

  test.each([
    '',
    '-',
    '.',
    '...',
    '....',
    '10.0.0',
    '10.0.0.',
    '.10.0.0',
    '10..0.0',
    '10.0.0.1.2',
    '10.0.0.256',
    '10.0.0.1000',
    '10.0.0.01',
    '10.0.0.00',
    '010.0.0.1',
    '10.0.0.0x1',
    '10.0.0.1/24',
    '10.0.0.-1',
    '+10.0.0.1',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '１０.0.0.1',
    '10.0.0.1:443',
    '3232235521',
    'localhost',
    ':',
    ':::',
    '1:',
    ':1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:10.0.0.1',
    '10.0.0.1::',
    '1:10.0.0.1::2',
    '::10.0.0.256',
    '::10.0.0',
    'fe80::1%eth0',
    '[::1]',
    '2001:db8::/32',
  ])('refuses %j', (text) => {
    expect(isAddress(text)).toBe(false)
  })

  test('refuses IPv6 text that is longer than any AWS writes', () => {
    expect(isAddress('0000:0000:0000:0000:0000:ffff:10.0.0.100')).toBe(true)
    expect(isAddress('0000:0000:0000:0000:0000:ffff:100.0.0.100')).toBe(false)
  })

  const nearAddress = fc.stringMatching(/^[0-9a-f:.]{0,41}$/)
  const mutated = fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(45), fc.constantFrom(...':.0af9%g', ''))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1))
  const candidates = fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), mutated, nearAddress)

  test('agrees with Node, which also takes zone ids and more than 40 characters', () => {
    fc.assert(
      fc.property(candidates, (text) => {
        const version = text.includes('%') || text.length > 40 ? 0 : isIP(text)
        expect([isAddress(text), isIPv4(text), isIPv6(text)]).toEqual([
          version !== 0,
          version === 4,
          version === 6,
        ])
      }),
      { numRuns: 3000 },
    )
  })
})

describe('sameAddress', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['::ffff:10.0.0.1', '::ffff:a00:1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', false],
    ['10.0.0.1', '::ffff:10.0.0.1', false],
  ])('%s and %s: %s', (left, right, expected) => {
    expect(sameAddress(left, right)).toBe(expected)
  })
})
