/** Many lines at once give what each of them gives alone. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLineGenerator, createRandom, mutate, randomFormat } from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { fields } from './fields.ts'
import { presets } from './format.ts'
import { blockBytes } from './kernel-layout.ts'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'

const random = createRandom(80)
const formats = [
  ...Object.values(presets),
  ...Array.from({ length: 9 }, () =>
    randomFormat(fields, random)
      .map(({ name }) => name)
      .join(' '),
  ),
]

/** The parser's results for each line alone, for all of them, and as rows whose values are asked for. */
function parsed(format: string, input: Uint8Array, options = {}) {
  const parser = createParser<string>(format, options)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)
  const lines =
    text.endsWith('\n') || text === '' ? text.split('\n').slice(0, -1) : text.split('\n')
  const rows = parser.parseRows(input).map((row) => {
    if (isRejection(row)) return row
    return Object.fromEntries(parser.format.columns.map(({ key }) => [key, row[key]]))
  })
  return {
    alone: lines.map((line) => parser.parse(line)),
    together: parser.parseLines(input),
    rows,
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The bytes that are still in use. */
function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test.each(formats)('of %s', (format) => {
  const columns = createParser(format).format.columns
  const generate = createLineGenerator(columns, random)
  const lines = Array.from({ length: 1500 }, (): Uint8Array => {
    const line = Buffer.from(generate().join(' '))
    return random.chance(0.1) ? mutate(line, random) : line
  })
  for (const end of ['', '\n']) {
    const all = lines.flatMap((line, at) => (at === 0 ? [line] : [Buffer.from('\n'), line]))
    const { alone, together, rows } = parsed(format, Buffer.concat([...all, Buffer.from(end)]))
    expect(together).toEqual(alone)
    expect(rows).toEqual(alone)
  }
})

describe('many lines', () => {
  test.each([
    ['none', ''],
    ['one without its line feed', '7 a'],
    ['blank ones', '\n\n7 a\n\n'],
    ['one longer than a block', `7 ${'x'.repeat(blockBytes)}\n8 a\n`],
    ['bytes that are not UTF-8 between clean ones', '7 a\n8 é\n9 "\n10 b\n'],
  ])('%s', (_, text) => {
    const { alone, together, rows } = parsed('bytes tenant-id', Buffer.from(text))
    expect(together).toEqual(alone)
    expect(rows).toEqual(alone)
  })

  test('in a lenient parser, which reads aliases', () => {
    const { alone, together, rows } = parsed('bytes action', Buffer.from('7 DENY\n8 denied\n'), {
      lenient: true,
    })
    expect(alone).toEqual([
      { bytes: 7, action: 'REJECT' },
      { bytes: 8, action: 'REJECT' },
    ])
    expect([together, rows]).toEqual([alone, alone])
  })

  test('in a buffer that is used again', () => {
    const { parseLines } = createParser('bytes action')
    const buffer = Buffer.from('7 a\n8 "\n9 b\n')
    expect(parseLines(buffer)).toHaveLength(3)
    buffer.write('1 c\n2 d\n3 e\n')
    expect(parseLines(buffer)).toEqual([
      { bytes: 1, action: 'c' },
      { bytes: 2, action: 'd' },
      { bytes: 3, action: 'e' },
    ])
  })
})

describe('texts that repeat', () => {
  const unlike = (count: number, width: number) =>
    Array.from({ length: count }, (_, index) => `${index}`.padStart(width, 'abcdefgh'))

  test.each([
    ['few, of every width', (line: number) => unlike(60, line % 60 || 1)[line % 59]],
    ['more than are kept', (line: number) => `i-${(line * line) % 40_009}`],
    ['some often, most once', (line: number) => `i-${line % 3 ? line % 7 : line}`],
    ['others after a while', (line: number) => `vpc-${line % 50}-${line >> 13}`],
    ['absent at times', (line: number) => (line % 3 ? '-' : `i-${line % 100}`)],
  ])('%s', (_, text) => {
    const { alone, together, rows } = parsed(
      'instance-id bytes vpc-id log-status',
      Buffer.from(
        Array.from(
          { length: 60_000 },
          (_, line) => `${text(line)} ${line} ${text(line >> 1)} OK\n`,
        ).join(''),
      ),
    )
    expect(together).toEqual(alone)
    expect(rows).toEqual(alone)
  })

  test('in records that outlive them', () => {
    const { parseLines } = createParser<string>('instance-id bytes')
    const lines = (round: number) =>
      Array.from({ length: 30_000 }, (_, line) => `i-${round}-${line % 20_000} ${line}\n`).join('')
    const expected = (round: number) =>
      Array.from({ length: 30_000 }, (_, line) => ({
        instance_id: `i-${round}-${line % 20_000}`,
        bytes: line,
      }))
    const parsed = [0, 1, 2, 3, 4, 5].map((round) => parseLines(Buffer.from(lines(round))))
    expect(parsed).toEqual([0, 1, 2, 3, 4, 5].map(expected))
  })

  test('addresses of the packet, like and unlike those of the flow', () => {
    const addresses = [
      '10.0.0.1',
      '10.0.0.12',
      '-',
      '255.255.255.255',
      '2600:1f18:12:34::1',
      '2600:1f18:12:34::2',
      '::1',
      '1234:5678:90ab::',
      '2600:1f18:1234:5678:90ab:cdef:1234:5678',
    ]
    const lines = addresses.flatMap((source) =>
      addresses.flatMap((destination) =>
        addresses.flatMap((packet) => [
          `${source} ${destination} ${packet} ${destination}\n`,
          `${source} ${destination} ${source} ${packet}\n`,
        ]),
      ),
    )
    const { alone, together } = parsed(
      'srcaddr dstaddr pkt-srcaddr pkt-dstaddr',
      Buffer.from(lines.join('').repeat(5)),
    )
    expect(together).toEqual(alone)
  })
})

test('numbers of every width', () => {
  const numbers = ['0', '2147483647', '2147483648', '-', '4294967296', '999999999999999']
  const large = ['1000000000000000', '9007199254740991', '9007199254740993', '9223372036854775807']
  const lines = [...numbers, ...large].flatMap((bytes) =>
    numbers.map((packets) => `${bytes} 4294967295 ${packets}\n`),
  )
  const { alone, together } = parsed('bytes end packets', Buffer.from(lines.join('')))
  expect(together).toEqual(alone)
  expect(together.slice(0, 3)).toEqual([
    { bytes: 0, end: 4294967295, packets: 0 },
    { bytes: 0, end: 4294967295, packets: 2147483647 },
    { bytes: 0, end: 4294967295, packets: 2147483648 },
  ])
})

describe('memory', () => {
  const { parseLines } = createParser<string>('instance-id bytes action')
  const parseBlock = (instances: readonly string[]) =>
    parseLines(Buffer.from(instances.map((each) => `${each} 7 ACCEPT\n`).join('')))
  const often = Array.from({ length: 3000 }, (_, line) => `i-0123456789abcdef-${line % 10}`)
  const once = (round: number) =>
    Array.from({ length: 1000 }, (_, line) => `i-0123456789abcdef-0123456789-${round}-${line}`)
  const rounds = Array.from({ length: 200 }, (_, round) => round)

  test('a record keeps of the lines around it only what was new in them', () => {
    rounds.slice(0, 20).map((round) => parseBlock([...often, `i-of-the-block-${round}`]))
    const before = heapUsed()
    const kept = rounds.map((round) => parseBlock([...often, `i-of-this-block-${round}`]).at(-1))
    expect(heapUsed() - before).toBeLessThan(1_000_000)
    expect(kept[199]).toEqual({ instance_id: 'i-of-this-block-199', bytes: 7, action: 'ACCEPT' })
  })

  test('a parser keeps texts and not what was new beside them', () => {
    const late = (round: number) => `i-that-is-kept-from-round-${round}`
    const blocks = (round: number) =>
      parseBlock([...once(round), late(round), late(round - 1), late(round - 2)])
    blocks(0)
    const before = heapUsed()
    const counts = rounds.map((round) => blocks(round).length)
    expect(heapUsed() - before).toBeLessThan(1_000_000)
    expect(counts).toEqual(rounds.map(() => 1003))
  })
})

test('a row has the keys of its format, and is written as JSON like a record', () => {
  const { parse, parseRows } = createParser('srcaddr bytes action')
  const [row] = parseRows(Buffer.from('10.0.0.1 7 -\n'))
  expect(JSON.stringify(row)).toBe(JSON.stringify(parse('10.0.0.1 7 -')))
  expect(row).toMatchObject({ srcaddr: '10.0.0.1', bytes: 7, action: undefined })
})
