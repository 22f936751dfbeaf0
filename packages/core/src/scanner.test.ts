import {
  createLineGenerator,
  createRandom,
  isClean,
  mutate,
  randomFormat,
} from '@flowlogs/conformance'
import { describe, expect, test } from 'vitest'
import { fields } from './fields.ts'
import { parseFormat, presets } from './format.ts'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'
import { render } from './render.ts'
import { createScanner } from './scanner.ts'

test('a scan says where the values are, which are absent, and what was read of them', () => {
  const scanner = createScanner(parseFormat('srcaddr dstaddr dstport start action'))
  const before = 'x\n'
  const line = '10.0.0.1 ::1 42 1418530010 -\n'
  const input = Buffer.from(`${before}${line}y`)
  const from = before.length
  expect(scanner.scan(input, from)).toBe(from + line.length - 1)
  const values = Array.from(scanner.starts.subarray(0, 5), (start, column) =>
    input.subarray(start, scanner.ends[column]).toString(),
  )
  expect(values).toEqual(['10.0.0.1', '::1', '42', '1418530010', '-'])
  expect([...scanner.absent.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1])
  expect([...scanner.absentBits]).toEqual([0b10000, 0])
  expect([...scanner.isIPv6].slice(0, 2)).toEqual([0, 1])
  expect(scanner.numbers[2]).toBe(42)
})

test('a value of the line before is not left over', () => {
  const scanner = createScanner(parseFormat('srcaddr bytes'))
  scanner.scan(Buffer.from('::1 42\n'), 0)
  expect(scanner.scan(Buffer.from('10.0.0.1 -\n'), 0)).toBe(10)
  expect([...scanner.isIPv6].slice(0, 1)).toEqual([0])
  expect([...scanner.absent.subarray(0, 2)]).toEqual([0, 1])
})

describe('what the scanner takes', () => {
  const random = createRandom(60)
  const formats = [
    ...Object.keys(presets),
    ...Array.from({ length: 20 }, () =>
      randomFormat(fields, random)
        .map(({ name }) => name)
        .join(' '),
    ),
  ].map(parseFormat)

  test.each(formats)(
    'of $text is exactly what is clean, and the parser reads the same',
    (format) => {
      const scanner = createScanner(format)
      const { parse } = createParser(format)
      const generate = createLineGenerator(format.columns, random)
      let taken = 0
      for (let round = 0; round < 400; round++) {
        let bytes: Uint8Array = Buffer.from(generate().join(' '))
        while (random.chance(0.5)) bytes = mutate(bytes, random)
        const text = Buffer.from(bytes).toString()
        if (text.includes('\n')) continue
        const end = scanner.scan(Buffer.concat([bytes, Buffer.from('\n')]), 0)
        expect([text, end]).toEqual([
          text,
          isClean(format.columns, text.split(' ')) ? bytes.length : -1,
        ])
        if (end === -1) continue
        taken++
        const record = parse(text)
        expect(isRejection(record) ? record : render(record, format)).toBe(text)
      }
      expect(taken).toBeGreaterThan(100)
    },
  )
})
