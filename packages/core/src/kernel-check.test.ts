/** What decides whether a value is a kernel's: its length, its digits, what stands behind it. */
import { expect, test } from 'vitest'
import { createMapping, duration, recordMapping } from './index.ts'
import { createBothLanes } from './lanes.test-support.ts'

test.each([
  ['version', 10],
  ['srcport', 5],
  ['protocol', 3],
  ['bytes', 15],
])('of %s a kernel takes at most %i digits', (field, most) => {
  const digits = Array.from({ length: 70 }, (_, length) => '1'.repeat(length + 1))
  for (const format of [`${field} vpc-id`, `vpc-id ${field}`]) {
    const run = createBothLanes({ format, mapping: recordMapping })
    const linesOf = (values: readonly string[]): string =>
      values.map((value) => format.replace(field, value).replace('vpc-id', 'x')).join('\n')
    expect(run(linesOf(digits)).lanes).toEqual({ kernel: most, object: digits.length - most })
    for (const change of [(text: string) => `0${text}`, (text: string) => `${text}:`]) {
      expect(run(linesOf(digits.map(change))).lanes).toEqual({ object: digits.length })
    }
    expect(run(linesOf(['0', '-'])).lanes).toEqual({ kernel: 2 })
  }
})

test('an address ends where its value does', () => {
  const octets = [
    '0',
    '7',
    '07',
    '007',
    '25',
    '99',
    '100',
    '199',
    '249',
    '255',
    '256',
    '300',
    '1000',
  ]
  const others = [
    '1.2.3',
    '1.2.3.4.5',
    '1..2.3',
    '.1.2.3',
    '1.2.3.',
    '1.2.3.4:',
    '1.2.3.4/',
    '1,2.3.4',
  ]
  const addresses = [
    ...octets.flatMap((octet) => [
      `${octet}.2.3.4`,
      `1.${octet}.3.4`,
      `1.2.${octet}.4`,
      `1.2.3.${octet}`,
      [octet, octet, octet, octet].join('.'),
    ]),
    ...others,
    '1234567890123456',
    '-',
    '::1',
  ]
  for (const format of ['srcaddr bytes', 'bytes srcaddr', 'srcaddr dstaddr bytes']) {
    const run = createBothLanes({ format, mapping: recordMapping })
    const { output } = run(
      addresses
        .map((address) => format.replace(/\S+addr/g, address).replace('bytes', '2'))
        .join('\n'),
    )
    const good = [...output.matchAll(/"srcaddr":"([^"]+)"/g)].map(([, address]) => address)
    expect(good).toEqual(
      addresses.filter((address) =>
        /^(?:(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}$|::1/.test(address),
      ),
    )
  }
})

test('a duration has as many digits as it needs', () => {
  const mapping = createMapping({ name: 'test', template: { took: duration('start', 'end') } })
  const seconds = [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 99_999_999, 100_000_000, 8_999_999_999]
  const run = createBothLanes({ format: 'start end', mapping })
  const { output, lanes } = run(
    seconds.map((each) => `1000000000 ${1_000_000_000 + each}`).join('\n'),
  )
  expect(output).toBe(seconds.map((each) => `{"took":${each * 1000}}\n`).join(''))
  expect(lanes).toEqual({ kernel: seconds.length })
})
