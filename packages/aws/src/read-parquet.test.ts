import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransform, presets, recordMapping } from '@flowlogs/core'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { block, fileOf, readAll, toParquet } from './parquet-file.test-support.ts'
import { readParquet } from './read-parquet.ts'

const lines = [
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
  '2 058694856476 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
  '2 unknown eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8::1 0 0 58 9007199254740993 9223372036854775807 1477913708 1477913820 REJECT OK',
]

/** The same flow logs, as each of these wrote them, and as text. */
const folder = join(import.meta.dirname, '../fixtures')
const [header = '', ...expected] = readFileSync(join(folder, 'flow-logs.log'), 'utf8')
  .trimEnd()
  .split('\n')

describe('the files of other writers', () => {
  test.each([
    // pyarrow 26.0.1: data pages of the first kind, dictionaries, checksums, two groups of rows
    'pyarrow-gzip.parquet',
    // pyarrow 26.0.1: data pages of the second kind, differences for numbers and strings
    'pyarrow-zstd-delta.parquet',
    // DuckDB 2.0.0, its second version of the format
    'duckdb-snappy.parquet',
    // Polars 2.1.0
    'polars-zstd.parquet',
  ])('%s', async (name) => {
    const bytes = new Uint8Array(readFileSync(join(folder, name)))
    expect(await readAll(bytes)).toStrictEqual([block(header, expected)])
  })
})

describe('the types that AWS writes', () => {
  test('the default format', async () => {
    expect(await readAll(toParquet(presets.v2, lines))).toStrictEqual([block(presets.v2, lines)])
  })

  test('every field, in the order of the file', async () => {
    const format = presets.v11.split(' ').reverse().join(' ')
    const values = format.split(' ').map((name) => (/addr/.test(name) ? '10.0.0.1' : '7'))
    const all = [values.join(' '), values.map(() => '-').join(' ')]
    expect(await readAll(toParquet(format, all))).toStrictEqual([block(format, all)])
  })

  test('a transit gateway, whose protocol has 64 bits', async () => {
    const line =
      '6 TransitGateway 123456789010 tgw-1 tgw-attach-1 - - vpc-1 vpc-2 subnet-1 subnet-2 eni-1 eni-2 use1-az1 use1-az2 tgw-attach-2 10.0.0.1 10.0.0.2 443 50000 6 20 4249 1418530010 1418530070 OK IPv4 0 0 0 0 18 us-east-1 egress - S3'
    const file = toParquet(presets.tgw, [line], { types: { protocol: 'INT64' } })
    expect(await readAll(file)).toStrictEqual([block(presets.tgw, [line])])
  })

  test('values that mean that there is none', async () => {
    const columnData = [
      {
        name: 'srcaddr',
        type: 'STRING' as const,
        data: ['', '-', 'None', null, undefined, 'none'],
      },
      { name: 'bytes', type: 'INT64' as const, data: [null, null, 1n, null, null, null] },
    ]
    const file = new Uint8Array(parquetWriteBuffer({ columnData }))
    expect(await readAll(file)).toStrictEqual([
      block('srcaddr bytes', ['- -', '- -', '- 1', '- -', '- -', 'none -']),
    ])
  })

  test('the events are those of the text', async () => {
    const transform = createTransform({ format: 'v2', mapping: recordMapping, index: true })
    const fromText = transform(lines.join('\n'))
    for await (const item of readParquet(fileOf(toParquet(presets.v2, lines)))) {
      expect('lines' in item && transform(item.lines)).toStrictEqual(fromText)
    }
  })
})

