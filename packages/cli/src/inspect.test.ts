import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runFlowlogs } from './flowlogs.test-support.ts'
import type { Inspection } from './inspection.ts'

const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
const accept =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const ping =
  '2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK'
const bad =
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 six 20 4249 1418530010 1418530070 REJECT OK'
const skipdata =
  '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - SKIPDATA'
const text = [header, accept, ping, bad, skipdata].map((line) => `${line}\n`).join('')

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-inspect-'))
  writeFileSync(join(folder, 'flow.log.gz'), gzipSync(text))
})

afterAll(() => rmSync(folder, { recursive: true }))

function inspect(args: readonly string[], input: string | Uint8Array = ''): Inspection {
  const { stdout, stderr, status } = runFlowlogs(['inspect', '--json', ...args], {
    cwd: folder,
    input,
  })
  expect({ stderr, status }).toStrictEqual({ stderr: '', status: 0 })
  return JSON.parse(stdout)
}

test('a file with a header line', () => {
  const { dialects, reminders, ...found } = inspect(['flow.log.gz'])
  expect(found).toStrictEqual({
    input: { name: 'flow.log.gz', bytes: gzipSync(text).length },
    envelope: ['gzip', 'text'],
    format: {
      ground: 'header',
      names: header,
      logFormat: header.replaceAll(/\S+/g, '${$&}'),
      known: 'v2',
    },
    isWhole: true,
    ledger: {
      ...{ lines: 5, emitted: 3, nodata: 0, skipdata: 0, filtered: 0, merged: 0 },
      ...{ rejected: 1, header: 1, blank: 0, control: 0, filters: {}, notes: {} },
      rejections: { bad_integer: 1 },
      lanes: expect.any(Object),
    },
    statistics: {
      time: { first: '2014-12-14T04:06:50.000Z', last: '2015-05-29T16:32:22.000Z' },
      status: { OK: 2, SKIPDATA: 1 },
      action: { ACCEPT: 2, '-': 1 },
      protocol: { 6: 1, 1: 1, '-': 1 },
      direction: { unknown: 2, ingress: 1 },
      directionRules: { 'no-evidence': 1, 'private-addresses': 1, 'no-traffic': 1 },
      initiator: { source: 1, unknown: 2 },
      initiatorRules: { 'service-port': 1, 'no-ports': 1, 'no-traffic': 1 },
      odd: { reversed: 0, long: 0, future: 0 },
    },
    rejections: [
      {
        code: 'bad_integer',
        example: '"six" is not an integer that "protocol" can hold',
        line: bad,
        number: 4,
        count: 1,
      },
    ],
    warnings: [
      '1 SKIPDATA record: AWS lost records of that interface and time, so that what is not here may have happened all the same.',
    ],
  })
  expect(reminders).toHaveLength(4)
  expect(dialects).toMatchObject({
    line: accept,
    record: { srcaddr: '172.31.16.139', bytes: 4249, action: 'ACCEPT' },
    ocsf: { class_uid: 4001, src_endpoint: { ip: '172.31.16.139', port: 20641 } },
    opentelemetry: {
      timeUnixNano: '1418530010000000000',
      resource: { 'cloud.account.id': '123456789010' },
      attributes: { 'source.address': '172.31.16.139', 'source.port': 20641 },
    },
    ecs: { source: { ip: '172.31.16.139', port: 20641 } },
    fluent: { time: 1418530010, record: { srcaddr: '172.31.16.139' } },
  })
})

describe('whatever the envelope, the lines are the same', () => {
  const payload = JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789010',
    logGroup: 'flows',
    logStream: 'eni-1235b8ca123456789-all',
    subscriptionFilters: ['all'],
    logEvents: [accept, ping].map((message, id) => ({
      id: `${id}`,
      timestamp: 1418530010000,
      message,
    })),
  })
  const names = header.split(' ')
  const named = Object.fromEntries(names.map((name, index) => [name, accept.split(' ')[index]]))
  const parquet = parquetWriteBuffer({
    columnData: ['srcaddr', 'dstaddr', 'action'].map((name) => ({
      name,
      data: [String(named[name])],
      type: 'STRING',
    })),
  })

  test.each<[string, string | Uint8Array, readonly string[], object]>([
    ['text', `${header}\n${accept}\n${ping}`, ['text'], { ACCEPT: 2 }],
    [
      'CloudWatch Logs',
      gzipSync(payload),
      ['gzip', 'CloudWatch Logs payload', 'text'],
      { ACCEPT: 2 },
    ],
    ['names', JSON.stringify(named), ['record with field names'], { ACCEPT: 1 }],
    ['Parquet', new Uint8Array(parquet), ['Parquet'], { ACCEPT: 1 }],
  ])('%s', (_, input, envelope, action) => {
    const found = inspect(['--format', 'v2'], input)
    expect([found.envelope, found.statistics.action, found.isWhole]).toStrictEqual([
      envelope,
      action,
      true,
    ])
    expect(found.format.names?.split(' ')).toContain('srcaddr')
    expect(found.dialects?.record).toMatchObject({ srcaddr: '172.31.16.139' })
  })
})

