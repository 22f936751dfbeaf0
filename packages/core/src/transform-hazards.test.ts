/** What a fast reader of lines gets wrong easily, one by one. */
import { describe, expect, test } from 'vitest'
import {
  choose,
  createMapping,
  differs,
  duration,
  family,
  is,
  type Mapping,
  milliseconds,
  number,
  recordMapping,
  rest,
  type Template,
  text,
  when,
} from './index.ts'
import { type BothLanes, createBothLanes } from './lanes.test-support.ts'

function run(
  format: string,
  template: Template | undefined,
  ...lines: readonly string[]
): BothLanes {
  const mapping: Mapping = template ? createMapping({ name: 'test', template }) : recordMapping
  return createBothLanes({ format, mapping })(lines.join('\n'))
}

/** What a line that is refused gives. */
function refused(code: string, field: string, value: string, line: string): BothLanes {
  return {
    output: '',
    rejections: [{ code, field, value, line, origin: { line: 1 } }] as BothLanes['rejections'],
    lanes: { object: 1 },
  }
}

test('a start of 0 is not written as 0000', () => {
  const template = {
    time: milliseconds('start', 'end'),
    took: duration('start', 'end'),
    unmapped: rest,
  }
  expect(run('start end', template, '0 1418530070', '0 0', '1418530010 1418530070')).toEqual({
    output: [
      '{"time":1418530070000,"unmapped":{"start":"0"}}\n',
      '{"unmapped":{"start":"0","end":"0"}}\n',
      '{"time":1418530010000,"took":60000,"unmapped":{"end":"1418530070"}}\n',
    ].join(''),
    rejections: [],
    lanes: { kernel: 1, object: 2 },
  })
})

describe('a column that the taken branch does not write is checked all the same', () => {
  const template = {
    source: when(family(4, 'srcaddr'), { port: number('srcport') }),
    traffic: choose('packets', {}, { bytes: number('bytes') }, {}),
  }

  test('a port without an address', () => {
    const line = '- x - 7'
    expect(run('srcaddr srcport packets bytes', template, line)).toEqual(
      refused('bad_integer', 'srcport', 'x', line),
    )
  })

  test('bytes without packets', () => {
    const line = '10.0.0.1 1 - 7x'
    expect(run('srcaddr srcport packets bytes', template, line)).toEqual(
      refused('bad_integer', 'bytes', '7x', line),
    )
  })

  test('a version and an address that no attribute shows', () => {
    expect(run('version bytes', { bytes: number('bytes') }, '02 7')).toEqual(
      refused('bad_integer', 'version', '02', '02 7'),
    )
    expect(run('dstaddr bytes', { bytes: number('bytes') }, '10.0.0.256 7')).toEqual(
      refused('bad_address', 'dstaddr', '10.0.0.256', '10.0.0.256 7'),
    )
  })
})

test('a leading zero is refused in every integer column', () => {
  const columns = ['protocol', 'srcport', 'version', 'bytes', 'start']
  for (const name of columns) {
    expect(run(name, undefined, '07')).toEqual(refused('bad_integer', name, '07', '07'))
    expect(run(name, undefined, '00')).toEqual(refused('bad_integer', name, '00', '00'))
  }
  expect(run('start', undefined, '0418530010')).toEqual(
    refused('bad_integer', 'start', '0418530010', '0418530010'),
  )
  expect(run('protocol', undefined, '0', '7').lanes).toEqual({ kernel: 2 })
})

test.each([
  '10.1.:4',
  '10.0.0',
  '10.0.0.',
  '.10.0.0',
  '10..0.1',
  '10.0.0.256',
  '10.0.0.01',
  '010.0.0.1',
  '10.0.0.1.5',
  '10.0.0.1:80',
  '10.0.0.0001',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '1:2:3:4:5:6:7:8::',
  ':::',
  ':1',
  '1:',
  '12345::',
  'g::1',
  'fe80::1%eth0',
  '[::1]',
  '10.0.0.1/8',
])('%s looks like an address and is none', (value) => {
  expect(run('srcaddr bytes', undefined, `${value} 7`)).toEqual(
    refused('bad_address', 'srcaddr', value, `${value} 7`),
  )
})

