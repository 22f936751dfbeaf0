import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from './command.ts'
import { accept, sendJson, serveEndpoint } from './endpoint.test-support.ts'
import { readLedger } from './sent-ledger.ts'

async function run(args: readonly string[], input = '', stop?: AbortSignal) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const written = Promise.all([text(stdout), text(stderr)])
  const status = await runCommand(args, { stdin: Readable.from([input]), stdout, stderr }, stop)
  stdout.end()
  stderr.end()
  const [output, errors] = await written
  return { status, output, errors }
}

test('--help explains, with an example', async () => {
  const { status, output } = await run(['--help'])
  expect(status).toBe(0)
  expect(output).toContain('Example: an hour of traffic')
})

test('--print writes the lines', async () => {
  const args = ['--print', '--generate', '--minutes', '2', '--no-incidents', '--format', 'v5']
  const { status, output } = await run(args)
  expect(status).toBe(0)
  expect(output.split('\n').length).toBeGreaterThan(20)
  expect(output.split('\n')[0]!.split(' ').length).toBe(29)
})

test('--generate delivers traffic and prints the account', async () => {
  const { url, requests } = await serveEndpoint(accept)
  const args = ['--url', url, '--generate', '--minutes', '1', '--access-key', 'key', '--gzip']
  const { status, output, errors } = await run([...args, '--attribute', 'env=a=b'])
  const report = JSON.parse(output)
  expect(status).toBe(0)
  expect(report.lines.delivered).toBe(report.lines.in)
  expect(report.lines.in).toBeGreaterThan(5_000)
  expect(errors).toContain('flood: 2026-01-01T00:00:00.000Z to 2026-01-01T00:01:00.000Z, 1500')
  expect(requests[0]!.headers).toMatchObject({
    'x-amz-firehose-access-key': 'key',
    'x-amz-firehose-common-attributes': '{"commonAttributes":{"env":"a=b"}}',
    'content-encoding': 'gzip',
  })
})

test('--lines delivers a file or stdin, and says when it could not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firehose-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { url, requests } = await serveEndpoint((response, request) =>
    requests.length > 2 ? sendJson(response, 500, {}) : accept(response, request),
  )
  const file = join(folder, 'lines')
  await writeFile(file, 'one\r\n\ntwo\n')
  const args = ['--url', url, '--retry-seconds', '0', '--error-folder', folder]
  expect((await run([...args, '--lines', file])).status).toBe(0)
  expect((await run([...args, '--lines', '-'], 'three')).status).toBe(0)
  expect(requests.map(({ records }) => records.map(String))).toEqual([
    ['{"message":"one"}\n', '{"message":"two"}\n'],
    ['{"message":"three"}\n'],
  ])
  const failed = await run([...args, '--lines', file])
  expect(failed.status).toBe(1)
  expect(JSON.parse(failed.output).lines).toMatchObject({ in: 2, delivered: 0, errored: 2 })
  expect(failed.errors).toContain('attempt 1 of 2 records failed: The following response')
})

test('--ledger accounts for the lines by outcome, once each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firehose-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { url } = await serveEndpoint(accept)
  const lines = [
    '2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 3 180 1 2 ACCEPT OK',
    '2 1 eni-1 10.0.0.1 10.0.0.2 1 3 6 4 240 1 2 ACCEPT OK',
    '2 1 eni-1 10.0.0.1 10.0.0.2 1 4 6 1 40 1 2 REJECT OK',
    '2 1 eni-1 - - - - - - - 1 2 - NODATA',
  ]
  const [keyFile, ledger] = [join(folder, 'key'), join(folder, 'ledger')]
  await writeFile(keyFile, 'secret\n')
  const args = ['--url', url, '--access-key-file', keyFile, '--ledger', ledger, '--lines', '-']
  const { status, output } = await run([...args, '--duplicate-rate', '1'], lines.join('\n'))
  expect(status).toBe(0)
  expect(readLedger(ledger)).toEqual({
    ended: true,
    report: JSON.parse(output),
    outcomes: {
      ACCEPT: { lines: 2, packets: 7, bytes: 420 },
      REJECT: { lines: 1, packets: 1, bytes: 40 },
      NODATA: { lines: 1, packets: 0, bytes: 0 },
    },
  })
})

test('a signal ends the run, and what was put in is delivered', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firehose-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { url } = await serveEndpoint(accept)
  const ledger = join(folder, 'ledger')
  const args = ['--url', url, '--generate', '--rate', '500', '--ledger', ledger]
  const { status } = await run(args, '', AbortSignal.timeout(300))
  const { ended, report, outcomes } = readLedger(ledger)
  const sent = Object.values(outcomes).reduce((sum, { lines }) => sum + lines, 0)
  expect({ status, ended, sent }).toEqual({ status: 0, ended: true, sent: report.lines.delivered })
  expect(sent).toBeGreaterThan(0)
  expect(sent).toBeLessThan(10_000)
})

test.each([
  [['--url', 'http://x/'], 'Either --generate or --lines FILE is needed.'],
  [['--generate'], '--url URL is needed (or --print).'],
  [['--generate', '--minutes', 'x', '--print'], '--minutes: not a number: x'],
  [['--print', '--lines', '/does/not/exist'], 'ENOENT'],
  [
    ['--generate', '--url', 'http://x/', '--attribute', 'x'],
    '--attribute: NAME=TEXT is expected: x',
  ],
  [['--generate', '--url', 'http://x/', '--source', 'x'], "source: neither 'direct' nor"],
  [['--nonsense'], "Unknown option '--nonsense'"],
])('exit status 2: %j', async (args, message) => {
  const { status, errors } = await run(args)
  expect(status).toBe(2)
  expect(errors).toContain(message)
})
