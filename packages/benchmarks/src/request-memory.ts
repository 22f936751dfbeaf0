/** `pnpm bench:requests`: the peak memory of a process that takes one large request from Firehose. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createFirehoseEndpoint } from '@flowlogs/aws'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { serve } from '@hono/node-server'
import { createCorpus } from './corpus.ts'
import { toCloudWatchPayload, toDirectRecord } from './envelopes.ts'
import { writeResults } from './readme.ts'
import { describeMachine } from './report.ts'

const mebibyte = 1024 * 1024
const largestBody = 63.5 * mebibyte
const requestHeaders = { 'content-type': 'application/json', 'x-amz-firehose-request-id': 'r' }

/** The receiver, in a process of its own: tells its port, and after each request its memory. */
function receive(): void {
  let bytes = 0
  const handle = createFirehoseEndpoint({
    accessKeys: 'none',
    transform: createTransform({ format: 'v2', mapping: createOcsfMapping({ version: '1.1.0' }) }),
    deliver: async ({ output }) => {
      bytes += output.length
    },
    log: () => process.send?.({ bytes, peak: process.resourceUsage().maxRSS * 1024 }),
  })
  serve({ fetch: handle, port: 0 }, ({ port }) => {
    process.send?.({ port, idle: process.resourceUsage().maxRSS * 1024 })
  })
}

interface Receiver {
  readonly child: ChildProcess
  readonly port: number
  readonly idle: number
}

/** Starts a receiver; before this process grows, since a child begins with its parent's peak. */
async function startReceiver(): Promise<Receiver> {
  const child = fork(import.meta.filename, ['receive'])
  const [{ port, idle }] = (await once(child, 'message')) as [Omit<Receiver, 'child'>]
  return { child, port, idle }
}

async function measure({ child, port }: Receiver, records: readonly Buffer[]) {
  const data = records.map((record) => ({ data: record.toString('base64') }))
  const body = JSON.stringify({ requestId: 'r', timestamp: 1, records: data })
  const taken = once(child, 'message') as Promise<[{ bytes: number; peak: number }]>
  const url = `http://127.0.0.1:${port}/`
  const { status } = await fetch(url, { method: 'POST', headers: requestHeaders, body })
  if (status !== 200) throw new Error(`the endpoint answered ${status}`)
  const [{ bytes, peak }] = await taken
  child.kill()
  return { size: body.length, bytes, peak }
}

/** As many copies as a request may have. */
function fill(record: Buffer): Buffer[] {
  return Array.from({ length: Math.floor((largestBody / record.length / 4) * 3) }, () => record)
}

async function compare(): Promise<string> {
  const receivers: Receiver[] = []
  while (receivers.length < 5) receivers.push(await startReceiver())
  const lines = createCorpus('v2', 1, 200_000).flatMap((slice) => slice.lines)
  const messages = Buffer.concat(lines.slice(0, 7_000).map(toDirectRecord))
  const payload = toCloudWatchPayload(lines.slice(0, 2_500))
  const text = Buffer.from(`${lines.slice(0, 10_000).join('\n')}\n`)
  const copies = Math.floor((63 * mebibyte) / text.length)
  const whole = toCloudWatchPayload(lines)
  const inflated = (bytes: Buffer): number => gunzipSync(bytes).length
  const requests: [string, Buffer[]][] = [
    ['10,000 records of one line', lines.slice(0, 10_000).map(toDirectRecord)],
    ['records of a thousand kilobytes of `{"message"}`', fill(messages.subarray(0, 1_000_000))],
    [
      `CloudWatch Logs payloads that inflate to ${show(fill(payload).length * inflated(payload))}`,
      fill(payload),
    ],
    [
      `one record that inflates to ${show(copies * text.length)} of lines`,
      [gzipSync(Buffer.concat(Array.from({ length: copies }, () => text)))],
    ],
    [`one CloudWatch Logs payload of ${show(inflated(whole))}`, [whole]],
  ]
  const rows: string[] = []
  for (const [index, [name, records]] of requests.entries()) {
    const measured = await measure(receivers[index]!, records)
    const cells = [`${show(measured.size)}: ${name}`, show(measured.bytes), show(measured.peak)]
    rows.push(`| ${cells.join(' | ')} |`)
  }
  return [
    `v2 to OCSF 1.1.0, Node ${describeMachine().node}; the process has ${show(receivers[0]!.idle)} before the request.`,
    '',
    '| one request | events | peak |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function show(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(bytes < 10 * mebibyte ? 1 : 0)} MiB`
}

if (process.argv[2] === 'receive') receive()
else {
  const results = await compare()
  console.log(results)
  if (process.argv.includes('--write')) {
    const readme = resolve(import.meta.dirname, '../../aws/README.md')
    writeResults(readme, results, 'pnpm bench:requests --write')
  }
}
