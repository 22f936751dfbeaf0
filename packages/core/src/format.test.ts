import { describe, expect, test } from 'vitest'
import { formatOf, headerNames, parseFormat, presets } from './format.ts'

describe('parseFormat', () => {
  test('gives each column its name, key and kind', () => {
    expect(parseFormat('${pkt-srcaddr} ${bytes} ${tenant-id}')).toEqual({
      text: 'pkt-srcaddr bytes tenant-id',
      columns: [
        { name: 'pkt-srcaddr', key: 'pkt_srcaddr', kind: 'address', known: true },
        { name: 'bytes', key: 'bytes', kind: 'int64', known: true },
        { name: 'tenant-id', key: 'tenant_id', kind: 'text', known: false },
      ],
    })
  })

  test.each([
    ['a header line', 'version vpc-id pkt-srcaddr'],
    ['an AWS LogFormat', '${version} ${vpc-id} ${pkt-srcaddr}'],
    ['a LogFormat as Terraform escapes it', '$${version} $${vpc-id} $${pkt-srcaddr}'],
    ['underscores', 'version vpc_id pkt_srcaddr'],
    ['a LogFormat with underscores', '${version} ${vpc_id} ${pkt_srcaddr}'],
    ['commas', 'version,vpc-id,pkt-srcaddr'],
    ['commas and spaces', 'version, vpc-id, pkt-srcaddr'],
    ['a header line with a byte order mark and CRLF', '\uFEFFversion vpc-id pkt-srcaddr\r\n'],
    ['tabs and surrounding blanks', '  version\tvpc-id \n pkt-srcaddr '],
    ['everything mixed', '$${version},${vpc_id} pkt-srcaddr'],
  ])('reads %s', (_, text) => {
    expect(parseFormat(text)).toEqual(formatOf(['version', 'vpc-id', 'pkt-srcaddr']))
  })

  test('hands back a parsed format', () => {
    const format = parseFormat('v2')
    expect(parseFormat(format)).toBe(format)
  })

  test.each([
    ['', 'a format needs at least one field'],
    [' ,\t\n', 'a format needs at least one field'],
    ['srcaddr bytes srcaddr', 'the format names the field "srcaddr" twice'],
    ['vpc-id vpc_id', 'the format names the field "vpc-id" twice'],
    ['${vpc-id} vpc_id', 'the format names the field "vpc-id" twice'],
    ['srcaddr VPC-ID', '"VPC-ID" is not a field name, in the format "srcaddr VPC-ID"'],
    [' srcaddr ${} ', '"${}" is not a field name, in the format "srcaddr ${}"'],
    ['${srcaddr bytes', '"${srcaddr" is not a field name, in the format "${srcaddr bytes"'],
    [
      '${srcaddr}${bytes}',
      '"${srcaddr}${bytes}" is not a field name, in the format "${srcaddr}${bytes}"',
    ],
    ['srcaddr vpc--id', '"vpc--id" is not a field name, in the format "srcaddr vpc--id"'],
    ['srcaddr 2nd', '"2nd" is not a field name, in the format "srcaddr 2nd"'],
    [
      'v6',
      '"v6" names no field that AWS has published, nor a preset (v2, v3, v4, v5, v5-alphabetical, v7, v8, v9, v10, v11, tgw)',
    ],
    [
      ' tenant-id stage',
      '"tenant-id stage" names no field that AWS has published, nor a preset (v2, v3, v4, v5, v5-alphabetical, v7, v8, v9, v10, v11, tgw)',
    ],
    [
      'constructor',
      '"constructor" names no field that AWS has published, nor a preset (v2, v3, v4, v5, v5-alphabetical, v7, v8, v9, v10, v11, tgw)',
    ],
  ])('refuses %j', (text, message) => {
    expect(() => parseFormat(text)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message }),
    )
  })
})

describe('presets', () => {
  test('are formats by name', () => {
    expect(parseFormat(' v2\n')).toEqual(parseFormat(presets.v2))
    expect(presets.v2).toBe(
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
    )
  })

  test('have as many fields as AWS documents', () => {
    const counts = Object.entries(presets).map(([name]) => [name, parseFormat(name).columns.length])
    expect(Object.fromEntries(counts)).toEqual({
      v2: 14,
      v3: 21,
      v4: 25,
      v5: 29,
      'v5-alphabetical': 29,
      v7: 39,
      v8: 40,
      v9: 41,
      v10: 42,
      v11: 54,
      tgw: 36,
    })
  })

  test('each begin with the one before', () => {
    const order = ['v2', 'v3', 'v4', 'v5', 'v7', 'v8', 'v9', 'v10', 'v11'] as const
    const broken = order.filter((name, index) => {
      const before = order[index - 1]
      return before !== undefined && !presets[name].startsWith(`${presets[before]} `)
    })
    expect(broken).toEqual([])
  })

  test('have the order that the AWS console writes', () => {
    expect(presets['v5-alphabetical']).toBe(
      'account-id action az-id bytes dstaddr dstport end flow-direction instance-id interface-id log-status packets pkt-dst-aws-service pkt-dstaddr pkt-src-aws-service pkt-srcaddr protocol region srcaddr srcport start sublocation-id sublocation-type subnet-id tcp-flags traffic-path type version vpc-id',
    )
  })

  test('name only fields that AWS has published', () => {
    const unknown = Object.keys(presets).flatMap((name) =>
      parseFormat(name).columns.filter((column) => !column.known),
    )
    expect(unknown).toEqual([])
  })
})

describe('headerNames', () => {
  test.each([
    ['the default', presets.v2, presets.v2],
    ['Transit Gateway', presets.tgw, presets.tgw],
    ['two fields', 'instance-id bytes', 'instance-id bytes'],
    ['underscores', 'instance_id bytes', 'instance-id bytes'],
    ['next year’s fields, as long as half are known', 'srcaddr bytes a b-2', 'srcaddr bytes a b-2'],
  ])('finds %s', (_, line, names) => {
    expect(headerNames(line.split(' '))).toEqual(names.split(' '))
  })

  test.each([
    ['a data line', '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1 2 - NODATA'],
    ['one token', 'version'],
    ['one known name only', 'version accept'],
    ['more unknown than known names', 'version region a b c'],
    ['words that are no fields', 'accept ok reject nodata'],
    ['a name twice', 'version srcaddr version'],
    ['a name twice in two spellings', 'vpc-id vpc_id srcaddr'],
    ['upper case', 'VERSION SRCADDR'],
    ['a dash among names', 'version srcaddr -'],
    ['a LogFormat', '${version} ${srcaddr}'],
    ['names with commas', 'version, srcaddr'],
  ])('does not take %s for one', (_, line) => {
    expect(headerNames(line.split(' '))).toBeUndefined()
  })
})