test('IPv6 addresses in every form are addresses, and those with a dotted quad the object lane’s', () => {
  const clean = [
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '2001:DB8::A',
    '::ffff:a00:1',
  ]
  const dotted = ['::ffff:10.0.0.1', '::10.0.0.1', '1:2:3:4:5:6:10.0.0.1', '64:ff9b::192.0.2.33']
  const all = [...clean, ...dotted]
  expect(run('srcaddr', undefined, ...all)).toEqual({
    output: all.map((value) => `{"srcaddr":"${value}"}\n`).join(''),
    rejections: [],
    lanes: { kernel: clean.length, object: dotted.length },
  })
})

test('an address is the same in any IPv6 spelling, and never the same as an IPv4 address', () => {
  const template = {
    ip: text('pkt_srcaddr', 'srcaddr'),
    through: when(differs('pkt_srcaddr', 'srcaddr'), text('srcaddr')),
    unmapped: rest,
  }
  const lines = [
    '2001:DB8::1 2001:db8:0::1',
    '::ffff:a00:1 10.0.0.1',
    '::1 ::2',
    '10.0.0.1 10.0.0.1',
  ]
  expect(run('srcaddr pkt-srcaddr', template, ...lines)).toEqual({
    output: [
      '{"ip":"2001:db8:0::1"}\n',
      '{"ip":"10.0.0.1","through":"::ffff:a00:1"}\n',
      '{"ip":"::2","through":"::1"}\n',
      '{"ip":"10.0.0.1"}\n',
    ].join(''),
    rejections: [],
    lanes: { kernel: 4 },
  })
})

test('what JSON must escape, and what is not ASCII, is the object lane’s', () => {
  const values = ['"', 'a\\b', '\u0001', '\u001f', '\u007f', 'é', '€', '😀', '\u2028', '\0']
  expect(run('bytes tenant-id', undefined, ...values.map((value) => `7 ${value}`))).toEqual({
    output: values.map((value) => `${JSON.stringify({ bytes: 7, tenant_id: value })}\n`).join(''),
    rejections: [],
    lanes: { object: values.length },
  })
  const verbatim = "!#$%&'()*+,-./0123456789:;<=>?@AZ[]^_`az{|}~"
  expect(run('bytes tenant-id', undefined, `7 ${verbatim}`)).toEqual({
    output: `{"bytes":7,"tenant_id":"${verbatim}"}\n`,
    rejections: [],
    lanes: { kernel: 1 },
  })
})

test('integers keep every digit up to 2^63−1', () => {
  const clean = ['0', '9', '999999999999999']
  const wide = [
    '1000000000000000',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '999999999999999999',
    '9223372036854775807',
  ]
  expect(run('bytes', undefined, ...clean, ...wide)).toEqual({
    output: [...clean, ...wide].map((value) => `{"bytes":${value}}\n`).join(''),
    rejections: [],
    lanes: { kernel: clean.length, object: wide.length },
  })
  for (const value of ['9223372036854775808', '9999999999999999999', '18446744073709551616']) {
    expect(run('bytes', undefined, value)).toEqual(refused('bad_integer', 'bytes', value, value))
  }
})

test('each kind of integer ends where it ends', () => {
  const limits = { protocol: 255, srcport: 65_535, version: 2_147_483_647 }
  for (const [name, limit] of Object.entries(limits)) {
    expect(run(name, undefined, String(limit))).toEqual({
      output: `{"${name}":${limit}}\n`,
      rejections: [],
      lanes: { kernel: 1 },
    })
    const above = String(limit + 1)
    expect(run(name, undefined, above)).toEqual(refused('bad_integer', name, above, above))
  }
})

test('only a dash alone is absent', () => {
  expect(run('bytes tenant-id', undefined, '- -', '- --', '- -5', '5 -')).toEqual({
    output: '{}\n{"tenant_id":"--"}\n{"tenant_id":"-5"}\n{"bytes":5}\n',
    rejections: [],
    lanes: { kernel: 4 },
  })
  for (const value of ['-5', '--', '+5', '5-', '1e3', '0x1f', '1.0', '1_000', '٣']) {
    expect(run('bytes', undefined, value)).toEqual(refused('bad_integer', 'bytes', value, value))
  }
})

