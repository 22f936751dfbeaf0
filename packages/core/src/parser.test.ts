import { describe, expect, test } from 'vitest'
import { createParser, splitLine } from './parser.ts'
import { isRejection } from './rejection.ts'

const ssh =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const sshRecord = {
  version: 2,
  account_id: '123456789010',
  interface_id: 'eni-1235b8ca123456789',
  srcaddr: '172.31.16.139',
  dstaddr: '172.31.16.21',
  srcport: 20641,
  dstport: 22,
  protocol: 6,
  packets: 20,
  bytes: 4249,
  start: 1418530010,
  end: 1418530070,
  action: 'ACCEPT',
  log_status: 'OK',
}
const { parse } = createParser('v2')

/** The line with one value replaced; fields count from 1, as AWS lists them. */
function sshWith(position: number, value: string): string {
  return ssh
    .split(' ')
    .with(position - 1, value)
    .join(' ')
}

describe('a line becomes a record', () => {
  test('with the fields of the format, in its order', () => {
    const record = parse(ssh)
    expect(record).toStrictEqual(sshRecord)
    expect(Object.keys(record)).toEqual(Object.keys(sshRecord))
  })

  test('where "-" is a key without a value', () => {
    const line = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'
    expect(parse(line)).toStrictEqual({
      version: 2,
      account_id: '123456789010',
      interface_id: 'eni-1235b8ca123456789',
      srcaddr: undefined,
      dstaddr: undefined,
      srcport: undefined,
      dstport: undefined,
      protocol: undefined,
      packets: undefined,
      bytes: undefined,
      start: 1431280876,
      end: 1431280934,
      action: undefined,
      log_status: 'NODATA',
    })
  })

  test('that is its own: no value is left from the line before', () => {
    const { parse } = createParser('srcaddr bytes')
    const first = parse('10.0.0.1 7')
    expect(parse('- -')).toStrictEqual({ srcaddr: undefined, bytes: undefined })
    expect(first).toStrictEqual({ srcaddr: '10.0.0.1', bytes: 7 })
  })

  test('with text and addresses verbatim', () => {
    const { parse } = createParser('${account-id} ${srcaddr} ${instance-tag} ${tenant-id}')
    expect(parse('058694856476 2001:DB8::0A a%20b #1')).toStrictEqual({
      account_id: '058694856476',
      srcaddr: '2001:DB8::0A',
      instance_tag: 'a%20b',
      tenant_id: '#1',
    })
  })
})

describe('what people do to lines is tolerated', () => {
  const tabs =
    '2  123456789010\teni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 \t ACCEPT OK'
  test.each([
    ['a line feed', `${ssh}\n`, []],
    ['CRLF', `${ssh}\r\n`, ['crlf']],
    ['a carriage return', `${ssh}\r`, ['crlf']],
    ['a byte order mark', `\uFEFF${ssh}`, ['byte_order_mark']],
    ['runs of spaces and tabs', tabs, ['spacing']],
    ['leading blanks', ` \t${ssh}`, ['spacing']],
    ['trailing blanks', `${ssh}  `, ['spacing']],
    ['tabs alone', ssh.replaceAll(' ', '\t'), ['spacing']],
    ['a comment', `${ssh} #from the runbook, 12 tokens`, ['comment']],
    ['a bare hash', `${ssh} #`, ['comment']],
    [
      'all of them',
      `\uFEFF ${ssh}\t# note \r\n`,
      ['byte_order_mark', 'crlf', 'spacing', 'comment'],
    ],
  ])('%s', (_, line, notes) => {
    expect(parse(line)).toStrictEqual(sshRecord)
    const text = line.replace(/\n$/, '')
    expect(splitLine(text, 14)).toEqual({ values: ssh.split(' '), notes })
  })

  test('but a hash inside the format is a value', () => {
    const { parse } = createParser('instance-id action')
    expect(parse('#1 #2 #3')).toStrictEqual({ instance_id: '#1', action: '#2' })
  })

  test('and blanks alone are no values, and nothing to note', () => {
    expect(splitLine(' \t ', 14)).toEqual({ values: [], notes: [] })
  })
})

describe('a bad line becomes a rejection', () => {
  test.each([
    ['', { code: 'too_few_values', field: 'version', line: '' }],
    [' ', { code: 'too_few_values', field: 'version', line: ' ' }],
    ['2 123456789010', { code: 'too_few_values', field: 'interface_id', line: '2 123456789010' }],
    [ssh.slice(0, -3), { code: 'too_few_values', field: 'log_status', line: ssh.slice(0, -3) }],
    [`${ssh} x`, { code: 'too_many_values', value: 'x', line: `${ssh} x` }],
    [`${ssh} x #y z`, { code: 'too_many_values', value: 'x', line: `${ssh} x #y z` }],
    [
      sshWith(4, '10.0.0.256'),
      {
        code: 'bad_address',
        field: 'srcaddr',
        value: '10.0.0.256',
        line: sshWith(4, '10.0.0.256'),
      },
    ],
    [
      sshWith(5, 'fe80::1%eth0'),
      {
        code: 'bad_address',
        field: 'dstaddr',
        value: 'fe80::1%eth0',
        line: sshWith(5, 'fe80::1%eth0'),
      },
    ],
    [
      sshWith(6, '65536'),
      { code: 'bad_integer', field: 'srcport', value: '65536', line: sshWith(6, '65536') },
    ],
    [
      sshWith(11, '1418530010.0'),
      {
        code: 'bad_integer',
        field: 'start',
        value: '1418530010.0',
        line: sshWith(11, '1418530010.0'),
      },
    ],
  ])('%j', (line, rejection) => {
    const result = parse(line)
    expect(result).toStrictEqual(rejection)
    expect(isRejection(result)).toBe(true)
  })

  test('names the first bad value from the left, after the count', () => {
    const { parse } = createParser('dstport srcaddr bytes')
    expect(parse('x y z')).toStrictEqual({
      code: 'bad_integer',
      field: 'dstport',
      value: 'x',
      line: 'x y z',
    })
    expect(parse('1 y z')).toStrictEqual({
      code: 'bad_address',
      field: 'srcaddr',
      value: 'y',
      line: '1 y z',
    })
    expect(parse('x y')).toStrictEqual({ code: 'too_few_values', field: 'bytes', line: 'x y' })
  })

  test('keeps the line as it came, without its line feed', () => {
    expect(createParser('srcaddr bytes').parse('\uFEFF10.0.0.1\t 7  8 \r\n')).toStrictEqual({
      code: 'too_many_values',
      value: '8',
      line: '\uFEFF10.0.0.1\t 7  8 \r',
    })
  })
})