describe('the format without a header line', () => {
  const many = Array.from({ length: 40 }, (_, index) => {
    const [start, bytes] = [1418530010 + index, 4249 + index]
    return `2 123456789010 eni-1235b8ca12345678${index % 9} 172.31.16.139 172.31.16.${index} ${20641 + index} ${22 + index} ${index % 2 ? 6 : 17} ${index + 1} ${bytes} ${start} ${start + 50} ACCEPT OK\n`
  }).join('')

  test('is recognised, and the others that fit are told', () => {
    const { format, warnings } = inspect([], many)
    expect([format.ground, format.names, format.known]).toStrictEqual(['recognised', header, 'v2'])
    expect(format.inference?.formats).toHaveLength(12)
    expect(warnings).toStrictEqual([])
  })

  test('is unknown: only what is certain is counted', () => {
    const { format, statistics, dialects, warnings } = inspect([], '10.0.0.1 10.0.0.2 ACCEPT\n')
    expect([format.ground, format.names, dialects]).toStrictEqual(['unknown', undefined, undefined])
    expect([statistics.action, statistics.direction]).toStrictEqual([{ ACCEPT: 1 }, { unknown: 1 }])
    expect(warnings).toStrictEqual([
      'Lines and rejections are counted by the first of the formats that fit.',
    ])
  })

  test('that was given, and is another one', () => {
    const { format, warnings } = inspect(['--format', 'v5'], many)
    expect([format.ground, format.known]).toStrictEqual(['configured', 'v5'])
    expect(warnings).toStrictEqual([
      'The lines do not look like the format that was given.',
      'Most lines were rejected: the format is probably another one.',
    ])
  })

  test('of a mixed stream, and of files joined together', () => {
    const nat =
      'i-01234567890123456 eni-1111aaaa2222bbbb3 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5\n'
    const mixed = inspect([], `${many}10.0.0.1 10.0.0.2\n${nat}${nat}`)
    expect(mixed.warnings).toStrictEqual([
      'Lines differ in their number of values: most have 14, but there are 2 of 6 (AWS example: NAT gateway), 1 of 2. Several flow logs may share this stream, or lines are damaged.',
    ])
    const joined = inspect([], `${header}\n${accept}\nsrcaddr dstaddr\n10.0.0.1 10.0.0.2\n`)
    expect(joined.warnings).toStrictEqual([
      'More formats that header lines announce further on: 1.',
    ])
    expect(joined.ledger.emitted).toBe(2)
  })

  test('is inferred for convert, aloud, or refused', () => {
    writeFileSync(join(folder, 'many.log'), many)
    writeFileSync(join(folder, 'open.log'), '10.0.0.1 10.0.0.2\n')
    const convert = (...files: string[]) =>
      runFlowlogs(['convert', '--to', 'json', '--format', 'infer', ...files], { cwd: folder })
    const told = convert('flow.log.gz', 'many.log')
    expect([told.status, told.stderr.split('\n')[0]]).toStrictEqual([
      0,
      "flowlogs: many.log: format inferred, others fit, but this one is AWS's: v2",
    ])
    expect(told.stdout.trimEnd().split('\n')).toHaveLength(43)
    expect(convert('open.log')).toStrictEqual({
      status: 2,
      stdout: '',
      stderr:
        'flowlogs: open.log: several formats fit; see flowlogs inspect open.log, and say one with --format\n',
    })
    expect(convert('-').stderr).toBe(
      'flowlogs: --format infer reads files twice, and standard input comes once: see inspect\n',
    )
  })
})

test('clocks that are odd', () => {
  const future = Math.floor(Date.now() / 1000) + 100_000
  const lines = [
    accept.replace('1418530070', '1418530000'),
    accept.replace('1418530070', '1418539999'),
    accept.replaceAll('1418530010', `${future}`).replaceAll('1418530070', `${future}`),
    accept.replace('1418530010', '1418530010000'),
    accept.replace('1418530010', '17'),
  ]
  expect(inspect(['--format', 'v2'], lines.join('\n')).warnings).toStrictEqual([
    'The lines do not look like the format that was given.',
    'Times in milliseconds instead of seconds: 1.',
    'Times that are no plausible Unix times: 1.',
    'Records that end before they start: 1.',
    'Records that span more than the longest aggregation interval: 1.',
    'Records that end in the future: 1.',
  ])
})

