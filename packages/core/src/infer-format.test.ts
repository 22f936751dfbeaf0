import { createRandom } from '@flowlogs/conformance'
import { expect, test } from 'vitest'
import { realisticLines } from './flow-traffic.test-support.ts'
import { inferFormat } from './infer-format.ts'
import { inferenceRules } from './inference-rules.ts'

const accept =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const nodata = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'

test('two columns of addresses: both ways round fit, and none is chosen', () => {
  expect(inferFormat(['52.95.128.179 10.0.0.71 S3', '8.8.8.8 10.0.0.71 -'])).toMatchObject({
    status: 'ambiguous',
    isComplete: false,
    lines: 2,
    otherCounts: {},
  })
  const { format, columns, ambiguities } = inferFormat(['10.0.0.71 203.0.113.5'])
  expect(format).toBeUndefined()
  const addresses = ['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr']
  expect(columns.map(({ index, fields, examples }) => ({ index, fields, examples }))).toStrictEqual(
    [
      { index: 0, fields: addresses, examples: ['10.0.0.71'] },
      { index: 1, fields: addresses, examples: ['203.0.113.5'] },
    ],
  )
  expect(ambiguities).toStrictEqual([
    {
      columns: [0, 1],
      fields: addresses,
      remedy:
        'lines of both directions of an interface, with flow-direction or traffic-path beside interface-id; the LogFormat of the flow log, or a header line, says it',
    },
  ])
})

test('the proof of a column names rules, the fields they strike off, and lines', () => {
  const { columns, status, format } = inferFormat(['eni-1 vpc-1 7 10', 'eni-2 vpc-1 900 10'])
  expect([status, format]).toStrictEqual(['ambiguous', undefined])
  const [, vpc] = columns
  expect(vpc?.fields).toStrictEqual([
    'vpc-id',
    'next-hop-vpc-id',
    'tgw-src-vpc-id',
    'tgw-dst-vpc-id',
  ])
  expect(vpc?.proof.map(({ rule, lines }) => [rule, lines])).toStrictEqual([
    ['shape', [1]],
    ['looks-telling', [1]],
  ])
})

test('packets never exceed bytes: one line decides', () => {
  const counts = (line: string) =>
    inferFormat([`2 eni-1 10.0.0.1 10.0.0.2 ${line} ACCEPT`], {
      prefer: 'version interface-id srcaddr dstaddr packets bytes action',
    }).format?.text
  expect([counts('3 120'), counts('120 3')]).toStrictEqual([
    'version interface-id srcaddr dstaddr packets bytes action',
    'version interface-id srcaddr dstaddr bytes packets action',
  ])
})

test('the default format is recognised, and the other ways to read it are told', () => {
  const lines = realisticLines(
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
      ' ',
    ),
    200,
    { dice: createRandom(1), profile: 'mixed' },
  )
  const open = inferFormat(lines)
  expect(open.status).toBe('ambiguous')
  expect(open.isComplete).toBe(true)
  expect(open.formats.map(({ known, format }) => known ?? format.text)).toStrictEqual([
    'v2',
    'version account-id interface-id srcaddr dstaddr dstport srcport protocol packets bytes start end action log-status',
    'version account-id interface-id dstaddr srcaddr srcport dstport protocol packets bytes start end action log-status',
    'version account-id interface-id dstaddr srcaddr dstport srcport protocol packets bytes start end action log-status',
  ])
  expect(open.ambiguities.map(({ columns, fields }) => [columns, fields])).toStrictEqual([
    [
      [3, 4],
      ['srcaddr', 'dstaddr'],
    ],
    [
      [5, 6],
      ['srcport', 'dstport'],
    ],
  ])
  const known = inferFormat(lines, { prefer: 'known' })
  expect([known.status, known.format?.text]).toStrictEqual([
    'preferred',
    open.formats[0]?.format.text,
  ])
  expect(open.formats[0]?.logFormat).toBe(
    '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
  )
})

test('a preferred format that cannot be is not chosen', () => {
  expect(inferFormat([accept], { prefer: 'v2' }).format?.text).toBe(
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  )
  const swapped = accept.replace('20 4249', '4249 20')
  expect(inferFormat([swapped], { prefer: 'v2' }).format?.text).toBe(
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol bytes packets start end action log-status',
  )
})

test('what is not a record is left out, and other counts are told', () => {
  const { lines, otherCounts, columns } = inferFormat([
    '',
    '# a comment',
    'version account-id interface-id',
    'CWL CONTROL MESSAGE: Checking health of destination Firehose.',
    `\uFEFF${accept}\r`,
    `${nodata} # idle`,
    '10.0.0.1 10.0.0.2',
  ])
  expect([lines, otherCounts, columns.length]).toStrictEqual([2, { 2: 1 }, 14])
})

test('examples in which one interface has several addresses are understood, too', () => {
  const other = accept
    .replace('172.31.16.139', '172.31.9.69')
    .replace('172.31.16.21', '172.31.9.12')
  const { status, formats } = inferFormat([accept, other, nodata], { prefer: 'known' })
  expect([status, formats[0]?.known]).toStrictEqual(['preferred', 'v2'])
})

test('a damaged line among many changes nothing', () => {
  const names = 'version interface-id srcaddr dstaddr protocol bytes action'.split(' ')
  const lines = realisticLines(names, 300, { dice: createRandom(2), profile: 'mixed' })
  const whole = inferFormat(lines)
  const bad = '2 eni-1 10.0.0.1 10.0.0.2 six 40 ACCEPT'
  const damaged = inferFormat([...lines.slice(0, 7), bad, ...lines.slice(7)])
  expect(damaged.setAside).toStrictEqual([8])
  expect(damaged.columns.map(({ fields }) => fields)).toStrictEqual(
    whole.columns.map(({ fields }) => fields),
  )
})

test('no lines are no format; lines that are nothing of AWS fit none', () => {
  expect(inferFormat([])).toStrictEqual({
    status: 'empty',
    formats: [],
    isComplete: true,
    columns: [],
    ambiguities: [],
    presumptions: [],
    lines: 0,
    setAside: [],
    otherCounts: {},
  })
  const { status, columns, formats, ambiguities } = inferFormat([
    '10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 ACCEPT',
  ])
  expect([status, formats, ambiguities]).toStrictEqual(['impossible', [], []])
  const addresses = ['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr']
  const alone = [addresses, addresses, addresses, addresses, addresses, ['action']]
  expect(columns.map(({ fields }) => fields)).toStrictEqual(alone)
})

test('strict uses no presumption, and more stays open', () => {
  const lines = realisticLines(['interface-id', 'action', 'bytes', 'protocol'], 100, {
    dice: createRandom(3),
    profile: 'mixed',
  })
  const normal = inferFormat(lines)
  const strict = inferFormat(lines, { strict: true })
  expect(strict.presumptions).toStrictEqual([])
  expect(normal.presumptions.length).toBeGreaterThan(0)
  for (const rule of normal.presumptions) expect(inferenceRules[rule].ground).toBe('presumed')
  for (const { index, fields } of normal.columns) {
    expect(strict.columns[index]?.fields).toEqual(expect.arrayContaining([...fields]))
  }
  expect(normal.columns[1]?.fields).toStrictEqual(['action'])
  expect(strict.columns[1]?.fields).toContain('instance-tag')
})

test('wrong options throw', () => {
  expect(() => inferFormat([accept], { limit: 0 })).toThrow(
    'limit must be a positive integer, not 0',
  )
  expect(() => inferFormat([accept], { prefer: 'nonsense' })).toThrow('names no field')
})
