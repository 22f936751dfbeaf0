/** The laws of DESIGN, as properties over generated formats and lines. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyInput, badPair, flowLines, permutedLine } from './flow-line.test-support.ts'
import { isBalanced } from './ledger.ts'
import { createParser } from './parser.ts'
import { recordMapping } from './record-mapping.ts'
import { isRejection } from './rejection.ts'
import { render } from './render.ts'
import { createTransform, type TransformResult } from './transform.ts'

const pairs = createTransform({ format: 'srcaddr bytes', mapping: recordMapping })

function outputLines({ output }: TransformResult): string[] {
  return new TextDecoder().decode(output).split('\n').slice(0, -1)
}

describe('parsing never throws', () => {
  test('on any text: there is a record with every key, or the line and the reason', () => {
    const parsers = [createParser('v2'), createParser('srcaddr tenant-id'), createParser('bytes')]
    fc.assert(
      fc.property(fc.oneof(anyInput, fc.string({ unit: 'binary' })), (line) => {
        for (const { format, parse } of parsers) {
          const result = parse(line)
          if (isRejection(result)) expect(result.line).toBe(line.replace(/\n$/, ''))
          else expect(Object.keys(result)).toEqual(format.columns.map((column) => column.key))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { ledger } = pairs(bytes)
        const lineFeeds = bytes.filter((byte) => byte === 10).length
        const lastLine = bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0
        expect(ledger.lines).toBe(lineFeeds + lastLine)
      }),
      { numRuns: 500 },
    )
  })
})

describe('each line lands in exactly one column', () => {
  test('whatever the input', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const result = pairs(input)
        const { ledger, rejections } = result
        const lines = input.split('\n')
        if (lines.at(-1) === '') lines.pop()
        expect(isBalanced(ledger)).toBe(true)
        expect([ledger.lines, ledger.emitted, ledger.rejected]).toEqual([
          lines.length,
          outputLines(result).length,
          rejections.length,
        ])
      }),
      { numRuns: 500 },
    )
  })

  test('and every valid line is emitted, whatever the format', () => {
    fc.assert(
      fc.property(flowLines, ({ names, lines }) => {
        const transform = createTransform({ format: names.join(' '), mapping: recordMapping })
        const { ledger, rejections } = transform(lines.map((values) => values.join(' ')).join('\n'))
        expect([ledger.lines, ledger.emitted, rejections]).toEqual([lines.length, lines.length, []])
      }),
    )
  })
})

describe('outputs keep the order of their lines', () => {
  test('and rejections theirs', () => {
    fc.assert(
      fc.property(fc.array(fc.option(badPair), { maxLength: 30 }), (bad) => {
        const lines = bad.map((pair, index) => (pair ? pair[1] : `10.0.0.1 ${index}`))
        const result = pairs(lines.join('\n'))
        const numbers = bad.map((_, index) => index)
        expect(outputLines(result)).toEqual(
          numbers
            .filter((index) => !bad[index])
            .map((index) => `{"srcaddr":"10.0.0.1","bytes":${index}}`),
        )
        expect(result.rejections.map(({ code, line, origin }) => [code, line, origin])).toEqual(
          numbers.flatMap((index) => {
            const pair = bad[index]
            return pair ? [[...pair, { line: index + 1 }]] : []
          }),
        )
      }),
    )
  })
})

describe('one bad line never fails its batch', () => {
  test('nor changes what the other lines become', () => {
    fc.assert(
      fc.property(flowLines, fc.nat(), fc.nat(3), ({ names, lines }, seed, kind) => {
        const transform = createTransform({
          format: names.join(' '),
          mapping: recordMapping,
          maxLineLength: 4000,
        })
        const good = lines.map((values) => values.join(' '))
        const first = good[0] as string
        const bad = [
          Buffer.from(`${first} surplus`),
          Buffer.from(`${first} \xff`, 'latin1'),
          Buffer.from('x'.repeat(4001)),
          Buffer.from('😀'.repeat(4001)),
        ][kind] as Buffer
        const at = seed % (good.length + 1)
        const bytes = [...good.slice(0, at), bad, ...good.slice(at)].flatMap((line) => [
          Buffer.from(line),
          Buffer.from('\n'),
        ])
        const result = transform(Buffer.concat(bytes))
        expect(outputLines(result)).toEqual(outputLines(transform(good.join('\n'))))
        expect(result.rejections.map(({ code, origin }) => [code, origin])).toEqual([
          [
            ['too_many_values', 'bad_encoding', 'line_too_long', 'line_too_long'][kind],
            { line: at + 1 },
          ],
        ])
      }),
    )
  })
})

describe('the order of a format does not matter', () => {
  test('columns and values permuted together give the same record', () => {
    fc.assert(
      fc.property(permutedLine, ([columns, permuted]) => {
        const [record, other] = [columns, permuted].map((each) => {
          const format = each.map(([name]) => name).join(' ')
          return createParser(format).parse(each.map(([, value]) => value).join(' '))
        })
        expect(record).toStrictEqual(other)
        expect(Object.keys(record ?? {})).toEqual(
          columns.map(([name]) => name.replaceAll('-', '_')),
        )
      }),
    )
  })
})

describe('rendering what was parsed gives the line', () => {
  test('for every valid single-spaced line of any format', () => {
    fc.assert(
      fc.property(flowLines, ({ names, lines }) => {
        const format = names.join(' ')
        const { parse } = createParser(format)
        for (const values of lines) {
          const line = values.join(' ')
          const record = parse(line)
          expect(isRejection(record) ? record : render(record, format)).toBe(line)
        }
      }),
      { numRuns: 300 },
    )
  })
})
