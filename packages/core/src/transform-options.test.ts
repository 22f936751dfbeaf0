import { describe, expect, test } from 'vitest'
import {
  hasTime,
  id,
  is,
  milliseconds,
  number,
  origin,
  present,
  status,
  text,
} from './combinators.ts'
import { emptyLedger, type Ledger } from './ledger.ts'
import { createMapping } from './mapping.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type TransformResult } from './transform.ts'

/** The whole result, its output as text. */
// Which lane took a line is the engine tests' business.
function read({ output, ledger, rejections }: TransformResult) {
  return { output: new TextDecoder().decode(output), ledger: { ...ledger, lanes: {} }, rejections }
}

function ledgerOf(columns: Partial<Ledger>): Ledger {
  return { ...emptyLedger(), ...columns }
}

const ssh =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'

describe('filters', () => {
  const transform = createTransform({
    format: 'srcaddr bytes action',
    mapping: recordMapping,
    filter: [
      { name: 'accepted', drop: is('action', 'ACCEPT') },
      { name: 'empty', drop: is('bytes', '0') },
      { name: 'never', drop: is('region', 'us-east-1') },
    ],
  })

  test('drop lines, counted under the first rule that applies', () => {
    const input =
      '10.0.0.1 1 REJECT\n10.0.0.2 2 ACCEPT\n10.0.0.3 0 ACCEPT\n10.0.0.4 0 REJECT\n10.0.0.5 5 -\n'
    expect(read(transform(input))).toStrictEqual({
      output:
        '{"srcaddr":"10.0.0.1","bytes":1,"action":"REJECT"}\n' +
        '{"srcaddr":"10.0.0.4","bytes":0,"action":"REJECT"}\n' +
        '{"srcaddr":"10.0.0.5","bytes":5}\n',
      ledger: ledgerOf({ lines: 5, emitted: 3, filtered: 2, filters: { accepted: 2 } }),
      rejections: [],
    })
  })

  test('may drop every line of a format', () => {
    const nothing = createTransform({
      format: 'srcaddr bytes',
      mapping: recordMapping,
      filter: [{ name: 'all', drop: { test: 'all', conditions: [] } }],
    })
    expect(read(nothing('10.0.0.1 1\n'))).toStrictEqual({
      output: '',
      ledger: ledgerOf({ lines: 1, filtered: 1, filters: { all: 1 } }),
      rejections: [],
    })
  })

  test('cannot share a name', () => {
    const filter = ['a', 'b', 'a'].map((name) => ({ name, drop: present('bytes') }))
    expect(() => createTransform({ mapping: recordMapping, filter })).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: 'two filter rules are named "a"',
      }),
    )
  })
})

describe('a mapping decides', () => {
  const transform = createTransform({
    format: 'srcaddr start log-status',
    mapping: createMapping({
      name: 'test',
      template: { ip: text('srcaddr'), time: milliseconds('start') },
      keepOut: [
        { column: 'nodata', condition: status('NODATA') },
        { column: 'skipdata', condition: status('SKIPDATA') },
      ],
      requires: [{ code: 'no_time', fields: ['start'], condition: hasTime('start') }],
    }),
  })

  test('what is kept out and what is rejected', () => {
    const input =
      '10.0.0.1 1418530010 OK\n- 1418530010 NODATA\n- 1418530010 skipdata\n10.0.0.2 17 OK\n'
    expect(read(transform(input, { key: 'a.log' }))).toStrictEqual({
      output: '{"ip":"10.0.0.1","time":1418530010000}\n',
      ledger: ledgerOf({
        lines: 4,
        emitted: 1,
        nodata: 1,
        skipdata: 1,
        rejected: 1,
        rejections: { no_time: 1 },
        notes: { implausible_time: 1 },
      }),
      rejections: [
        {
          code: 'no_time',
          field: 'start',
          value: '17',
          line: '10.0.0.2 17 OK',
          origin: { line: 4, key: 'a.log' },
        },
      ],
    })
  })
})

describe('times', () => {
  test('that are implausible or in milliseconds are noted, each, and kept as written', () => {
    const transform = createTransform({ format: 'start end', mapping: recordMapping })
    const input = '1418530010 1418530070\n1418530010123 1418530070456\n17 1418530070\n- 0\n'
    expect(read(transform(input))).toStrictEqual({
      output: [
        '{"start":1418530010,"end":1418530070}\n',
        '{"start":1418530010123,"end":1418530070456}\n',
        '{"start":17,"end":1418530070}\n',
        '{"end":0}\n',
      ].join(''),
      ledger: ledgerOf({ lines: 4, emitted: 4, notes: { milliseconds: 2, implausible_time: 2 } }),
      rejections: [],
    })
  })
})

