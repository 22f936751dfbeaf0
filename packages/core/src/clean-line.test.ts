/** The fast path gives what the reference path gives, or leaves the line to it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCleanReader } from './clean-line.ts'
import { anyInput, flowLines } from './flow-line.test-support.ts'
import { parseFormat } from './format.ts'
import { createReader, splitLine } from './parser.ts'
import { isRejection } from './rejection.ts'

const maxLineLength = 4096

function paths(formatText: string) {
  const format = parseFormat(formatText)
  const read = createReader(format, {})
  return {
    clean: createCleanReader(format, maxLineLength),
    reference: (line: string) => {
      const text = line.replace(/\n$/, '')
      return read(splitLine(text, format.columns.length).values, text)
    },
  }
}

/** What the fast path makes of a line must be a record, the reference's, with the same keys in order. */
function expectNoOther({ clean, reference }: ReturnType<typeof paths>, line: string): boolean {
  const record = clean(line)
  if (record === undefined) return false
  const expected = reference(line)
  expect(record).toStrictEqual(expected)
  expect(Object.keys(record)).toEqual(Object.keys(expected))
  return true
}

/** A line with some of its characters replaced, left out, repeated, or followed by something else. */
const mutation = fc.tuple(
  fc.nat(),
  fc.nat(3),
  fc.constantFrom(
    ...[' ', '\t', '\r', '\n', '\0', '\v', '-', '#', '"', '0', '9', ':', '.', '/', 'g', 'A'],
    ...['\u007f', '\u0080', '\u00a0', 'é', '€', '\uFEFF', '\uD800', ' # comment', ' 1', '99999'],
  ),
)

function mutate(line: string, [seed, removed, added]: readonly [number, number, string]): string {
  const at = seed % (line.length + 1)
  return line.slice(0, at) + added + line.slice(at + removed)
}

describe('the fast path', () => {
  test('takes clean lines whose integers have at most fifteen digits, and what it makes is the record', () => {
    fc.assert(
      fc.property(flowLines, ({ names, lines }) => {
        const both = paths(names.join(' '))
        for (const values of lines) {
          const line = values.join(' ')
          const isEasy =
            /^[\0-\x7f]*$/.test(line) &&
            !/(?:^| )[0-9]{16,}(?: |$)/.test(line) &&
            !/:[^ ]*\./.test(line)
          const taken = expectNoOther(both, line)
          if (isEasy) expect([line, taken]).toEqual([line, true])
          expect(expectNoOther(both, `${line}\n`)).toBe(taken)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('makes nothing of a mutated line that the reference path would not make', () => {
    fc.assert(
      fc.property(
        flowLines,
        fc.array(mutation, { maxLength: 3 }),
        ({ names, lines }, mutations) => {
          const both = paths(names.join(' '))
          for (const values of lines) {
            expectNoOther(both, mutations.reduce(mutate, values.join(' ')))
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('makes nothing else of anything', () => {
    const all = ['srcaddr bytes', 'log-status', 'v2', 'tenant-id dstaddr end'].map(paths)
    fc.assert(
      fc.property(anyInput, (line) => {
        for (const both of all) expectNoOther(both, line)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    '1.2.3.4',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    'ABCD:ef01::9',
  ])('takes the address %s', (address) => {
    expect(paths('srcaddr').clean(address)).toStrictEqual({ srcaddr: address })
  })

  test.each([
    ['srcaddr', '1.2.3'],
    ['srcaddr', '1.2.3.4.5'],
    ['srcaddr', '1.2.3.'],
    ['srcaddr', '1.2.3.256'],
    ['srcaddr', '1.2.3.04'],
    ['srcaddr', '1.2.3.99999999999999999999'],
    ['srcaddr', ':'],
    ['srcaddr', ':1'],
    ['srcaddr', ':::'],
    ['srcaddr', '1:2:3:4:5:6:7:8:9'],
    ['srcaddr', '1:2:3:4:5:6:7'],
    ['srcaddr', '1:2:3:4::5:6:7:8'],
    ['srcaddr', '1::2::3'],
    ['srcaddr', '12345::'],
    ['srcaddr', '1:'],
    ['srcaddr', '::g'],
    ['srcaddr', 'fe80::1%eth0'],
    ['bytes', ''],
    ['bytes', '\n'],
    ['bytes', '01'],
    ['bytes', '+1'],
    ['bytes', '1e3'],
    ['bytes', '1\r'],
    ['bytes', '1000000000000000'],
    ['bytes', ' 1'],
    ['bytes', '1 '],
    ['bytes', '1 2'],
    ['srcport', '65536'],
    ['protocol', '256'],
    ['version', '2147483648'],
    ['log-status bytes', 'OK'],
    ['log-status bytes', 'OK '],
    ['log-status bytes', 'OK\t1'],
    ['log-status bytes', 'Ö 1'],
    ['log-status bytes', '\uD800 1'],
  ])('leaves to the reference path, in the format %s, the line %j', (format, line) => {
    expect(paths(format).clean(line)).toBeUndefined()
  })

  test('takes lines up to the limit, whether or not they end in a line feed', () => {
    const clean = createCleanReader(parseFormat('bytes'), 3)
    expect(['123', '123\n', '1234', '1234\n', '12345'].map(clean)).toEqual([
      { bytes: 123 },
      { bytes: 123 },
      undefined,
      undefined,
      undefined,
    ])
  })

  test('keeps nothing of the line before', () => {
    const { clean } = paths('srcaddr bytes')
    const first = clean('10.0.0.1 7')
    expect(clean('-')).toBeUndefined()
    expect(clean('- -')).toStrictEqual({ srcaddr: undefined, bytes: undefined })
    expect(clean('')).toBeUndefined()
    expect(first).toStrictEqual({ srcaddr: '10.0.0.1', bytes: 7 })
    expect(isRejection(first ?? {})).toBe(false)
  })
})
