import { describe, expect, test } from 'vitest'
import {
  allFields,
  choose,
  distinct,
  duration,
  id,
  is,
  line,
  milliseconds,
  not,
  number,
  object,
  origin,
  present,
  rest,
  text,
  when,
} from './combinators.ts'
import { createMapper, type MapperContext } from './mapper.ts'
import { createMapping, type Template } from './mapping.ts'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'

/** What a template makes of a line of a format. */
function map(format: string, values: string, template: Template, context?: MapperContext) {
  const record = createParser(format).parse(values)
  if (isRejection(record)) throw new Error(JSON.stringify(record))
  return createMapper(createMapping({ name: 'test', template }), format)(record, context)
}

describe('a value', () => {
  test('is a literal', () => {
    expect(map('bytes', '7', { a: 'x', b: 6, c: false })).toEqual({
      event: { a: 'x', b: 6, c: false },
    })
  })

  test('is text or a number', () => {
    expect(map('bytes srcaddr', '7 10.0.0.1', { a: text('bytes'), b: number('bytes') })).toEqual({
      event: { a: '7', b: 7 },
    })
    const large = { a: text('bytes'), b: number('bytes') }
    expect(map('bytes', '9223372036854775807', large)).toEqual({
      event: { a: '9223372036854775807', b: 9_223_372_036_854_775_807n },
    })
  })

  test('is of the first source that is present', () => {
    const template = { ip: text('pkt_srcaddr', 'srcaddr', origin('account')) }
    const format = 'srcaddr pkt-srcaddr'
    expect(map(format, '10.0.0.1 10.0.0.2', template)).toEqual({ event: { ip: '10.0.0.2' } })
    expect(map(format, '10.0.0.1 -', template)).toEqual({ event: { ip: '10.0.0.1' } })
    expect(map('srcaddr', '10.0.0.1', template)).toEqual({ event: { ip: '10.0.0.1' } })
    expect(map('srcaddr', '-', template, { origin: { account: '1' } })).toEqual({
      event: { ip: '1' },
    })
  })

  test('is the first plausible time, in milliseconds', () => {
    const template = { time: milliseconds('start', 'end', origin('timestamp')) }
    expect(map('start end', '1418530010 1418530070', template)).toEqual({
      event: { time: 1_418_530_010_000 },
    })
    expect(map('start end', '17 1418530070', template)).toEqual({
      event: { time: 1_418_530_070_000 },
    })
    expect(map('start end', '1418530010123 -', template)).toEqual({
      event: { time: 1_418_530_010_123 },
    })
    expect(map('start', '17', template, { origin: { timestamp: 1_418_530_010_000 } })).toEqual({
      event: { time: 1_418_530_010_000 },
    })
    expect(map('start end', '17 9223372036854775807', template)).toEqual({ event: {} })
  })

  test.each([
    ['1418530010 1418530070', { took: 60_000 }],
    ['1418530010 1418530010', { took: 0 }],
    ['1418530010123 1418530010456', { took: 333 }],
    ['1418530070 1418530010', {}],
    ['1418530010 1418530070123', {}],
    ['17 1418530070', {}],
    ['1418530010 -', {}],
    ['- 1418530070', {}],
  ])('is a duration: %s', (values, event) => {
    expect(map('start end', values, { took: duration('start', 'end') })).toEqual({ event })
  })

  test('is chosen by the value of a field', () => {
    const template = { verdict: choose('action', { ACCEPT: 1, REJECT: 2 }, 99, 0) }
    const verdicts = ['ACCEPT', 'REJECT', 'accept', '-'].map((action) =>
      map('action', action, template),
    )
    expect(verdicts).toEqual([1, 2, 99, 0].map((verdict) => ({ event: { verdict } })))
    expect(map('bytes', '7', template)).toEqual({ event: { verdict: 0 } })
  })

  test('is chosen by number too, and is absent as it is otherwise', () => {
    const template = { name: choose('protocol', { 6: 'TCP' }, 'other') }
    const names = ['6', '17', '-'].map((protocol) => map('protocol', protocol, template))
    expect(names).toEqual(['TCP', 'other', 'other'].map((name) => ({ event: { name } })))
    expect(map('protocol', '17', { name: choose('protocol', { 6: 'TCP' }) })).toEqual({ event: {} })
  })

  test('depends on a condition', () => {
    const template = { side: when(is('flow_direction', 'egress'), text('srcaddr'), 'other') }
    const format = 'flow-direction srcaddr'
    expect(map(format, 'egress 10.0.0.1', template)).toEqual({ event: { side: '10.0.0.1' } })
    expect(map(format, 'ingress 10.0.0.1', template)).toEqual({ event: { side: 'other' } })
    expect(map('srcaddr', '10.0.0.1', template)).toEqual({ event: { side: 'other' } })
    expect(map(format, 'ingress 10.0.0.1', { a: when(present('srcaddr'), 1) })).toEqual({
      event: { a: 1 },
    })
    expect(map(format, 'ingress -', { a: when(present('srcaddr'), 1) })).toEqual({ event: {} })
    expect(map('flow-direction', 'egress', template)).toEqual({ event: {} })
    expect(map('srcaddr', '10.0.0.1', { a: when(not(present('bytes')), 1, 2) })).toEqual({
      event: { a: 1 },
    })
  })

  test('is the line as it came, and its id', () => {
    const context = { line: '10.0.0.1\t7' }
    const template = { line, uid: id }
    const mapped = map('srcaddr bytes', '10.0.0.1 7', template, context)
    expect(mapped).toEqual(map('srcaddr bytes', '10.0.0.1\t7', template, context))
    expect(mapped).toEqual({
      event: { line: '10.0.0.1\t7', uid: '7e6b37c6aad18a1c6b4510a76804ba95' },
    })
  })

  test('is the line that the record renders to, when it never was one', () => {
    expect(map('srcaddr bytes region', '10.0.0.1 7 -', { line, uid: id })).toEqual({
      event: { line: '10.0.0.1 7 -', uid: '0b3f829a87fe8c09c3ab76d8309489e6' },
    })
  })

  test('is all fields of the record, each as its own type', () => {
    expect(map('srcaddr bytes region', '10.0.0.1 7 -', allFields)).toEqual({
      event: { srcaddr: '10.0.0.1', bytes: 7 },
    })
  })
})