describe('the types that other tools write', () => {
  const read = async (columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData']) =>
    readAll(new Uint8Array(parquetWriteBuffer({ columnData })))
  const srcaddr = { name: 'srcaddr', type: 'STRING' as const }

  test('floats', async () => {
    const data = [25238, Number.NaN, 1.5, 1e19]
    expect(
      await read([
        { ...srcaddr, data: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] },
        { name: 'bytes', type: 'DOUBLE', data },
      ]),
    ).toStrictEqual([
      block('srcaddr bytes', ['10.0.0.1 25238', '10.0.0.2 -']),
      {
        code: 'unknown_shape',
        field: 'bytes',
        value: '1.5',
        line: '{"srcaddr":"10.0.0.3","bytes":1.5}',
        origin: { line: 3 },
      },
      {
        code: 'unknown_shape',
        field: 'bytes',
        value: '10000000000000000000',
        line: '{"srcaddr":"10.0.0.4","bytes":10000000000000000000}',
        origin: { line: 4 },
      },
    ])
  })

  test('times', async () => {
    expect(
      await read([
        { ...srcaddr, data: ['10.0.0.1', '10.0.0.2'] },
        {
          name: 'start',
          type: 'TIMESTAMP',
          data: [new Date('2026-11-22T06:00:00Z'), new Date('2026-11-22T06:00:00.250Z')],
        },
        { name: 'seen', type: 'TIMESTAMP', data: [new Date(1.5), new Date(0)] },
      ]),
    ).toStrictEqual([
      block('srcaddr start seen', [
        '10.0.0.1 1795327200 1970-01-01T00:00:00.001Z',
        // For the parser to reject.
        '10.0.0.2 2026-11-22T06:00:00.250Z 1970-01-01T00:00:00.000Z',
      ]),
    ])
  })

  test('numbers as text, an account as a number, and truth', async () => {
    expect(
      await read([
        { ...srcaddr, data: ['10.0.0.1', '10.0.0.2'] },
        { name: 'bytes', type: 'STRING', data: ['25238.0', '9223372036854775807'] },
        { name: 'account_id', type: 'INT64', data: [58694856476n, 123456789010n] },
        { name: 'is_internal', type: 'BOOLEAN', data: [true, false] },
      ]),
    ).toStrictEqual([
      block('srcaddr bytes account-id is-internal', [
        '10.0.0.1 25238 058694856476 true',
        '10.0.0.2 9223372036854775807 123456789010 false',
      ]),
    ])
  })

  test('negative numbers are left to the parser', async () => {
    expect(
      await read([
        { ...srcaddr, data: ['10.0.0.1', '10.0.0.2'] },
        { name: 'bytes', type: 'INT64', data: [-1n, -(2n ** 63n)] },
        { name: 'srcport', type: 'INT32', data: [-1, -2147483648] },
      ]),
    ).toStrictEqual([
      block('srcaddr bytes srcport', [
        '10.0.0.1 -1 -1',
        '10.0.0.2 -9223372036854775808 -2147483648',
      ]),
    ])
  })

  test('names and fields of their own', async () => {
    expect(
      await read([
        { name: 'sourceAddress', type: 'STRING', data: ['10.0.0.1'] },
        { name: 'numbytes', type: 'INT64', data: [1n] },
        { name: 'account', type: 'STRING', data: ['1'] },
        { name: 'account_id', type: 'STRING', data: ['2'] },
        { name: 'partitionDay', type: 'INT32', data: [7] },
      ]),
    ).toStrictEqual([block('srcaddr bytes account account-id partition-day', ['10.0.0.1 1 1 2 7'])])
  })

  test('tags that nobody encoded', async () => {
    expect(
      await read([
        { ...srcaddr, data: ['10.0.0.1', '10.0.0.2'] },
        { name: 'bytes', type: 'INT64', data: [1n, 2n] },
        { name: 'instance_tag', type: 'STRING', data: ['web front', 'web%20front'] },
      ]),
    ).toStrictEqual([
      block('srcaddr bytes instance-tag', ['10.0.0.1 1 web%20front', '10.0.0.2 2 web%20front']),
    ])
  })
})

