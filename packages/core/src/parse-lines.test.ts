/** Many lines at once give what each of them gives alone. */
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

test('a row has the keys of its format, and is written as JSON like a record', () => {
  const { parse, parseRows } = createParser('srcaddr bytes action')
  const [row] = parseRows(Buffer.from('10.0.0.1 7 -\n'))
  expect(JSON.stringify(row)).toBe(JSON.stringify(parse('10.0.0.1 7 -')))
  expect(row).toMatchObject({ srcaddr: '10.0.0.1', bytes: 7, action: undefined })
})
