/** What a mapper says of the fields and lines that do not become attributes and events. */
import { describe, expect, test } from 'vitest'
import {
  any,
  choose,
  duration,
  hasTime,
  id,
  is,
  milliseconds,
  number,
  object,
  present,
  rest,
  status,
  text,
  when,
} from './combinators.ts'
import { createMapper } from './mapper.ts'
import { createMapping, type Template } from './mapping.ts'
import { createParser } from './parser.ts'
import { isRejection } from './rejection.ts'

/** What a template makes of a line of a format. */
function map(format: string, values: string, template: Template) {
  const record = createParser(format).parse(values)
  if (isRejection(record)) throw new Error(JSON.stringify(record))
  return createMapper(createMapping({ name: 'test', template }), format)(record)
}

describe('rest', () => {
  const format = 'srcaddr pkt-srcaddr action start bytes tenant-id'

  test('holds what nothing carried, as text, in the order of the format', () => {
    const mapped = map(format, '10.0.0.1 - ACCEPT 1418530010 7 blue', {
      ip: text('srcaddr'),
      unmapped: rest,
    })
    expect(mapped).toEqual({
      event: {
        ip: '10.0.0.1',
        unmapped: { action: 'ACCEPT', start: '1418530010', bytes: '7', tenant_id: 'blue' },
      },
    })
    const { unmapped } = (mapped as { event: { unmapped: object } }).event
    expect(Object.keys(unmapped)).toEqual(['action', 'start', 'bytes', 'tenant_id'])
  })

  test('vanishes when everything is carried', () => {
    expect(map('bytes', '7', { n: number('bytes'), unmapped: rest })).toEqual({ event: { n: 7 } })
  })

  test('counts an alternative with the same value as carried, and another value not', () => {
    const template = { ip: text('pkt_srcaddr', 'srcaddr'), unmapped: rest }
    const two = 'srcaddr pkt-srcaddr'
    expect(map(two, '10.0.0.1 10.0.0.1', template)).toEqual({ event: { ip: '10.0.0.1' } })
    expect(map(two, '2001:db8::1 2001:DB8:0::1', template)).toEqual({
      event: { ip: '2001:DB8:0::1' },
    })
    expect(map(two, '10.0.0.1 10.0.0.2', template)).toEqual({
      event: { ip: '10.0.0.2', unmapped: { srcaddr: '10.0.0.1' } },
    })
  })

  test('keeps a time that is implausible, and the one that was not chosen', () => {
    const template = { time: milliseconds('start', 'end'), unmapped: rest }
    expect(map('start end', '17 1418530070', template)).toEqual({
      event: { time: 1_418_530_070_000, unmapped: { start: '17' } },
    })
    expect(map('start end', '1418530010 1418530070', template)).toEqual({
      event: { time: 1_418_530_010_000, unmapped: { end: '1418530070' } },
    })
  })

  test('keeps a value that no case of a choice names', () => {
    const template = { verdict: choose('action', { ACCEPT: 1 }, 99), unmapped: rest }
    expect(map('action', 'ACCEPT', template)).toEqual({ event: { verdict: 1 } })
    expect(map('action', 'DENY', template)).toEqual({
      event: { verdict: 99, unmapped: { action: 'DENY' } },
    })
  })

  test('does not count what was only asked, or used for the id or a duration', () => {
    const template = {
      uid: id,
      took: duration('start', 'end'),
      accepted: when(is('action', 'ACCEPT'), true),
      unmapped: rest,
    }
    const { event } = map('start end action', '1418530010 1418530070 ACCEPT', template) as {
      event: object
    }
    expect({ ...event, uid: undefined }).toEqual({
      took: 60_000,
      accepted: true,
      unmapped: { start: '1418530010', end: '1418530070', action: 'ACCEPT' },
    })
  })

  test('starts anew with each line', () => {
    const mapping = createMapping({
      name: 'test',
      template: { ip: text('pkt_srcaddr', 'srcaddr'), unmapped: rest },
    })
    const mapper = createMapper(mapping, 'srcaddr pkt-srcaddr')
    mapper({ srcaddr: '10.0.0.1', pkt_srcaddr: '10.0.0.1' })
    expect(mapper({ srcaddr: '10.0.0.1', pkt_srcaddr: '10.0.0.2' })).toEqual({
      event: { ip: '10.0.0.2', unmapped: { srcaddr: '10.0.0.1' } },
    })
  })

  test.each<[string, Template]>([
    ['before another attribute', { unmapped: rest, ip: text('srcaddr') }],
    ['before another part', object({ a: 1 }, rest, { ip: text('srcaddr') })],
  ])('cannot stand %s', (_, template) => {
    expect(() => map('srcaddr', '10.0.0.1', template)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: 'in a mapping, the rest of the fields must be the last attribute',
      }),
    )
  })

  test('can be the last part of an object, and is merged into it', () => {
    expect(map('srcaddr bytes', '10.0.0.1 7', object({ ip: text('srcaddr') }, rest))).toEqual({
      event: { ip: '10.0.0.1', bytes: '7' },
    })
  })
})

