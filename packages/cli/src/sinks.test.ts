import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { FluentServer } from '@fluent-org/logger'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

const header =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
const bad =
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 six 20 4249 1418530010 1418530070 REJECT OK'
const line = (port: number) =>
  `2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 ${port} 22 6 20 4249 1418530010 1418530070 ACCEPT OK`

/** The OCSF event of a line from a file. */
function eventOf(text: string, key: string) {
  const transform = createTransform({ mapping: createOcsfMapping() })
  return JSON.parse(Buffer.from(transform(text, { key }).output).toString())
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  mkdirSync(join(folder, 'logs/day'), { recursive: true })
  writeFileSync(join(folder, 'logs/day/a.log'), `${header}\n${line(1)}\n${bad}\n`)
  writeFileSync(join(folder, 'logs/b.log'), `${header}\n${line(2)}\n${line(3)}\n`)
  writeFileSync(join(folder, 'logs/.hidden'), 'nothing')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function flowlogs(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  child.stdin.end()
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((done) => child.on('close', done)),
  ])
  return { status, stdout, stderr: stderr.replace(/^lanes .*\n/m, '') }
}

interface Received {
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly lines: readonly unknown[]
}

/** A server that answers by a function, and remembers what it was asked. */
async function createReceiver(answer: (received: Received) => readonly [number, unknown]) {
  const requests: Received[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = await buffer(request)
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const received = {
      url: request.url,
      authorization: request.headers.authorization,
      lines: plain
        .toString()
        .split('\n')
        .filter((each) => each !== '')
        .map((each) => JSON.parse(each)),
    }
    requests.push(received)
    const [status, reply] = answer(received)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { requests, place: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Takes documents as `_bulk` does. */
function bulk({ lines }: Received): readonly [number, unknown] {
  const items = lines
    .filter((_, index) => index % 2 === 0)
    .map((action) => ({ create: { ...(action as { create: object }).create, status: 201 } }))
  return [200, { errors: false, items }]
}

describe('convert --out', () => {
  test('opensearch+http: each event once, by its id; secrets from the environment', async () => {
    const { requests, place } = await createReceiver(bulk)
    const out = `opensearch+http://${place}/ocsf`
    const run = await flowlogs(
      ['convert', '--to', 'ocsf', '--out', out, '--dead-letter', 'dead.ndjson', 'logs'],
      { FLOWLOGS_OPENSEARCH_USERNAME: 'admin', FLOWLOGS_OPENSEARCH_PASSWORD: 'secret' },
    )
    expect(run).toStrictEqual({
      status: 0,
      stdout: '',
      stderr: [
        'lines         6',
        'emitted       3',
        'rejected      1  bad_integer 1',
        'header        2',
        'accepted      3  by the receiver',
        'dead letters  1  bad_integer 1',
        '',
      ].join('\n'),
    })
    const events = [
      eventOf(line(2), 'logs/b.log'),
      eventOf(line(3), 'logs/b.log'),
      eventOf(line(1), 'logs/day/a.log'),
    ]
    expect(requests).toStrictEqual([
      {
        url: expect.stringMatching(/^\/ocsf\/_bulk\b/),
        authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}`,
        lines: events.flatMap((event) => [{ create: { _id: event.metadata.uid } }, event]),
      },
    ])
    const dead = JSON.parse(readFileSync(join(folder, 'dead.ndjson'), 'utf8'))
    expect(dead.rejection).toStrictEqual({
      code: 'bad_integer',
      field: 'protocol',
      value: 'six',
      line: bad,
      origin: { key: 'logs/day/a.log', line: 3 },
    })
  })

  test('splunk+http: envelopes with times in seconds; the token from a file', async () => {
    const { requests, place } = await createReceiver(() => [200, { text: 'Success', code: 0 }])
    writeFileSync(join(folder, 'token'), 'b0221cd8-c4b4-465a-9a3c-273e3a75aa29\n')
    const run = await flowlogs(
      ['convert', '--to', 'ocsf', '--out', `splunk+http://${place}?index=network`, 'logs/b.log'],
      { FLOWLOGS_SPLUNK_TOKEN_FILE: 'token' },
    )
    expect(run.status).toBe(0)
    expect(requests).toStrictEqual([
      {
        url: '/services/collector/event',
        authorization: 'Splunk b0221cd8-c4b4-465a-9a3c-273e3a75aa29',
        lines: [2, 3].map((port) => ({
          time: 1418530010,
          sourcetype: 'ocsf:aws:vpcflow',
          index: 'network',
          event: eventOf(line(port), 'logs/b.log'),
        })),
      },
    ])
  })

  test('dir: and security-lake: with a directory', async () => {
    const out = 'security-lake:lake?source=flowlogs&region=eu-west-1'
    expect((await flowlogs(['convert', '--to', 'ocsf', '--out', out, 'logs'])).status).toBe(0)
    expect(readdirSync(join(folder, 'lake'), { recursive: true })).toContainEqual(
      expect.stringMatching(
        /^ext\/flowlogs\/region=eu-west-1\/accountId=123456789010\/eventDay=20141214\/\w+\.parquet$/,
      ),
    )
    const run = await flowlogs(['convert', '--to', 'ocsf', '--out', 'dir:files', 'logs/b.log'])
    expect(run.status).toBe(0)
    const [name = ''] = readdirSync(join(folder, 'files'))
    const written = readFileSync(join(folder, 'files', name), 'utf8')
      .trim()
      .split('\n')
    expect(written.map((each) => JSON.parse(each))).toStrictEqual(
      [2, 3].map((port) => eventOf(line(port), 'logs/b.log')),
    )
  })

  test('otlp+http: requests of log records', async () => {
    const { requests, place } = await createReceiver(() => [200, {}])
    const out = `otlp+http://${place}/v1/logs`
    const run = await flowlogs(['convert', '--to', 'otlp', '--out', out, 'logs/b.log'])
    expect(run.stderr).toContain('accepted  2  by the receiver\n')
    const [{ resourceLogs }] = requests.flatMap(({ lines }) => lines) as [
      { resourceLogs: { scopeLogs: { logRecords: object[] }[] }[] },
    ]
    expect(
      resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((each) => each.logRecords)),
    ).toHaveLength(2)
  })
})

test('forward: acknowledged, with a tag for each event', async () => {
  const entries: unknown[] = []
  const server = new FluentServer({ listenOptions: { port: 0, host: '127.0.0.1' } })
  server.on('entry', (tag, _time, record) => entries.push([tag, record.srcport]))
  await server.listen()
  onTestFinished(() => server.close())
  // The server does not tell its port.
  const { port } = (server as unknown as { server: Server }).server.address() as AddressInfo
  const out = `forward://127.0.0.1:${port}?tag=vpc.\${action}`
  const run = await flowlogs(['convert', '--to', 'json', '--out', out, 'logs'])
  expect(run.stderr).toContain('accepted  3  by the receiver\n')
  expect(entries).toStrictEqual([
    ['vpc.ACCEPT', 2],
    ['vpc.ACCEPT', 3],
    ['vpc.ACCEPT', 1],
  ])
})

describe('--checkpoint', () => {
  test('a run that was interrupted is taken up, and sends nothing twice', async () => {
    let isUp = false
    const { requests, place } = await createReceiver((received) =>
      isUp || !/"port":1[,}]/.test(JSON.stringify(received.lines))
        ? bulk(received)
        : [401, { error: 'no' }],
    )
    const args = ['convert', '--to', 'ocsf', '--out', `opensearch+http://${place}/ocsf`]
    const [first, second] = [
      await flowlogs([...args, '--checkpoint', 'done', 'logs/b.log']),
      await flowlogs([...args, '--checkpoint', 'done', 'logs']),
    ]
    expect([first.status, second.status]).toStrictEqual([0, 1])
    expect(second.stderr).toBe('flowlogs: the server answered with status 401\n')
    isUp = true
    requests.length = 0
    const third = await flowlogs([...args, '--checkpoint', 'done', 'logs'])
    expect(third.stderr).toMatch(/^accepted +1 .*\nskipped +1 /m)
    expect(requests.flatMap(({ lines }) => lines)).toHaveLength(2)
    expect((await flowlogs([...args, '--checkpoint', 'done', 'logs'])).stderr).toMatch(/skipped +2/)
  })
})

describe('replay', () => {
  test('sends what was refused, and rejected lines in a format that fits', async () => {
    const { place } = await createReceiver(({ lines }) => {
      const reason = { status: 400, error: { type: 'mapper_parsing_exception', reason: 'no' } }
      const items = lines
        .filter((_, index) => index % 2 === 0)
        .map((action) => ({ create: { ...(action as { create: object }).create, ...reason } }))
      return [200, { errors: true, items }]
    })
    const refused = await flowlogs([
      'convert',
      '--to',
      'ocsf',
      '--out',
      `opensearch+http://${place}/ocsf`,
      '--dead-letter',
      'dead.ndjson',
      'logs/day',
    ])
    expect(refused.stderr).toMatch(
      /^dead letters +2 +(mapper_parsing_exception 1, bad_integer 1|bad_integer 1, mapper_parsing_exception 1)$/m,
    )
    const args = ['replay', 'dead.ndjson', '--out', 'dir:fixed']
    expect((await flowlogs(args)).stderr).toBe(
      [
        'events                1  sent as they were',
        'lines                 0  read again',
        'accepted              1  by the receiver',
        'left                  1  lines left alone',
        '',
      ].join('\n'),
    )
    const [name = ''] = readdirSync(join(folder, 'fixed'))
    expect(JSON.parse(readFileSync(join(folder, 'fixed', name), 'utf8'))).toStrictEqual(
      eventOf(line(1), 'logs/day/a.log'),
    )
    const format = header.replace('protocol', 'protocol-name')
    const again = await flowlogs([...args, '--to', 'json', '--format', format])
    expect(again.stderr).toMatch(/^lines +1 +read again\naccepted +1 /m)
  })
})

describe('siem setup', () => {
  test('installs the template, and writes dashboards', async () => {
    const { requests, place } = await createReceiver(({ url }) =>
      url === '/'
        ? [200, { tagline: 'The OpenSearch Project: https://opensearch.org/' }]
        : [200, {}],
    )
    const url = `opensearch+http://${place}/ocsf`
    const run = await flowlogs(['siem', 'setup', '--dashboards', 'objects.ndjson', url])
    expect(run).toStrictEqual({
      status: 0,
      stdout: '',
      stderr:
        'installed _index_template/flowlogs-ocsf (opensearch)\nwrote 10 saved objects to objects.ndjson\n',
    })
    expect(requests.map((request) => request.url)).toStrictEqual([
      '/',
      '/_index_template/flowlogs-ocsf',
    ])
    const objects = readFileSync(join(folder, 'objects.ndjson'), 'utf8').trim().split('\n')
    expect(objects.map((each) => JSON.parse(each).type)).toContain('dashboard')
  })
})

describe('one line says what is wrong', () => {
  test.each([
    [
      ['--out', 'splunk+https://host:8088'],
      "the token of Splunk's HTTP Event Collector is missing",
    ],
    [['--out', 'opensearch+https://host'], 'OpenSearch is opensearch+https://HOST:PORT/INDEX'],
    [['--out', 'opensearch+https://u:p4ss@host/i'], 'credentials do not belong into --out'],
    [['--out', 'opensearch+https://host/i?sing=es'], '"sing" is no parameter of'],
    [['--out', 'opensearch+https://host/i?sign=x'], 'sign is es or aoss in --out, not x'],
    [['--out', 'security-lake:s3://bucket'], 'Security Lake is security-lake:s3://BUCKET?'],
    [['--out', 'dir:'], 'dir: is followed by the path of a directory'],
    [['--out', 'otlp+http://host/v1/logs'], 'otlp URLs go with --to otlp'],
    [
      ['--out', 'forward://host:1?tag=x', '--dead-letter', 'd'],
      '--dead-letter is not for forward:',
    ],
    [['--dead-letter', 'd'], '--dead-letter goes with a sink'],
    [['--checkpoint', 'c'], '--checkpoint goes with a sink'],
  ])('%j', async (args, message) => {
    const run = await flowlogs(['convert', '--to', 'ocsf', ...args, 'logs/b.log'])
    expect([run.status, run.stdout]).toStrictEqual([2, ''])
    expect(run.stderr).toContain(message)
    expect(run.stderr.split('\n')).toHaveLength(2)
    expect(run.stderr).not.toContain('p4ss')
  })
})