test('own networks tell the direction', () => {
  const { statistics } = inspect(['--own', '172.31.0.0/16,10.0.0.0/8', 'flow.log.gz'])
  expect([statistics.direction, statistics.directionRules]).toStrictEqual([
    { internal: 1, ingress: 1, unknown: 1 },
    { 'own-addresses': 2, 'no-traffic': 1 },
  ])
})

test('a large input is read as far as it was said, and that is told', () => {
  const { isWhole, ledger, warnings } = inspect(
    ['--lines', '1000'],
    `${header}\n${`${accept}\n`.repeat(50_000)}`,
  )
  expect(isWhole).toBe(false)
  expect(ledger.lines).toBeLessThan(10_000)
  expect(warnings).toStrictEqual([
    `Only the first ${ledger.lines.toLocaleString('en-US')} lines were read, and all counts are of them; --lines reads more.`,
  ])
  expect(inspect(['--lines', 'all'], `${header}\n${`${accept}\n`.repeat(50_000)}`)).toMatchObject({
    isWhole: true,
    ledger: { lines: 50_001 },
    warnings: [],
  })
})

describe('the report', () => {
  const report = (env: NodeJS.ProcessEnv): string =>
    runFlowlogs(['inspect', 'flow.log.gz'], { cwd: folder, env: { ...process.env, ...env } }).stdout

  test('says it in words', () => {
    expect(report({ COLUMNS: '100', NO_COLOR: '1' })).toContain(
      `envelope    gzip → text
format      v2, said by the header line
LogFormat   \${version} \${account-id} \${interface-id} \${srcaddr} \${dstaddr} \${srcport} \${dstport}
            \${protocol} \${packets} \${bytes} \${start} \${end} \${action} \${log-status}
time        2014-12-14T04:06:50.000Z to 2015-05-29T16:32:22.000Z

Warnings
! 1 SKIPDATA record: AWS lost records of that interface and time, so that what is not here may have
  happened all the same.

Lines
lines     5
emitted   3
rejected  1  bad_integer 1
header    1

Records
status      OK 2, SKIPDATA 1
action      ACCEPT 2, - 1
protocol    1 1, 6 1, - 1
direction   unknown 2, ingress 1 (by no-evidence 1, private-addresses 1, no-traffic 1)
opened by   unknown 2, source 1 (by service-port 1, no-ports 1, no-traffic 1)

Rejections
bad_integer 1; line 4: "six" is not an integer that "protocol" can hold
`,
    )
  })

  test.each([40, 45, 100, 160, 200])('fits into %i columns', (columns) => {
    const lines = report({ COLUMNS: `${columns}`, NO_COLOR: '1' }).split('\n')
    expect(lines.filter((line) => line.length > columns)).toStrictEqual([])
    const titles = lines.find((line) => line.startsWith('record '))?.split(/ +/) ?? ['record']
    expect(titles.slice(0, 2)).toStrictEqual(columns < 80 ? ['record'] : ['record', 'ocsf'])
  })

  test('is in colour only where that is wanted', () => {
    const start = '\u001B['
    expect(report({ NO_COLOR: '1', FORCE_COLOR: undefined })).not.toContain(start)
    expect(report({ NO_COLOR: undefined, FORCE_COLOR: undefined })).not.toContain(start)
    expect(report({ NO_COLOR: undefined, FORCE_COLOR: '1' })).toContain(`${start}1mLines`)
  })
})

test('mistakes on the command line', () => {
  mkdirSync(join(folder, 'two'))
  for (const name of ['a.log', 'b.log']) writeFileSync(join(folder, 'two', name), text)
  const complaint = (...args: string[]) => {
    const { status, stdout, stderr } = runFlowlogs(['inspect', ...args], { cwd: folder })
    expect([status, stdout]).toStrictEqual([2, ''])
    return stderr
  }
  expect(complaint('two')).toBe('flowlogs: inspect reads one file, and two has 2\n')
  expect(complaint('--lines', 'few', 'flow.log.gz')).toBe(
    'flowlogs: --lines few: expected a number, or all\n',
  )
  expect(complaint('--own', '10.0.0.0/99', 'flow.log.gz')).toContain('is not a network')
  expect(complaint('--format', 'nonsense', 'flow.log.gz')).toContain('names no field')
})