describe('integers', () => {
  test.each([
    ['bytes', '0', 0],
    ['bytes', '9007199254740991', 9_007_199_254_740_991],
    ['bytes', '9007199254740992', 9_007_199_254_740_992n],
    ['bytes', '9007199254740993', 9_007_199_254_740_993n],
    ['bytes', '9223372036854775807', 9_223_372_036_854_775_807n],
    ['start', '9223372036854775807', 9_223_372_036_854_775_807n],
    ['packets-lost-blackhole', '9223372036854775807', 9_223_372_036_854_775_807n],
    ['srcport', '65535', 65_535],
    ['protocol', '255', 255],
    ['tcp-flags', '255', 255],
    ['traffic-path', '2147483647', 2_147_483_647],
    ['encryption-status', '2147483647', 2_147_483_647],
    ['version', '2147483647', 2_147_483_647],
  ])('%s may be %s', (format, text, value) => {
    const key = format.replaceAll('-', '_')
    expect(createParser(format).parse(text)).toStrictEqual({ [key]: value })
  })

  test.each([
    ['bytes', '9223372036854775808'],
    ['bytes', '10000000000000000000'],
    ['bytes', '00000000000000000001'],
    ['start', '9223372036854775808'],
    ['packets-lost-blackhole', '9223372036854775808'],
    ['srcport', '65536'],
    ['dstport', '9007199254740993'],
    ['protocol', '256'],
    ['tcp-flags', '256'],
    ['traffic-path', '2147483648'],
    ['encryption-status', '2147483648'],
    ['version', '2147483648'],
    ['bytes', '00'],
    ['bytes', '007'],
    ['bytes', '+7'],
    ['bytes', '-7'],
    ['bytes', '-0'],
    ['bytes', '0x1f'],
    ['bytes', '0b1'],
    ['bytes', '1e3'],
    ['bytes', '7.0'],
    ['bytes', '7n'],
    ['bytes', '1_000'],
    ['bytes', '1,000'],
    ['bytes', 'NaN'],
    ['bytes', 'Infinity'],
    ['bytes', '--'],
    ['bytes', '٧'],
  ])('%s may not be %s', (format, text) => {
    const field = format.replaceAll('-', '_')
    expect(createParser(format).parse(text)).toStrictEqual({
      code: 'bad_integer',
      field,
      value: text,
      line: text,
    })
  })
})

describe('the lenient option', () => {
  const format = 'action log-status'
  test.each(['DENY', 'DENIED', 'deny', 'Denied'])('reads the action %s as REJECT', (action) => {
    const line = `${action} OK`
    expect(createParser(format, { lenient: true }).parse(line)).toStrictEqual({
      action: 'REJECT',
      log_status: 'OK',
    })
    expect(createParser(format).parse(line)).toStrictEqual({ action, log_status: 'OK' })
  })

  test.each(['ACCEPT', 'DENYING', 'BLOCK'])('leaves the action %s', (action) => {
    expect(createParser(format, { lenient: true }).parse(`${action} DENY`)).toStrictEqual({
      action,
      log_status: 'DENY',
    })
  })
})

describe('the maxLineLength option', () => {
  test('counts characters without the line feed', () => {
    const { parse } = createParser('srcaddr bytes', { maxLineLength: 10 })
    expect(parse('10.0.0.1 7\n')).toStrictEqual({ srcaddr: '10.0.0.1', bytes: 7 })
    expect(parse('10.0.0.1 77\n')).toStrictEqual({ code: 'line_too_long', line: '10.0.0.1 77' })
  })

  test('is 65536 by default', () => {
    const { parse } = createParser('account-id interface-id')
    const longest = `${'a'.repeat(65_534)} b`
    expect(parse(longest)).toStrictEqual({ account_id: 'a'.repeat(65_534), interface_id: 'b' })
    expect(parse(`${longest}b`)).toStrictEqual({ code: 'line_too_long', line: `${longest}b` })
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot be %d', (maxLineLength) => {
    expect(() => createParser('v2', { maxLineLength })).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: `maxLineLength must be a positive integer, not ${maxLineLength}`,
      }),
    )
  })
})

describe('createParser', () => {
  test('throws on a format that is none', () => {
    expect(() => createParser('srcaddr srcaddr')).toThrow(
      expect.objectContaining({ name: 'ConfigurationError' }),
    )
  })

  test('tells its format', () => {
    expect(createParser('$${srcaddr},$${bytes}').format.text).toBe('srcaddr bytes')
  })
})