describe('what a line does not carry is left out', () => {
  const template = {
    kept: 1,
    source: { ip: text('srcaddr'), deep: { port: number('srcport') } },
    list: [text('srcaddr'), { port: number('srcport') }],
    parts: object({ region: text('region') }, when(present('bytes'), { bytes: number('bytes') })),
    choice: choose('action', { ACCEPT: text('region') }),
    took: duration('start', 'end'),
    time: milliseconds('start'),
    unmapped: rest,
  }

  test('because the format lacks it', () => {
    expect(map('bytes', '-', template)).toEqual({ event: { kept: 1 } })
  })

  test('because the line lacks it', () => {
    const format = 'srcaddr srcport region bytes action start end'
    expect(map(format, '- - - - - - -', template)).toEqual({ event: { kept: 1 } })
    expect(map(format, '- 22 - 7 - - -', template)).toEqual({
      event: {
        kept: 1,
        source: { deep: { port: 22 } },
        list: [{ port: 22 }],
        parts: { bytes: 7 },
      },
    })
  })

  test('down to an event with nothing in it', () => {
    expect(map('bytes', '7', { ip: text('srcaddr') })).toEqual({ event: {} })
    expect(map('bytes', '-', { n: number('bytes') })).toEqual({ event: {} })
    expect(map('bytes', '-', allFields)).toEqual({ event: {} })
  })
})

describe('distinct', () => {
  const template = {
    seen: distinct('value', [
      { name: 'src', value: text('srcaddr') },
      { name: 'pkt', value: text('pkt_srcaddr') },
      { name: 'dst', value: text('dstaddr') },
    ]),
  }

  test('leaves out items that repeat an attribute of an earlier one', () => {
    const format = 'srcaddr pkt-srcaddr dstaddr'
    expect(map(format, '10.0.0.1 10.0.0.1 10.0.0.2', template)).toEqual({
      event: {
        seen: [
          { name: 'src', value: '10.0.0.1' },
          { name: 'dst', value: '10.0.0.2' },
        ],
      },
    })
  })

  test('vanishes without items', () => {
    expect(map('srcaddr bytes', '- 7', { seen: distinct('v', [{ v: text('srcaddr') }]) })).toEqual({
      event: {},
    })
  })
})
