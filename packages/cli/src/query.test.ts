import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createLineGenerator, createRandom } from '@flowlogs/conformance'
import { parseFormat } from '@flowlogs/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Run, runFlowlogs, runFlowlogsRaw, startFlowlogs } from './flowlogs.test-support.ts'

let folder: string

const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
const lines = [
  '2 123456789012 eni-1 198.51.100.7 10.0.1.10 50001 443 6 10 5000 1763712000 1763712010 ACCEPT OK',
  '2 123456789012 eni-1 10.0.1.10 198.51.100.7 443 50001 6 12 60000 1763712000 1763712012 ACCEPT OK',
  '2 123456789012 eni-1 203.0.113.66 10.0.1.10 55000 22 6 1 44 1763715600 1763715601 REJECT OK',
  '2 123456789012 eni-2 - - - - - - - 1763715600 1763715660 - NODATA',
]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-query-test-'))
  writeFileSync(join(folder, 'flow.log'), `${header}\n${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'flow.log.gz'), gzipSync(`${lines.join('\n')}\n`))
  const messages = lines.map((message) => `${JSON.stringify({ message })}\n`)
  writeFileSync(join(folder, 'firehose.json'), messages.join(''))
  writeFileSync(join(folder, 'bad.log'), `${lines[0]}\n2 one two\n`)
  writeFileSync(join(folder, 'list.txt'), '203.0.113.0/24 # scanners\n')
})

afterAll(() => rmSync(folder, { recursive: true }))

function query(args: readonly string[], input = ''): Run {
  return runFlowlogs(['query', ...args], { cwd: folder, input })
}

const bySource = `srcaddr       records  packets  bytes
10.0.1.10           1       12  60000  ████████████████████
198.51.100.7        1       10   5000  █▋
203.0.113.66        1        1     44  ▏
`

describe('on a terminal', () => {
  test.each([['flow.log'], ['flow.log.gz'], ['firehose.json']])(
    'a ranking has bars: %s',
    (file) => {
      expect(query(['top', file])).toStrictEqual({ status: 0, stdout: bySource, stderr: '' })
    },
  )

  test('standard input, filters and parameters', () => {
    const args = ['top', '--of', 'dstport', '--by', 'records', '--action', '!ACCEPT', '-']
    expect(query(args, `${lines.join('\n')}\n`).stdout).toBe(`dstport  22
records   1
packets   1
bytes    44
`)
  })

  test('a line over time', () => {
    expect(
      query(['timeline', 'flow.log']).stdout,
    ).toBe(`time                 records  packets  bytes  accepted  rejected
2025-11-21 08:00:00        2       22  65000         2         0
2025-11-21 09:00:00        1        1     44         0         1

bytes  █▁
`)
  })

  test('a list of addresses is a file', () => {
    expect(query(['indicators', 'flow.log', '--addresses', 'list.txt', '--to', 'csv']).stdout).toBe(
      [
        'indicator,srcaddr,dstaddr,dstport,action,records,packets,bytes,first_seen,last_seen',
        '203.0.113.0/24,203.0.113.66,10.0.1.10,22,REJECT,1,1,44,2025-11-21 09:00:00,2025-11-21 09:00:01\n',
      ].join('\n'),
    )
  })

  test('nothing found', () => {
    expect(query(['port-scans', 'flow.log']).stdout).toBe('no rows\n')
  })

  test('rejected lines are told', () => {
    const { status, stderr } = query(['summary', 'bad.log'])
    expect({ status, stderr }).toStrictEqual({
      status: 0,
      stderr: 'flowlogs: 1 of 2 lines were rejected; flowlogs convert --rejects shows them\n',
    })
  })

  test('lines of another format are told', () => {
    const { status, stderr } = query(['summary', 'bad.log', '--format', 'version srcaddr'])
    expect({ status, stderr }).toStrictEqual({
      status: 0,
      stderr: expect.stringMatching(
        /^flowlogs: (\d+) of \1 lines were rejected; flowlogs inspect tells their format\n$/,
      ),
    })
  })
})

describe('SQL of one’s own', () => {
  const sql = "SELECT srcaddr, bytes FROM flows WHERE in_network(srcaddr, '10.0.0.0/8')"

  test('csv and json', () => {
    expect(query([sql, 'flow.log', '--to', 'csv']).stdout).toBe('srcaddr,bytes\n10.0.1.10,60000\n')
    expect(query([sql, 'flow.log', '--to', 'json']).stdout).toBe(
      '{"srcaddr":"10.0.1.10","bytes":60000}\n',
    )
  })

  test('what is wrong with it is said', () => {
    const { status, stdout, stderr } = query(['SELECT nothing FROM flows', 'flow.log'])
    expect({ status, stdout }).toStrictEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^flowlogs: Binder Error: Referenced column "nothing" not found/)
  })
})

describe('a page', () => {
  test('has the table, a plot and the SQL, and needs nothing from elsewhere', () => {
    query(['top', 'flow.log', '--html', 'top.html'])
    const page = readFileSync(join(folder, 'top.html'), 'utf8')
    expect(page).toContain('<td>10.0.1.10</td><td class="number">1</td>')
    expect(page.match(/<rect /g)).toHaveLength(3)
    expect(page).toContain('WITH flows AS (')
    expect(page).not.toMatch(/(?:src|href)=|url\(|@import|<script/)
  })

  test('with a line, and text that looks like markup', () => {
    query(['timeline', 'flow.log', '--html', 'time.html', '--to', 'csv'])
    expect(readFileSync(join(folder, 'time.html'), 'utf8')).toContain(
      '<polyline points="110.0,16.0 940.0,199.9"',
    )
    query(['SELECT \'<b>&\' AS "a<b"', 'flow.log', '--html', 'sql.html'])
    const page = readFileSync(join(folder, 'sql.html'), 'utf8')
    expect(page).toContain('<th>a&lt;b</th>')
    expect(page).toContain('<td>&lt;b&gt;&amp;</td>')
  })
})

describe('for Athena', () => {
  test('the SQL is printed, and fields that the format lacks are said', () => {
    const args = ['protocols', '--dialect', 'athena', '--print', '--table', 'logs.flows']
    const { status, stdout } = query(args)
    expect({ status, stdout }).toStrictEqual({
      status: 0,
      stdout: `WITH flows AS (
  SELECT protocol, packets, bytes FROM logs.flows
)
SELECT protocol, CASE protocol WHEN 1 THEN 'ICMP' WHEN 2 THEN 'IGMP' WHEN 6 THEN 'TCP' WHEN 17 THEN 'UDP' WHEN 47 THEN 'GRE' WHEN 50 THEN 'ESP' WHEN 51 THEN 'AH' WHEN 58 THEN 'IPv6-ICMP' WHEN 89 THEN 'OSPFIGP' WHEN 112 THEN 'VRRP' WHEN 132 THEN 'SCTP' ELSE CAST(protocol AS varchar) END AS name, count(*) AS records, CAST(sum(packets) AS BIGINT) AS packets, CAST(sum(bytes) AS BIGINT) AS bytes
FROM flows WHERE protocol IS NOT NULL GROUP BY protocol ORDER BY bytes DESC, protocol
`,
    })
    expect(query(['cross-az', '--dialect', 'athena', '--print']).stderr).toBe(
      'flowlogs: the query cross-az needs az_id, flow_direction, which the format does not have\n',
    )
  })
})

describe('help', () => {
  test('lists the queries, and tells the parameters of each', () => {
    const { stdout } = query(['--list'])
    expect(stdout).toContain('│ exfiltration     │ Volumes that leave your networks')
    const help = query(['exfiltration', '--help']).stdout
    expect(help).toContain('--bytes <number>        bytes out at least (default: 1000000000)')
    expect(help).toContain('--since <time>          flows that began then or later')
    expect(query(['--help']).stdout).toContain('flowlogs query top-talkers --last 1h')
  })

  test.each([
    [['nothing'], 2, 'there is no query "nothing"; see flowlogs query --list'],
    [[], 2, 'ask something: a NAME of --list, or SQL'],
    [['top', 'flow.log', '--limit', 'few'], 2, '"few" is no whole number'],
    [
      ['top', 'flow.log', '--src', '10.0.0.0/99'],
      2,
      '"10.0.0.0/99" is not a network: the prefix has 0 to 32 bits',
    ],
    [['top', 'flow.log', '--of', 'nothing'], 2, '"nothing" is no column of flows'],
    [
      ['top', 'flow.log', '--since', 'noon'],
      2,
      '"noon" is no time, such as 2026-01-31 or 2026-01-31T08:00:00Z',
    ],
    [['top', 'flow.log', '--dialect', 'athena'], 2, '--dialect athena goes with --print'],
    [['indicators', 'flow.log'], 2, '--addresses FILE is missing'],
    [['address-families', 'gone.log'], 1, 'cannot read gone.log: no such file'],
    [
      ['cross-az', 'flow.log'],
      1,
      'the query cross-az needs az_id, flow_direction, which no record here has',
    ],
  ])('%j', (args, status, message) => {
    expect(query(args)).toStrictEqual({ status, stdout: '', stderr: `flowlogs: ${message}\n` })
  })
})

describe('OCSF events give back the records they were made of', () => {
  const { columns } = parseFormat('v5')
  const keys = columns.map(({ key }) => key).filter((key) => !key.startsWith('pkt_'))
  const sql = `SELECT ${keys.map((key) => `"${key}"`).join(', ')} FROM flows ORDER BY ALL`

  beforeAll(() => {
    const generate = createLineGenerator(columns, createRandom(7))
    const values = Array.from({ length: 4000 }, generate)
    const at = (name: string): number => columns.findIndex((column) => column.name === name)
    // OCSF says less of others: of accounts that AWS does not know, of times that are none, of verdicts that are new.
    const told = values.filter(
      (each) =>
        /^\d{12}$/.test(each[at('account-id')] ?? '') &&
        ['start', 'end'].every((name) => /^1\d{9}$/.test(each[at(name)] ?? '')) &&
        /^(?:ACCEPT|REJECT)$/.test(each[at('action')] ?? '') &&
        /^(?:ingress|egress|-)$/.test(each[at('flow-direction')] ?? '') &&
        /^IPv[46]$/.test(each[at('type')] ?? '') &&
        ['srcaddr', 'dstaddr'].every((name) => each[at(name)] !== '-'),
    )
    expect(told.length).toBeGreaterThan(50)
    const text = told.map((each) => each.join(' ')).join('\n')
    writeFileSync(join(folder, 'v5.log'), `${parseFormat('v5').text}\n${text}\n`)
    const events = runFlowlogs(['convert', '--to', 'ocsf', 'v5.log'], { cwd: folder })
    writeFileSync(join(folder, 'events.ndjson'), events.stdout)
    writeFileSync(join(folder, 'events.ndjson.gz'), gzipSync(events.stdout))
    const lake = ['--to', 'ocsf', '--out', 'security-lake:lake?source=flows&region=eu-west-1']
    expect(runFlowlogs(['convert', ...lake, 'v5.log'], { cwd: folder }).status).toBe(0)
  })

  test.each([['events.ndjson'], ['events.ndjson.gz'], ['lake']])('%s', (file) => {
    expect(existsSync(join(folder, file))).toBe(true)
    const [expected, found] = ['v5.log', file].map((each) => {
      const { stdout, stderr } = query([sql, each, '--to', 'json'])
      return { rows: stdout.split('\n'), stderr }
    })
    expect(found).toStrictEqual(expected)
    expect(found?.rows.length).toBeGreaterThan(50)
  })
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s leaves nothing behind', async (signal) => {
  const own = mkdtempSync(join(folder, 'tmp-'))
  const child = startFlowlogs(['query', 'summary', '-'], { ...process.env, TMPDIR: own })
  child.stdin.write(`${lines[0]}\n`)
  while (readdirSync(own).length === 0) await new Promise((done) => setTimeout(done, 20))
  child.kill(signal)
  const [code] = await once(child, 'exit')
  expect({ code, left: readdirSync(own) }).toStrictEqual({
    code: signal === 'SIGINT' ? 130 : 143,
    left: [],
  })
})

test('without DuckDB it says what is missing, and everything else goes on', () => {
  const withoutDuckdb = `import { registerHooks } from 'node:module'
    registerHooks({ resolve(specifier, context, next) {
      if (specifier !== '@duckdb/node-api') return next(specifier, context)
      throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
    } })`
  const url = `data:text/javascript,${encodeURIComponent(withoutDuckdb)}`
  const env = { ...process.env, NODE_OPTIONS: `--import=${url}` }
  const run = (...args: string[]): Run => runFlowlogs(args, { cwd: folder, env })
  expect(run('query', 'top', 'flow.log')).toStrictEqual({
    status: 1,
    stdout: '',
    stderr:
      'flowlogs: flowlogs query runs on DuckDB, which is not here: npm install --global @duckdb/node-api\n',
  })
  expect(run('convert', '--to', 'json', 'flow.log').status).toBe(0)
  expect(run('query', 'protocols', '--print').stdout).toContain('SELECT * FROM main.flows')
})

test('Parquet: an answer can be kept, and asked again', () => {
  const sql = 'SELECT * EXCLUDE (start_time, end_time, unmapped) FROM flows'
  const { stdout } = runFlowlogsRaw(['query', sql, 'flow.log', '--to', 'parquet'], { cwd: folder })
  writeFileSync(join(folder, 'kept.parquet'), stdout)
  expect(query(['top', 'kept.parquet'])).toStrictEqual({ status: 0, stdout: bySource, stderr: '' })
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('flowlogs-answer-'))).toEqual([])
})
