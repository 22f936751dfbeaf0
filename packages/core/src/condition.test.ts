import { describe, expect, test } from 'vitest'
import {
  all,
  any,
  bits,
  differs,
  family,
  hasTime,
  is,
  not,
  origin,
  present,
  status,
} from './combinators.ts'
import { compileCondition, type Line } from './condition.ts'
import type { FieldValue } from './fields.ts'
import { fieldKey, fields } from './fields.ts'
import type { Condition } from './mapping.ts'

const everyKey = new Set(fields.map((field) => fieldKey(field.name)))
const noKey = new Set<string>()

/** What the condition says of a record whose format has every field. */
function ask(condition: Condition, record: Record<string, FieldValue>, from: Line['origin'] = {}) {
  const test = compileCondition(condition, everyKey)
  return typeof test === 'boolean' ? test : test({ record, origin: from })
}

type Case = readonly [Condition, Record<string, FieldValue>, boolean]

function check(cases: readonly Case[]): void {
  const answers = cases.map(([condition, record]) => [condition, record, ask(condition, record)])
  expect(answers).toEqual(cases)
}

describe('a condition asks', () => {
  test('is: whether a field has one of the values', () => {
    check([
      [is('action', 'ACCEPT'), { action: 'ACCEPT' }, true],
      [is('action', 'ACCEPT'), { action: 'accept' }, false],
      [is('action', 'ACCEPT', 'REJECT'), { action: 'REJECT' }, true],
      [is('action', 'ACCEPT'), {}, false],
      [is('dstport', '22', '3389'), { dstport: 3389 }, true],
      [is('bytes', '9007199254740993'), { bytes: 9_007_199_254_740_993n }, true],
      [is('action', 'undefined'), {}, false],
      [is('action'), { action: 'ACCEPT' }, false],
    ])
  })

  test('status: whether the log status is this one, in any case', () => {
    check([
      [status('NODATA'), { log_status: 'NODATA' }, true],
      [status('NODATA'), { log_status: 'NoData' }, true],
      [status('nodata'), { log_status: 'NODATA' }, true],
      [status('NODATA'), { log_status: 'OK' }, false],
      [status('NODATA'), {}, false],
    ])
  })

  test('present: whether there is a value', () => {
    check([
      [present('bytes'), { bytes: 0 }, true],
      [present('bytes'), {}, false],
      [present('bytes'), { bytes: undefined }, false],
    ])
    expect(ask(present(origin('account')), {}, { account: '123456789010' })).toBe(true)
    expect(ask(present(origin('account')), {}, { region: 'us-east-1' })).toBe(false)
  })

  test('differs: whether two addresses are present and not the same', () => {
    const condition = differs('pkt_srcaddr', 'srcaddr')
    check([
      [condition, { pkt_srcaddr: '10.0.0.1', srcaddr: '10.0.0.2' }, true],
      [condition, { pkt_srcaddr: '10.0.0.1', srcaddr: '10.0.0.1' }, false],
      [condition, { pkt_srcaddr: '2001:db8::1', srcaddr: '2001:DB8:0::1' }, false],
      [condition, { pkt_srcaddr: '10.0.0.1' }, false],
      [condition, { srcaddr: '10.0.0.1' }, false],
    ])
  })

  test('bits: whether the bits of a mask have exactly this value', () => {
    check([
      [bits('tcp_flags', 0b10010, 0b00010), { tcp_flags: 2 }, true],
      [bits('tcp_flags', 0b10010, 0b00010), { tcp_flags: 3 }, true],
      [bits('tcp_flags', 0b10010, 0b00010), { tcp_flags: 18 }, false],
      [bits('tcp_flags', 0b10010, 0), { tcp_flags: 0 }, true],
      [bits('tcp_flags', 0b10010, 0), {}, false],
    ])
  })

  test('family: the IP version of the first present address', () => {
    check([
      [family(4, 'srcaddr', 'dstaddr'), { srcaddr: '10.0.0.1', dstaddr: '::1' }, true],
      [family(6, 'srcaddr', 'dstaddr'), { srcaddr: '10.0.0.1', dstaddr: '::1' }, false],
      [family(6, 'srcaddr', 'dstaddr'), { dstaddr: '::1' }, true],
      [family(4, 'srcaddr', 'dstaddr'), {}, false],
      [family(6, 'srcaddr', 'dstaddr'), {}, false],
    ])
  })

  test('hasTime: whether one of the sources is a plausible time', () => {
    check([
      [hasTime('start', 'end'), { start: 1_418_530_010 }, true],
      [hasTime('start', 'end'), { start: 17, end: 1_418_530_070 }, true],
      [hasTime('start', 'end'), { start: 17, end: 18 }, false],
      [hasTime('start', 'end'), {}, false],
    ])
    const time = origin('timestamp')
    expect(ask(hasTime('start', time), {}, { timestamp: 1_418_530_010_000 })).toBe(true)
  })

  test('not, all, any', () => {
    const accepted = is('action', 'ACCEPT')
    const web = is('dstport', '443')
    check([
      [not(accepted), { action: 'REJECT' }, true],
      [not(accepted), {}, true],
      [not(accepted), { action: 'ACCEPT' }, false],
      [all(accepted, web), { action: 'ACCEPT', dstport: 443 }, true],
      [all(accepted, web), { action: 'ACCEPT', dstport: 80 }, false],
      [all(), {}, true],
      [any(accepted, web), { action: 'REJECT', dstport: 443 }, true],
      [any(accepted, web), { action: 'REJECT', dstport: 80 }, false],
      [any(), {}, false],
    ])
  })
})

describe('a condition is decided by the format alone', () => {
  test.each<[string, Condition, boolean]>([
    ['is', is('action', 'ACCEPT'), false],
    ['present', present('bytes'), false],
    ['differs', differs('pkt_srcaddr', 'srcaddr'), false],
    ['bits', bits('tcp_flags', 2, 0), false],
    ['family', family(4, 'srcaddr'), false],
    ['hasTime', hasTime('start', 'end'), false],
    ['not', not(present('bytes')), true],
    ['all', all(not(is('action', 'ACCEPT')), present('bytes')), false],
    ['all of what holds', all(not(is('action', 'ACCEPT')), not(present('bytes'))), true],
    ['any', any(is('action', 'ACCEPT'), not(present('bytes'))), true],
    ['any of what fails', any(is('action', 'ACCEPT'), present('bytes')), false],
  ])('%s, when its fields are missing', (_, condition, expected) => {
    expect(compileCondition(condition, noKey)).toBe(expected)
  })

  test('differs, when one of two is missing', () => {
    expect(compileCondition(differs('pkt_srcaddr', 'srcaddr'), new Set(['srcaddr']))).toBe(false)
    expect(compileCondition(differs('srcaddr', 'pkt_srcaddr'), new Set(['srcaddr']))).toBe(false)
  })

  test('all and any, as soon as one of them decides', () => {
    const keys = new Set(['action'])
    const open = is('action', 'ACCEPT')
    expect(compileCondition(all(open, present('bytes')), keys)).toBe(false)
    expect(compileCondition(any(open, not(present('bytes'))), keys)).toBe(true)
  })

  test('but not what asks for the origin', () => {
    const line: Line = { record: {}, origin: { account: '123456789010', timestamp: 1.4e12 } }
    const account = compileCondition(present(origin('account')), noKey)
    const time = compileCondition(hasTime('start', origin('timestamp')), noKey)
    expect([account, time].map((test) => typeof test === 'function' && test(line))).toEqual([
      true,
      true,
    ])
  })
})