test('a word is matched whole, not by how it begins', () => {
  const template = {
    verdict: choose('action', { ACCEPT: 1, REJECT: 2 }, 99, 0),
    fine: when(is('log_status', 'OK'), true, false),
  }
  const words = ['ACCEPT OK', 'ACCEPTED OKAY', 'ACCEP O', 'REJECTX ok', 'REJECT -', '- OK']
  expect(run('bytes action log-status', template, ...words.map((word) => `7 ${word}`))).toEqual({
    output: [
      '{"verdict":1,"fine":true}\n',
      '{"verdict":99,"fine":false}\n',
      '{"verdict":99,"fine":false}\n',
      '{"verdict":99,"fine":false}\n',
      '{"verdict":2,"fine":false}\n',
      '{"verdict":0,"fine":true}\n',
    ].join(''),
    rejections: [],
    lanes: { kernel: 6 },
  })
})

test('one bad line per block leaves the others to the engine', () => {
  const lines = Array.from({ length: 100 }, (_, index) => (index === 50 ? '07' : String(index)))
  expect(run('bytes', undefined, ...lines)).toEqual({
    output: lines
      .filter((value) => value !== '07')
      .map((value) => `{"bytes":${value}}\n`)
      .join(''),
    rejections: [
      { code: 'bad_integer', field: 'bytes', value: '07', line: '07', origin: { line: 51 } },
    ],
    lanes: { kernel: 99, object: 1 },
  })
})

test.each([
  ['two spaces', '7  x', '{"bytes":7,"tenant_id":"x"}\n'],
  ['a tab', '7\tx', '{"bytes":7,"tenant_id":"x"}\n'],
  ['a carriage return', '7 x\r', '{"bytes":7,"tenant_id":"x"}\n'],
  ['a carriage return after a dash', '7 -\r', '{"bytes":7}\n'],
  ['a blank in front', ' 7 x', '{"bytes":7,"tenant_id":"x"}\n'],
  ['a blank behind', '7 x ', '{"bytes":7,"tenant_id":"x"}\n'],
  ['a byte order mark', '\ufeff7 x', '{"bytes":7,"tenant_id":"x"}\n'],
  ['a comment', '7 x # y', '{"bytes":7,"tenant_id":"x"}\n'],
  ['nothing', '', ''],
  ['a comment alone', '# 7', ''],
  ['a header', 'bytes tenant-id', ''],
  ['a control message', 'CWL CONTROL MESSAGE: x', ''],
])('%s is the object lane’s', (_, line, output) => {
  expect(run('bytes tenant-id', undefined, `${line}\n8 y`)).toEqual({
    output: `${output}{"bytes":8,"tenant_id":"y"}\n`,
    rejections: [],
    lanes: { object: 1, kernel: 1 },
  })
})

test('a control message or a comment may look like a line of text and a number', () => {
  const format = 'account-id action log-status bytes'
  const lines = [
    'CWL CONTROL MESSAGE: 7',
    '#1 ACCEPT OK 7',
    'CWLX CONTROL MESSAGE 7',
    '1 ACCEPT OK 7',
  ]
  expect(run(format, { of: text('account_id') }, ...lines)).toEqual({
    output: '{"of":"CWLX"}\n{"of":"1"}\n',
    rejections: [],
    lanes: { object: 3, kernel: 1 },
  })
})

test('a huge field may be in the event many times', () => {
  const huge = 'x'.repeat(60_000)
  const twice = {
    a: text('tenant_id'),
    b: [text('tenant_id'), text('tenant_id')],
    raw: { op: 'line' },
  }
  expect(
    run('bytes tenant-id', twice as Template, ...Array.from({ length: 40 }, () => `7 ${huge}`)),
  ).toEqual({
    output: `{"a":"${huge}","b":["${huge}","${huge}"],"raw":"7 ${huge}"}\n`.repeat(40),
    rejections: [],
    lanes: { kernel: 40 },
  })
})
