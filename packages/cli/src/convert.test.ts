import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadCases } from '@flowlogs/conformance'
import { createTransform, recordMapping } from '@flowlogs/core'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

const accepted =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const rejected =
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK'
const bad =
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 six 20 4249 1418530010 1418530070 REJECT OK'
const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'

const cases = loadCases()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  writeFileSync(join(folder, 'accepted.log'), `${header}\n${accepted}\n`)
  writeFileSync(join(folder, 'rejected.log.gz'), gzipSync(`${header}\n${rejected}\n`))
  writeFileSync(join(folder, 'bad.log'), `${header}\n${bad}\n\n`)
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Runs `flowlogs convert` to its end. */
function convert(args: readonly string[], input: string | Uint8Array = '') {
  return flowlogs(['convert', ...args], input)
}

/** Runs a command; the row that says which lane took the lines has a test of its own. */
function flowlogs(args: readonly string[], input: string | Uint8Array = '') {
  const { status, stdout, stderr } = run(args, input)
  return { status, stdout, stderr: stderr.replace(/^lanes .*\n/m, '') }
}

function run(args: readonly string[], input: string | Uint8Array) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  })
  return { status, stdout, stderr }
}

function base64(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64')
}

/** Lines as AWS writes them to Parquet: names with underscores, numbers as such. */
function parquet(lines: readonly string[]): Uint8Array {
  const names = header.replaceAll('-', '_').split(' ')
  const rows = lines.map((line) => line.split(' '))
  const columnData = names.map((name, column) => {
    const values = rows.map((row) => row[column] ?? '')
    if (/^(packets|bytes|start|end)$/.test(name)) {
      return { name, data: values.map(BigInt), type: 'INT64' as const }
    }
    return /^(version|srcport|dstport|protocol)$/.test(name)
      ? { name, data: values.map(Number), type: 'INT32' as const }
      : { name, data: values, type: 'STRING' as const }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

function written(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

const transform = createTransform({ mapping: recordMapping })

function records(...lines: readonly string[]): string {
  return Buffer.from(transform(lines.join('\n')).output).toString()
}

describe('shapes', () => {
  const some = cases.filter(
    ({ name }) => /^(aws|s3|firehose)-/.test(name) && !name.endsWith('data'),
  )
  const input = Buffer.concat(some.map((each) => each.input))

  test.each(['1.1.0', '1.3.0', '1.5.0', '1.8.0'])('ocsf %s', (version) => {
    const { status, stdout } = convert(['--to', 'ocsf', '--ocsf-version', version], input)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(status).toBe(0)
    const goldens = some.map((each) => each.goldens[`ocsf-${version}`] as object)
    expect(events).toStrictEqual(goldens.filter((golden) => 'class_uid' in golden))
  })

  test('ocsf is 1.1.0 unless another version is asked for', () => {
    expect(convert(['--to', 'ocsf'], input)).toStrictEqual(
      convert(['--to', 'ocsf', '--ocsf-version', '1.1.0'], input),
    )
  })

  test('ecs and snare', () => {
    const [document, record] = ['ecs', 'snare'].map((shape) =>
      JSON.parse(convert(['--to', shape, 'accepted.log']).stdout),
    )
    expect(document.source).toStrictEqual({
      address: '172.31.16.139',
      ip: '172.31.16.139',
      port: 20641,
      bytes: 4249,
      packets: 20,
    })
    expect(record).toMatchObject({ TABLE: 'AWSVPCFlowLog', TIME: '04:07:50', BYTES: 4249 })
  })

  test('json', () => {
    expect(convert(['--to', 'json', 'accepted.log'])).toStrictEqual({
      status: 0,
      stdout: `{"version":2,"account_id":"123456789010","interface_id":"eni-1235b8ca123456789","srcaddr":"172.31.16.139","dstaddr":"172.31.16.21","srcport":20641,"dstport":22,"protocol":6,"packets":20,"bytes":4249,"start":1418530010,"end":1418530070,"action":"ACCEPT","log_status":"OK"}\n`,
      stderr: 'lines    2\nemitted  1\nheader   1\n',
    })
  })
})

describe('inputs', () => {
  const expected = {
    status: 0,
    stdout: records(accepted, rejected),
    stderr: 'lines    2\nemitted  2\n',
  }
  const messages = [accepted, rejected].map((message) => JSON.stringify({ message }))
  const payload = JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '123456789010',
    logGroup: 'flow-logs',
    logStream: 'eni-1235b8ca123456789-all',
    logEvents: [accepted, rejected].map((message, id) => ({ id: `${id}`, timestamp: 1, message })),
  })
  const inputs = {
    text: `${accepted}\n${rejected}\n`,
    'gzip data': gzipSync(`${accepted}\n${rejected}`),
    'gzip members': Buffer.concat([gzipSync(`${accepted}\n`), gzipSync(rejected)]),
    'messages by line': messages.join('\n'),
    'concatenated messages': messages.join(''),
    'a CloudWatch Logs payload': payload,
    'a compressed payload': gzipSync(payload),
    'a captured Firehose request': JSON.stringify({
      requestId: 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f',
      timestamp: 1578090901599,
      records: messages.map((message) => ({ data: base64(message) })),
    }),
    'a captured Firehose request of payloads': JSON.stringify({
      requestId: 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f',
      timestamp: 1578090901599,
      records: [{ data: base64(gzipSync(payload)) }],
    }),
    "Firehose's backup of what could not be delivered": messages
      .map((message) => `${JSON.stringify({ attemptsMade: 1, rawData: base64(message) })}\n`)
      .join(''),
    'an event of a Lambda function': JSON.stringify({
      awslogs: { data: base64(gzipSync(payload)) },
    }),
    'records with names': records(accepted, rejected),
    'an array of records': JSON.stringify(
      records(accepted, rejected)
        .trim()
        .split('\n')
        .map((record) => JSON.parse(record)),
    ),
    Parquet: parquet([accepted, rejected]),
  }

  test.each(Object.entries(inputs))('%s on standard input', (_, input) => {
    expect(convert(['--to', 'json'], input)).toStrictEqual(expected)
  })

  test('- is standard input, in its place among the files', () => {
    expect(convert(['--to', 'json', '-', 'accepted.log'], rejected)).toStrictEqual({
      status: 0,
      stdout: records(rejected, accepted),
      stderr: 'lines    3\nemitted  2\nheader   1\n',
    })
  })

  test('the key of an S3 object tells whose it is', () => {
    const name = '210987654321_vpcflowlogs_eu-west-1_fl-1234abcd_20180620T1620Z_fe123456.log'
    writeFileSync(join(folder, name), `srcaddr dstaddr\n10.0.0.1 10.0.0.2\n`)
    const { stdout } = convert(['--to', 'ocsf', name])
    expect(JSON.parse(stdout)).toMatchObject({
      cloud: { account: { uid: '210987654321' }, region: 'eu-west-1' },
      time: Date.UTC(2018, 5, 20, 16, 20),
    })
  })

  test('a folder is all files in it, hidden ones excepted', () => {
    mkdirSync(join(folder, 'AWSLogs/b'), { recursive: true })
    writeFileSync(join(folder, 'AWSLogs/b/1.log'), rejected)
    writeFileSync(join(folder, 'AWSLogs/a.log'), accepted)
    writeFileSync(join(folder, 'AWSLogs/.DS_Store'), 'x')
    expect(convert(['--to', 'json', 'AWSLogs'])).toStrictEqual(expected)
    expect(convert(['--to', 'json', '--out', 'file:AWSLogs/a.log', 'AWSLogs'])).toMatchObject({
      status: 2,
      stderr: 'flowlogs: --out would write over the input AWSLogs/a.log\n',
    })
  })

  test('nothing', () => {
    expect(convert(['--to', 'json'])).toStrictEqual({
      status: 0,
      stdout: '',
      stderr: 'lines    0\nemitted  0\n',
    })
  })

  test.each([
    'version account-id srcaddr',
    'version,account_id,srcaddr',
    '${version} ${account-id} ${srcaddr}',
    '$${version} $${account-id} $${srcaddr}',
  ])('--format %s', (format) => {
    expect(convert(['--to', 'json', '--format', format], '2 123456789010 10.0.0.1')).toStrictEqual({
      status: 0,
      stdout: '{"version":2,"account_id":"123456789010","srcaddr":"10.0.0.1"}\n',
      stderr: 'lines    1\nemitted  1\n',
    })
  })
})

describe('outputs', () => {
  const files = ['accepted.log', 'bad.log', 'rejected.log.gz']
  const rejection = `${JSON.stringify({
    code: 'bad_integer',
    field: 'protocol',
    value: 'six',
    line: bad,
    origin: { key: 'bad.log', line: 2 },
  })}\n`

  test('several files go to a file in order, with one account and the rejected lines', () => {
    const outputs = [
      '--out',
      'file:out.ndjson',
      '--rejects',
      'rejects.ndjson',
      '--ledger',
      'l.json',
    ]
    expect(convert(['--to', 'json', ...outputs, ...files])).toStrictEqual({
      status: 0,
      stdout: '',
      stderr: [
        'lines     7',
        'emitted   2',
        'rejected  1  bad_integer 1',
        'header    3',
        'blank     1',
        '',
      ].join('\n'),
    })
    expect(written('out.ndjson')).toBe(records(accepted, rejected))
    expect(written('rejects.ndjson')).toBe(rejection)
    expect(JSON.parse(written('l.json'))).toStrictEqual({
      lines: 7,
      emitted: 2,
      nodata: 0,
      skipdata: 0,
      filtered: 0,
      merged: 0,
      rejected: 1,
      header: 3,
      blank: 1,
      control: 0,
      rejections: { bad_integer: 1 },
      filters: {},
      notes: {},
      lanes: expect.any(Object),
    })
  })

  test('a file URL', () => {
    const url = `file://${join(folder, 'by%20url.ndjson')}`
    expect(convert(['--to', 'json', '--out', url, 'accepted.log']).status).toBe(0)
    expect(written('by url.ndjson')).toBe(records(accepted))
  })

  test('which lane took how many lines', () => {
    const input = `${header}\n${accepted}\n${accepted}\n${rejected}\n${bad}\n`
    expect(run(['convert', '--to', 'ocsf'], input).stderr).toBe(
      'lines     5\nemitted   3\nrejected  1  bad_integer 1\nheader    1\nlanes     kernel 3, object 2\n',
    )
  })

  test('notes and counts by code', () => {
    const input = `\uFEFF${header}\r\n${accepted}  # a comment\n2\n2\n${bad}\n${header}`
    expect(convert(['--to', 'json'], input).stderr).toBe(
      [
        'lines     6',
        'emitted   1',
        'rejected  3  too_few_values 2, bad_integer 1',
        'header    2',
        'notes     byte_order_mark 1, crlf 1, spacing 1, comment 1',
        '',
      ].join('\n'),
    )
  })

  test('--strict exits with 1 when a line was rejected, after everything is written', () => {
    expect(convert(['--to', 'json', '--strict', ...files])).toStrictEqual({
      ...convert(['--to', 'json', ...files]),
      status: 1,
    })
    expect(convert(['--to', 'json', '--strict', 'accepted.log']).status).toBe(0)
  })

  test('a reader that stops reading ends it quietly', async () => {
    const child = spawn(process.execPath, [...command, 'convert', '--to', 'json'], {
      cwd: folder,
      stdio: 'pipe',
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdin.on('error', () => {})
    child.stdin.end(`${accepted}\n`.repeat(100_000))
    child.stdout.once('data', () => child.stdout.destroy())
    const status = await new Promise((done) => child.on('close', done))
    expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' })
  })

  test('memory does not grow with the input', { timeout: 60_000 }, async () => {
    const report = `data:text/javascript,${encodeURIComponent(
      `import { writeSync } from 'node:fs'
      process.on('exit', () => writeSync(2, 'rss ' + process.resourceUsage().maxRSS))`,
    )}`
    const args = ['--import', report, ...command, 'convert', '--to', 'json']
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const block = Buffer.from(`${accepted}\n`.repeat(10_000))
    for (let count = 0; count < 50; count++) {
      if (!child.stdin.write(block)) await new Promise((done) => child.stdin.once('drain', done))
    }
    child.stdin.end()
    const status = await new Promise((done) => child.on('close', done))
    const kibibytes = Number(/rss (\d+)$/.exec(stderr)?.[1])
    expect({ status, stderr: stderr.replace(/rss \d+$/, '') }).toStrictEqual({
      status: 0,
      stderr: 'lines    500,000\nemitted  500,000\nlanes    kernel 500,000\n',
    })
    expect(kibibytes).toBeLessThan(200 * 1024)
  })
})

describe('one line says what is wrong', () => {
  test.each([
    [['convert'], "required option '--to <shape>' not specified"],
    [
      ['convert', '--to', 'xml'],
      "option '--to <shape>' argument 'xml' is invalid. Allowed choices are ocsf, json, otlp, ecs, snare.",
    ],
    [
      ['convert', '--to', 'json', '--strictly'],
      "unknown option '--strictly' (Did you mean --strict?)",
    ],
    [['convrt'], "unknown command 'convrt' (Did you mean convert?)"],
    [
      ['convert', '--to', 'ocsf', '--ocsf-version', '9'],
      'version is one of 1.1.0, 1.3.0, 1.5.0, 1.8.0, not 9',
    ],
    [['convert', '--to', 'json', '--ocsf-version', '1.1.0'], '--ocsf-version goes with --to ocsf'],
    [
      ['convert', '--to', 'json', '--format', 'version version'],
      'the format names the field "version" twice',
    ],
    [
      ['convert', '--to', 'json', '--out', 'x.ndjson'],
      '--out x.ndjson is no destination: it must be file:PATH, or a sink (see --help); for a file, write file:x.ndjson',
    ],
    [
      ['convert', '--to', 'json', '--out', 'kafka://broker'],
      '--out kafka://broker is no destination: it must be file:PATH, or a sink (see --help)',
    ],
    [
      ['convert', '--to', 'json', '--out', 'file:./accepted.log', 'accepted.log'],
      '--out would write over the input accepted.log',
    ],
    [
      ['convert', '--to', 'json', '--rejects', 'new', '--ledger', './new', 'accepted.log'],
      '--ledger would write over what --rejects writes',
    ],
    [['convert', '--to', 'json', '-', '-'], 'standard input (-) can be read only once'],
  ])('%j: exit code 2', (args, message) => {
    expect(flowlogs(args, accepted)).toStrictEqual({
      status: 2,
      stdout: '',
      stderr: `flowlogs: ${message}\n`,
    })
  })

  test.each([
    [['missing.log'], 'cannot read missing.log: no such file'],
    [
      ['--out', 'file:missing/out', 'accepted.log'],
      "cannot write missing/out: ENOENT: no such file or directory, open 'missing/out'",
    ],
  ])('%j: exit code 1', (args, message) => {
    expect(convert(['--to', 'json', ...args])).toStrictEqual({
      status: 1,
      stdout: '',
      stderr: `flowlogs: ${message}\n`,
    })
  })

  test('an input that cannot be read leaves the outputs alone', () => {
    writeFileSync(join(folder, 'kept'), 'from yesterday')
    convert(['--to', 'json', '--out', 'file:kept', 'missing.log'])
    expect(written('kept')).toBe('from yesterday')
  })
})

describe('help', () => {
  const { status, stdout, stderr } = flowlogsHere(['convert', '--help'])

  test('lists every option and shows every spelling of a format', () => {
    expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' })
    const listed = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option)
    expect([...new Set(listed)]).toStrictEqual([
      '--to',
      '--format',
      '--ocsf-version',
      '--out',
      '--rejects',
      '--dead-letter',
      '--checkpoint',
      '--ledger',
      '--threads',
      '--strict',
      '--help',
    ])
    const formats = [...stdout.matchAll(/^ {2}--format ('[^']+'|\S+) {2,}/gm)].map(([, text]) =>
      text?.replaceAll("'", ''),
    )
    expect(formats).toStrictEqual([
      '<format>',
      'v5',
      'version account-id srcaddr dstaddr',
      'version,account_id,srcaddr,dstaddr',
      '${version} ${account-id} ${srcaddr}',
      '$${version} $${account-id}',
      'infer',
    ])
  })

  test('is what flowlogs says without a command', () => {
    expect(flowlogs([])).toStrictEqual(flowlogs(['--help']))
    expect(flowlogs([]).stdout).toContain('convert [options] [FILE...]')
  })

  test('--version', () => {
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
    expect(flowlogs(['--version'])).toStrictEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  function flowlogsHere(args: readonly string[]) {
    return spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8' })
  }
})