describe('keepOut', () => {
  const mapper = createMapper(
    createMapping({
      name: 'test',
      template: { bytes: number('bytes') },
      keepOut: [
        { column: 'nodata', condition: status('NODATA') },
        { column: 'skipdata', condition: status('SKIPDATA') },
      ],
      requires: [{ code: 'no_time', fields: ['start'], condition: hasTime('start') }],
    }),
    'bytes start log-status',
  )

  test('names the column of a line that is no event, before anything is required of it', () => {
    expect(mapper({ log_status: 'NODATA' })).toEqual({ keptOut: 'nodata' })
    expect(mapper({ log_status: 'SkipData' })).toEqual({ keptOut: 'skipdata' })
    expect(mapper({ log_status: 'OK', bytes: 7, start: 1_418_530_010 })).toEqual({
      event: { bytes: 7 },
    })
  })
})

describe('requires', () => {
  const mapping = createMapping({
    name: 'test',
    template: { bytes: number('bytes') },
    requires: [
      { code: 'no_time', fields: ['start', 'end'], condition: hasTime('start', 'end') },
      {
        code: 'no_endpoint',
        fields: ['srcaddr'],
        fallback: 'dstaddr',
        condition: any(present('srcaddr'), present('pkt_srcaddr')),
      },
    ],
  })

  test('rejects a line, naming the first of the fields that the format has', () => {
    const mapper = createMapper(mapping, 'srcaddr end bytes')
    expect(mapper({ srcaddr: '10.0.0.1', bytes: 7 })).toStrictEqual({
      rejection: { code: 'no_time', field: 'end', line: '10.0.0.1 - 7' },
    })
    expect(mapper({ srcaddr: '10.0.0.1', end: 17, bytes: 7 })).toStrictEqual({
      rejection: { code: 'no_time', field: 'end', value: '17', line: '10.0.0.1 17 7' },
    })
    expect(mapper({ end: 1_418_530_070, bytes: 7 })).toStrictEqual({
      rejection: { code: 'no_endpoint', field: 'srcaddr', line: '- 1418530070 7' },
    })
    expect(mapper({ srcaddr: '10.0.0.1', end: 1_418_530_070, bytes: 7 })).toEqual({
      event: { bytes: 7 },
    })
  })

  test('rejects every line of a format that cannot fulfil it, naming the fallback if any', () => {
    const withoutTime = createMapper(mapping, 'srcaddr bytes')
    expect(withoutTime({ srcaddr: '10.0.0.1', bytes: 7 })).toStrictEqual({
      rejection: { code: 'no_time', line: '10.0.0.1 7' },
    })
    const withoutAddress = createMapper(mapping, 'end bytes')
    expect(withoutAddress({ end: 1_418_530_070, bytes: 7 })).toStrictEqual({
      rejection: { code: 'no_endpoint', field: 'dstaddr', line: '1418530070 7' },
    })
  })

  test('keeps the line as it came, and where it came from', () => {
    const mapper = createMapper(mapping, 'srcaddr end bytes')
    const context = { line: '10.0.0.1\t- 7', origin: { key: 'a.log', line: 3 } }
    expect(mapper({ srcaddr: '10.0.0.1', bytes: 7 }, context)).toStrictEqual({
      rejection: {
        code: 'no_time',
        field: 'end',
        line: '10.0.0.1\t- 7',
        origin: { key: 'a.log', line: 3 },
      },
    })
  })
})
