/** One transform for a stream that several formats share. */
import { createRandom } from '@flowlogs/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomNames, realisticLines } from './flow-traffic.test-support.ts'
import { isBalanced } from './ledger.ts'
import { mergeResults } from './merge-results.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type TransformResult } from './transform.ts'

const mapping = recordMapping
const accept =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const short = 'REJECT 2 eni-1'
const pair = createTransform({
  format: ['v2', 'action version interface-id'],
  mapping,
  index: true,
  maxLineLength: 200,
})

function textOf({ output }: Pick<TransformResult, 'output'>): string {
  return new TextDecoder().decode(output)
}

function account({ ledger: { lanes, ...ledger }, ...result }: TransformResult) {
  return { ...result, ledger, output: textOf(result) }
}

test('each line becomes what its own format makes of it, in order', () => {
  const result = pair(
    [accept, short, `${accept} # comment`, '', '- 2 eni-2', 'x', accept].join('\n'),
    { key: 'stream' },
  )
  const record = textOf(createTransform({ mapping })(accept))
  expect(textOf(result)).toBe(
    [
      record,
      '{"action":"REJECT","version":2,"interface_id":"eni-1"}\n',
      record,
      '{"version":2,"interface_id":"eni-2"}\n',
      record,
    ].join(''),
  )
  expect(result.rejections).toStrictEqual([
    { code: 'too_few_values', field: 'account_id', line: 'x', origin: { key: 'stream', line: 6 } },
  ])
  expect(result.ledger).toMatchObject({
    lines: 7,
    emitted: 5,
    blank: 1,
    rejected: 1,
    notes: { comment: 1 },
  })
  expect(result.events?.offsets).toHaveLength(5)
})

test('a header line takes over, for all lines after it', () => {
  const lines = [accept, 'srcaddr dstaddr action', '10.0.0.1 10.0.0.2 ACCEPT', short]
  const result = pair(lines.join('\n'))
  expect(textOf(result).split('\n')[1]).toBe(
    '{"srcaddr":"10.0.0.1","dstaddr":"10.0.0.2","action":"ACCEPT"}',
  )
  expect(
    result.rejections.map(({ code, field, origin }) => [code, field, origin?.line]),
  ).toStrictEqual([['bad_address', 'srcaddr', 4]])
  expect(result.ledger).toMatchObject({ lines: 4, emitted: 2, header: 1, rejected: 1 })
})

test('formats that cannot be told apart are refused when the transform is made', () => {
  const format = ['srcaddr dstaddr', 'dstaddr srcaddr']
  expect(() => createTransform({ format, mapping })).toThrow('cannot be told apart')
  expect(() => createTransform({ format: [], mapping })).toThrow('needs at least one format')
})

test('withFormat is for lines of one format', () => {
  const { format, withFormat } = pair
  expect(format.columns).toHaveLength(14)
  expect(textOf(withFormat('interface-id bytes')('eni-1 40'))).toBe(
    '{"interface_id":"eni-1","bytes":40}\n',
  )
})

/** Lines of two formats that can be told apart, with damage now and then. */
const mixture = fc.nat().map((seed) => {
  const dice = createRandom(seed)
  const formats = [randomNames(dice), randomNames(dice)]
  const lines = Array.from({ length: dice.below(20) }, () => {
    const which = dice.below(2)
    const [line] = realisticLines(formats[which] ?? [], 1, { dice, profile: 'mixed' })
    const isBad = dice.chance(0.2)
    return {
      which,
      line: isBad ? dice.pick(['', '#', 'é x', 'x'.repeat(5000), '\u{1F600}']) : line,
    }
  })
  return { formats: formats.map((names) => names.join(' ')), lines }
})

describe('laws', () => {
  const law = (
    check: (
      mixed: ReturnType<typeof createTransform>,
      lines: readonly string[],
      each: () => TransformResult,
    ) => void,
  ) =>
    fc.assert(
      fc.property(mixture, ({ formats, lines }) => {
        fc.pre(formats[0]?.split(' ').length !== formats[1]?.split(' ').length)
        const options = { mapping, maxLineLength: 4000 }
        const ones = formats.map((format) => createTransform({ ...options, format }))
        const each = () =>
          mergeResults(
            lines.map(({ which, line }, index) => {
              const isOne = line?.split(' ').length === formats[which]?.split(' ').length
              const transform = ones[isOne ? which : 0] as (typeof ones)[number]
              return transform(`${line}\n`, { line: index + 1 })
            }),
          )
        const text = lines.map(({ line }) => line ?? '')
        check(createTransform({ ...options, format: formats }), text, each)
      }),
    )

  test('as if every line came alone, in its own format', () => {
    law((mixed, lines, each) => {
      const result = mixed(lines.map((line) => `${line}\n`).join(''))
      expect(isBalanced(result.ledger)).toBe(true)
      expect(result.ledger.lines).toBe(lines.length)
      expect(account(result)).toStrictEqual(account(each()))
    })
  })

  test('however the stream is cut', () => {
    law((mixed, lines) => {
      const bytes = new TextEncoder().encode(lines.join('\n'))
      for (const size of [1, 7, 64, 1000]) {
        const session = mixed.stream()
        const results: TransformResult[] = []
        for (let at = 0; at < bytes.length; at += size) {
          results.push(session.write(bytes.slice(at, at + size)))
        }
        results.push(session.end())
        expect(account(mergeResults(results))).toStrictEqual(account(mixed(bytes)))
      }
    })
  })

  test('a bad line changes nothing about the others', () => {
    law((mixed, lines) => {
      const good = lines.filter((line) => line.includes(' ') && line !== 'é x')
      const alone = textOf(mixed(good.join('\n')))
      expect(textOf(mixed(good.flatMap((line) => [line, '\u{1F600}']).join('\n')))).toBe(alone)
    })
  })
})