describe('the origin', () => {
  const transform = createTransform({
    format: 'srcaddr bytes',
    mapping: createMapping({
      name: 'test',
      template: { bytes: number('bytes'), key: text(origin('key')), line: number(origin('line')) },
    }),
  })

  test('of an object holds for every line, which has its number', () => {
    expect(read(transform('10.0.0.1 1\n\n10.0.0.2\n10.0.0.3 3', { key: 'a.log' }))).toStrictEqual({
      output: '{"bytes":1,"key":"a.log","line":1}\n{"bytes":3,"key":"a.log","line":4}\n',
      ledger: ledgerOf({
        lines: 4,
        emitted: 2,
        blank: 1,
        rejected: 1,
        rejections: { too_few_values: 1 },
      }),
      rejections: [
        {
          code: 'too_few_values',
          field: 'bytes',
          line: '10.0.0.2',
          origin: { line: 3, key: 'a.log' },
        },
      ],
    })
  })

  test('of a function is looked up by the index of the line', () => {
    const byIndex = (index: number) => (index === 1 ? {} : { key: `event-${index}` })
    expect(read(transform('10.0.0.1 1\nx\ny\n10.0.0.4 4', byIndex))).toStrictEqual({
      output: '{"bytes":1,"key":"event-0"}\n{"bytes":4,"key":"event-3"}\n',
      ledger: ledgerOf({ lines: 4, emitted: 2, rejected: 2, rejections: { too_few_values: 2 } }),
      rejections: [
        { code: 'too_few_values', field: 'bytes', line: 'x' },
        { code: 'too_few_values', field: 'bytes', line: 'y', origin: { key: 'event-2' } },
      ],
    })
  })

  test('does not matter to the transform: it keeps nothing between inputs', () => {
    const first = read(transform('10.0.0.1 1', { key: 'a.log' }))
    transform('10.0.0.1 x')
    expect(read(transform('10.0.0.1 1', { key: 'a.log' }))).toStrictEqual(first)
  })
})

describe('the format', () => {
  const transform = createTransform({ format: 'srcaddr bytes', mapping: recordMapping })

  test('can be another one, and the transform keeps its own', () => {
    const other = transform.withFormat('bytes dstaddr')
    expect([transform.format.text, other.format.text]).toEqual(['srcaddr bytes', 'bytes dstaddr'])
    expect([
      read(other('7 10.0.0.2')).output,
      read(other.stream().write(new TextEncoder().encode('8 10.0.0.3\n'))).output,
      read(transform('10.0.0.1 9')).output,
    ]).toEqual([
      '{"bytes":7,"dstaddr":"10.0.0.2"}\n',
      '{"bytes":8,"dstaddr":"10.0.0.3"}\n',
      '{"srcaddr":"10.0.0.1","bytes":9}\n',
    ])
  })

  test('cannot be one that is none', () => {
    expect(() => transform.withFormat('bytes bytes')).toThrow(
      'the format names the field "bytes" twice',
    )
  })
})

describe('a wrong configuration', () => {
  const mapping = createMapping({ name: 'ids', template: { uid: id } })
  test.each([
    ['format', { format: 'srcaddr srcaddr' }, 'the format names the field "srcaddr" twice'],
    ['id key', { idKey: new Uint8Array(3) }, 'an id key has 16 bytes, not 3'],
    ['limit', { maxLineLength: 0 }, 'maxLineLength must be a positive integer, not 0'],
  ])('of the %s throws at once', (_, options, message) => {
    expect(() => createTransform({ mapping, ...options })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message }),
    )
  })

  test('is no wrong id key: it changes the ids', () => {
    const idKey = Uint8Array.from({ length: 16 }, (_, index) => index)
    const outputs = [{}, { idKey }].map(
      (options) => read(createTransform({ mapping, ...options })(ssh)).output,
    )
    expect(outputs).toEqual([
      '{"uid":"b145101b855f52789957cecab7fd3533"}\n',
      '{"uid":"e5c935d093bc7fef43073c08c2e7fc7d"}\n',
    ])
  })
})
