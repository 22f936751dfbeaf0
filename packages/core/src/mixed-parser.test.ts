/** One parser for lines of several formats: which it can tell apart, and the laws. */
import { createRandom } from '@flowlogs/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomNames, realisticLines } from './flow-traffic.test-support.ts'
import { type PresetName, presets } from './format.ts'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'
import { render } from './render.ts'

const accept =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const alphabetical =
  '325352056000 - apne1-az1 - - - 1700185000 - i-085c8f3d12aa57000 eni-03a3504cbdd789000 SKIPDATA - - - - - - ap-northeast-1 - - 1700185000 - - subnet-f27b1000 - - - 5 vpc-bcd5b000'

test('the count of values tells, or what they look like', () => {
  const { formats, parse, formatOf } = createParser(['v2', 'v5', 'v5-alphabetical'])
  expect(formats.map(({ text }) => text)).toStrictEqual([
    presets.v2,
    presets.v5,
    presets['v5-alphabetical'],
  ])
  const documented = presets.v5
    .split(' ')
    .map(
      (name) =>
        ({ version: '5', 'log-status': 'NODATA', start: '1700185000', end: '1700185059' })[name] ??
        '-',
    )
    .join(' ')
  const lines = [accept, alphabetical, documented, `${accept} # a comment`, `${accept}\r\n`]
  expect(lines.map((line) => formatOf(line).text)).toStrictEqual([
    presets.v2,
    presets['v5-alphabetical'],
    presets.v5,
    presets.v2,
    presets.v2,
  ])
  expect(lines.map(parse)).toStrictEqual([
    createParser('v2').parse(accept),
    createParser('v5-alphabetical').parse(alphabetical),
    createParser('v5').parse(documented),
    createParser('v2').parse(accept),
    createParser('v2').parse(accept),
  ])
})

test('a line of no format is a rejection of the first one', () => {
  const { parse } = createParser(['v2', 'srcaddr dstaddr bytes'])
  expect([parse('10.0.0.1 10.0.0.2'), parse('10.0.0.1 10.0.0.2 x')]).toStrictEqual([
    { code: 'too_few_values', field: 'interface_id', line: '10.0.0.1 10.0.0.2' },
    { code: 'bad_integer', field: 'bytes', value: 'x', line: '10.0.0.1 10.0.0.2 x' },
  ])
})

describe('formats that cannot be told apart are refused', () => {
  test.each<[string, readonly string[]]>([
    ['srcaddr dstaddr', ['srcaddr dstaddr', 'dstaddr srcaddr']],
    ['NODATA has - in both', ['version srcaddr action', 'version action srcaddr']],
    ['counters can look like times', ['start srcaddr', 'bytes srcaddr']],
    ['free text can look like anything', ['version srcaddr', 'instance-tag srcaddr']],
    ['AWS has not published the other field', ['version srcaddr', 'tenant-id srcaddr']],
    [
      'a status may become the name of a service',
      ['log-status bytes', 'pkt-src-aws-service bytes'],
    ],
  ])('%s', (_, formats) => {
    expect(() => createParser(formats)).toThrow(
      `the formats "${formats[0]}" and "${formats[1]}" cannot be told apart: they have as many fields, and no position where the values must look different`,
    )
  })

  test('the same format twice, and none', () => {
    expect(() => createParser(['v2', presets.v2])).toThrow('is listed twice')
    expect(() => createParser([])).toThrow('needs at least one format')
  })
})

/** Two formats that can be told apart, and lines of them in any order. */
const mixture = fc
  .record({ seed: fc.nat(), isShuffle: fc.boolean() })
  .map(({ seed, isShuffle }) => {
    const dice = createRandom(seed)
    const first = randomNames(dice)
    // A permutation has as many fields, so that only what the values look like can tell.
    const second = isShuffle ? shuffle(first, dice.below) : randomNames(dice)
    const formats = [first, second]
    const lines = Array.from({ length: 12 }, () => {
      const names = formats[dice.below(2)] as readonly string[]
      const [line] = realisticLines(names, 1, { dice, profile: 'mixed' })
      return { names, line: line as string }
    })
    return { formats, lines }
  })
  .filter(({ formats }) => canTellApart(formats))

function shuffle<Item>(items: readonly Item[], below: (bound: number) => number): Item[] {
  const left = [...items]
  return items.map(() => left.splice(below(left.length), 1)[0] as Item)
}

function canTellApart(formats: readonly (readonly string[])[]): boolean {
  try {
    createParser(formats.map((names) => names.join(' ')))
    return true
  } catch {
    return false
  }
}

describe('laws', () => {
  test('each line is read in its own format, and rendering gives it back', () => {
    fc.assert(
      fc.property(mixture, ({ formats, lines }) => {
        const { parse, formatOf } = createParser(formats.map((names) => names.join(' ')))
        for (const { names, line } of lines) {
          expect(formatOf(line).text).toBe(names.join(' '))
          const record = parse(line)
          expect(record).toStrictEqual(createParser(names.join(' ') as PresetName).parse(line))
          expect(isRejection(record) ? record : render(record, formatOf(line))).toBe(line)
        }
      }),
    )
  })

  test('columns and values permuted together give the same record', () => {
    fc.assert(
      fc.property(mixture, fc.nat(), ({ formats, lines }, seed) => {
        const { below } = createRandom(seed)
        const orders = formats.map((names) => shuffle([...names.keys()], below))
        const permuted = formats.map((names, at) =>
          (orders[at] ?? []).map((index) => names[index] as string),
        )
        fc.pre(canTellApart(permuted))
        const before = createParser(formats.map((names) => names.join(' ')))
        const after = createParser(permuted.map((names) => names.join(' ')))
        for (const { names, line } of lines) {
          const values = line.split(' ')
          const order = orders[formats.indexOf(names)] ?? []
          const other = order.map((index) => values[index]).join(' ')
          expect(after.parse(other)).toEqual(before.parse(line))
        }
      }),
    )
  })

  test('a bad line changes nothing about the others, and nothing throws', () => {
    fc.assert(
      fc.property(mixture, fc.string({ unit: 'binary' }), ({ formats, lines }, bad) => {
        const { parse } = createParser(formats.map((names) => names.join(' ')))
        const alone = lines.map(({ line }) => parse(line))
        const beside = lines.map(({ line }) => {
          const result = parse(bad)
          if (isRejection(result)) expect(result.line).toBe(bad.replace(/\n$/, ''))
          return parse(line)
        })
        expect(beside).toStrictEqual(alone)
      }),
    )
  })
})
