import { describe, expect, test } from 'vitest'
import { presets } from './format.ts'
import { emptyLedger, type Ledger } from './ledger.ts'
import { recordMapping } from './record-mapping.ts'
import { createTransform, type TransformResult } from './transform.ts'

const pairs = createTransform({ format: 'srcaddr bytes', mapping: recordMapping })

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
const sshJson =
  '{"version":2,"account_id":"123456789010","interface_id":"eni-1235b8ca123456789","srcaddr":"172.31.16.139","dstaddr":"172.31.16.21","srcport":20641,"dstport":22,"protocol":6,"packets":20,"bytes":4249,"start":1418530010,"end":1418530070,"action":"ACCEPT","log_status":"OK"}\n'

describe('a transform', () => {
  test('makes one JSON document of each line, v2 by default', () => {
    const transform = createTransform({ mapping: recordMapping })
    const nodata =
      '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'
    expect(read(transform(`${ssh}\n${nodata}\n`))).toStrictEqual({
      output: `${sshJson}{"version":2,"account_id":"123456789010","interface_id":"eni-1235b8ca123456789","start":1431280876,"end":1431280934,"log_status":"NODATA"}\n`,
      ledger: ledgerOf({ lines: 2, emitted: 2 }),
      rejections: [],
    })
  })

  test('takes bytes and text, with or without a last line feed', () => {
    const transform = createTransform({ mapping: recordMapping })
    const expected = {
      output: sshJson,
      ledger: ledgerOf({ lines: 1, emitted: 1 }),
      rejections: [],
    }
    const encoder = new TextEncoder()
    const inputs = [ssh, `${ssh}\n`, encoder.encode(ssh), encoder.encode(`${ssh}\n`)]
    expect(inputs.map((input) => read(transform(input)))).toStrictEqual(inputs.map(() => expected))
  })

  test('makes nothing of nothing', () => {
    const expected = { output: '', ledger: emptyLedger(), rejections: [] }
    expect(read(pairs(''))).toStrictEqual(expected)
    expect(read(pairs(new Uint8Array(0)))).toStrictEqual(expected)
  })

  test('writes integers above 2^53−1 with all their digits', () => {
    expect(read(pairs('10.0.0.1 9223372036854775807')).output).toBe(
      '{"srcaddr":"10.0.0.1","bytes":9223372036854775807}\n',
    )
  })

  test('counts blank lines, comment lines and control messages', () => {
    const control = 'CWL CONTROL MESSAGE: Checking health of destination Firehose.'
    const lines = ['10.0.0.1 1', '', ' \t', '\r', '# a comment', control, '10.0.0.2 2']
    expect(read(pairs(lines.join('\n')))).toStrictEqual({
      output: '{"srcaddr":"10.0.0.1","bytes":1}\n{"srcaddr":"10.0.0.2","bytes":2}\n',
      ledger: ledgerOf({ lines: 7, emitted: 2, blank: 4, control: 1, notes: { crlf: 1 } }),
      rejections: [],
    })
  })

  test('tolerates what people do to lines, and notes it', () => {
    const input = '\uFEFF10.0.0.1 1\r\n10.0.0.2\t2\r\n 10.0.0.3  3 # comment\n'
    expect(read(pairs(input))).toStrictEqual({
      output: [
        '{"srcaddr":"10.0.0.1","bytes":1}\n',
        '{"srcaddr":"10.0.0.2","bytes":2}\n',
        '{"srcaddr":"10.0.0.3","bytes":3}\n',
      ].join(''),
      ledger: ledgerOf({
        lines: 3,
        emitted: 3,
        notes: { byte_order_mark: 1, crlf: 2, spacing: 2, comment: 1 },
      }),
      rejections: [],
    })
  })

  test('rejects bad lines, each with its place, and goes on', () => {
    const input = '10.0.0.1 1\n10.0.0.2\n10.0.0.3 3 3\n10.0.0.256 4\n10.0.0.5 0x5\n10.0.0.6 6\n'
    expect(read(pairs(input))).toStrictEqual({
      output: '{"srcaddr":"10.0.0.1","bytes":1}\n{"srcaddr":"10.0.0.6","bytes":6}\n',
      ledger: ledgerOf({
        lines: 6,
        emitted: 2,
        rejected: 4,
        rejections: { too_few_values: 1, too_many_values: 1, bad_address: 1, bad_integer: 1 },
      }),
      rejections: [
        { code: 'too_few_values', field: 'bytes', line: '10.0.0.2', origin: { line: 2 } },
        { code: 'too_many_values', value: '3', line: '10.0.0.3 3 3', origin: { line: 3 } },
        {
          code: 'bad_address',
          field: 'srcaddr',
          value: '10.0.0.256',
          line: '10.0.0.256 4',
          origin: { line: 4 },
        },
        {
          code: 'bad_integer',
          field: 'bytes',
          value: '0x5',
          line: '10.0.0.5 0x5',
          origin: { line: 5 },
        },
      ],
    })
  })

  test('loses only the line that is not UTF-8', () => {
    const input = Buffer.concat([
      Buffer.from('10.0.0.1 1\n10.0.0.'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(' 2\n10.0.0.3 3'),
    ])
    expect(read(pairs(input))).toStrictEqual({
      output: '{"srcaddr":"10.0.0.1","bytes":1}\n{"srcaddr":"10.0.0.3","bytes":3}\n',
      ledger: ledgerOf({ lines: 3, emitted: 2, rejected: 1, rejections: { bad_encoding: 1 } }),
      rejections: [
        {
          code: 'bad_encoding',
          value: Buffer.from('10.0.0.\xff\xfe 2', 'latin1').toString('base64'),
          line: '10.0.0.\uFFFD\uFFFD 2',
          origin: { line: 2 },
        },
      ],
    })
  })

  test('rejects an overlong line, and keeps its beginning', () => {
    const transform = createTransform({
      format: 'srcaddr bytes',
      mapping: recordMapping,
      maxLineLength: 12,
    })
    expect(read(transform('10.0.0.1 100\n10.0.0.2 1000\n10.0.0.3 3\n'))).toStrictEqual({
      output: '{"srcaddr":"10.0.0.1","bytes":100}\n{"srcaddr":"10.0.0.3","bytes":3}\n',
      ledger: ledgerOf({ lines: 3, emitted: 2, rejected: 1, rejections: { line_too_long: 1 } }),
      rejections: [{ code: 'line_too_long', line: '10.0.0.2 100', origin: { line: 2 } }],
    })
  })

  test('reads the lenient words when asked', () => {
    const options = { format: 'action bytes', mapping: recordMapping }
    expect([
      read(createTransform(options)('DENY 1')).output,
      read(createTransform({ ...options, lenient: true })('DENY 1')).output,
    ]).toEqual(['{"action":"DENY","bytes":1}\n', '{"action":"REJECT","bytes":1}\n'])
  })
})

describe('a header line', () => {
  test('changes the format of the lines after it', () => {
    const lines = [
      '10.0.0.1 1',
      'bytes srcaddr',
      '2 10.0.0.2',
      '\uFEFFsrcaddr tcp_flags tenant-id type\r',
      '10.0.0.3 18 blue IPv4',
      presets.v2,
      ssh,
    ]
    expect(read(pairs(lines.join('\n')))).toStrictEqual({
      output: [
        '{"srcaddr":"10.0.0.1","bytes":1}\n',
        '{"bytes":2,"srcaddr":"10.0.0.2"}\n',
        '{"srcaddr":"10.0.0.3","tcp_flags":18,"tenant_id":"blue","type":"IPv4"}\n',
        sshJson,
      ].join(''),
      ledger: ledgerOf({
        lines: 7,
        emitted: 4,
        header: 3,
        notes: { byte_order_mark: 1, crlf: 1 },
      }),
      rejections: [],
    })
  })

  test('of the own format may have one field, or mostly unknown ones', () => {
    const one = createTransform({ format: 'bytes', mapping: recordMapping })
    expect(read(one('bytes\n1\n')).ledger).toEqual(ledgerOf({ lines: 2, emitted: 1, header: 1 }))
    const own = createTransform({ format: 'bytes a b c-d', mapping: recordMapping })
    expect(read(own('bytes a b c_d\n1 2 3 4\n')).ledger).toEqual(
      ledgerOf({ lines: 2, emitted: 1, header: 1 }),
    )
  })

  test('holds for its own input only', () => {
    pairs('bytes srcaddr\n2 10.0.0.2\n')
    expect(read(pairs('10.0.0.1 1')).output).toBe('{"srcaddr":"10.0.0.1","bytes":1}\n')
  })

  test('changes the format however many there are', () => {
    const headers = Array.from({ length: 100 }, (_, index) => `srcaddr bytes x${index}`)
    const input = headers.map((header, index) => `${header}\n10.0.0.1 1 ${index}\n`).join('')
    expect(read(pairs(input))).toStrictEqual({
      output: headers
        .map((_, index) => `{"srcaddr":"10.0.0.1","bytes":1,"x${index}":"${index}"}\n`)
        .join(''),
      ledger: ledgerOf({ lines: 200, emitted: 100, header: 100 }),
      rejections: [],
    })
  })
})