describe('rows that are no lines', () => {
  test('take no other row with them', async () => {
    const good = '10.0.0.1 1 eni-1'
    const rows = [good, good, '10.0.0.1 1 eni_1', good, '#0.0.0.1 1 eni_2', good]
    const file = toParquet(
      'srcaddr bytes interface-id',
      rows.map((row) => row.replace('_', '\t')),
    )
    const rejected = (line: number, field: string, srcaddr: string, eni: string) => ({
      code: 'unknown_shape',
      field,
      value: field === 'srcaddr' ? srcaddr : eni,
      line: JSON.stringify({ srcaddr, bytes: 1, interface_id: eni }),
      origin: { line },
    })
    expect(await readAll(file)).toStrictEqual([
      block('srcaddr bytes interface-id', [good, good]),
      rejected(3, 'interface_id', '10.0.0.1', 'eni\t1'),
      block('srcaddr bytes interface-id', [good], 4),
      rejected(5, 'interface_id', '#0.0.0.1', 'eni\t2'),
      block('srcaddr bytes interface-id', [good], 6),
    ])
  })

  test('that would be read as something else', async () => {
    const file = toParquet('srcaddr interface-id', [
      '#1 eni-1',
      'bytes start',
      '- bytes',
      'x bytes',
    ])
    const rejected = (line: number, srcaddr: string, eni: string) => ({
      code: 'unknown_shape',
      field: 'srcaddr',
      value: srcaddr,
      line: JSON.stringify({ srcaddr, interface_id: eni }),
      origin: { line },
    })
    expect(await readAll(file)).toStrictEqual([
      rejected(1, '#1', 'eni-1'),
      rejected(2, 'bytes', 'start'),
      block('srcaddr interface-id', ['- bytes', 'x bytes'], 3),
    ])
  })
})

describe('what cannot be read', () => {
  const bytes = toParquet(presets.v2, lines)

  test.each([
    ['no file', new Uint8Array(4)],
    ['the beginning of one', bytes.slice(0, 200)],
    ['a footer that is cut', Buffer.concat([bytes.slice(0, 300), bytes.slice(-60)])],
    ['noise in the footer', bytes.map((byte, at) => (at > bytes.length - 400 ? at * 7 : byte))],
  ])('%s', async (_, damaged) => {
    expect(await readAll(new Uint8Array(damaged))).toStrictEqual([
      { code: 'bad_parquet', value: expect.any(String), line: '' },
    ])
  })

  test('damaged pages cost their group of rows, and no other', async () => {
    const file = toParquet('srcaddr bytes', ['10.0.0.1 1', '10.0.0.2 2', '10.0.0.3 3'], {
      rowGroupSize: 1,
    })
    const at = Buffer.from(file).indexOf(Uint8Array.of(0x1f, 0x8b), 100)
    file.fill(0xff, at + 2, at + 8)
    const found = await readAll(file)
    expect(found).toContainEqual({
      code: 'bad_parquet',
      value: expect.stringMatching(/^rows (\d) to \1: /),
      line: '',
      origin: { line: expect.any(Number) },
    })
    expect(found.filter((item) => item instanceof Object && 'lines' in item)).toHaveLength(2)
  })

  test.each([
    ['of something else', 'elb client-port target-port'],
    ['of a schema with few names', 'x y'],
  ])('columns %s', async (_, names) => {
    const file = toParquet(names, [names])
    expect(await readAll(file)).toStrictEqual([
      {
        code: 'unknown_shape',
        value: `no flow log has the columns ${names.replaceAll('-', '_').replaceAll(' ', ', ')}`,
        line: '',
      },
    ])
  })

  test('more than the limits', async () => {
    expect(await readAll(bytes, { maxGroupRows: 2 })).toStrictEqual([
      { code: 'too_large', value: 'a group has 3 rows', line: '', origin: { line: 1 } },
    ])
    expect(await readAll(bytes, { maxInflatedBytes: 100 })).toStrictEqual([
      {
        code: 'bad_parquet',
        value: 'rows 1 to 3: the pages have more than 100 bytes',
        line: '',
        origin: { line: 1 },
      },
    ])
  })
})
