import { createReadStream, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { systemClock } from './clock.ts'
import { fieldsOfVersion } from './fields.ts'
import { createFirehose, type Firehose } from './firehose.ts'
import { generateTraffic } from './generator.ts'
import type { Incident } from './incidents.ts'
import { pace } from './pace.ts'
import type { Report } from './report.ts'
import { writeLedger } from './sent-ledger.ts'
import { createTally } from './tally.ts'

/** Where the command reads and writes; a process fits. */
export interface Terminal {
  stdin: NodeJS.ReadableStream
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
}

const help = `Plays Amazon Data Firehose: delivers VPC Flow Log lines to an HTTP endpoint.

Usage
  node main.ts --url URL --generate [--minutes N]   deliver made-up traffic
  node main.ts --url URL --lines FILE               deliver the lines of a file (- for stdin)
  node main.ts --print --generate                   only print the lines, deliver nothing

Example: an hour of traffic to a local endpoint, compressed, with an access key
  node main.ts --url http://localhost:8080/firehose --access-key secret --gzip --generate --minutes 60

Traffic
  --seed TEXT            same seed, same lines (default 1)
  --minutes N            how much simulated time (default 1440, a day: about 190,000 lines)
  --start SECONDS        first second, unix time (default 1767225600, 2026-01-01)
  --format FIELDS        v2 (default) to v11, or AWS field names separated by spaces or commas
  --flows N              about how many records a simulated minute brings (default 130)
  --no-incidents         leave out the port scan, the SSH brute force, the exfiltration, the flood

Delivery
  --access-key KEY       sent as X-Amz-Firehose-Access-Key
  --access-key-file FILE the same, from a file
  --attribute NAME=TEXT  a common attribute; may be repeated
  --gzip                 compress requests
  --source KIND          direct: one {"message"} record a line (default)
                         cloudwatch: gzip payloads of CloudWatch Logs
  --no-newline           direct records without a newline at the end
  --buffer-bytes N       send when so much is buffered (default 5242880)
  --buffer-seconds N     or after so long (default 60)
  --retry-seconds N      retry a failed request for so long (default 300)
  --error-folder DIR     where undeliverable records go (default firehose-errors)
  --duplicate-rate P     send a delivered request again with this chance (default 0)
  --rate N               at most so many lines a second (default: as fast as they are taken)
  --ledger FILE          keep an account of the lines, by outcome, in a file

What counts as delivered is strict, as with the real thing: status 200, Content-Type
application/json, a Content-Length, and exactly {"requestId": <the same>, "timestamp": <a number>}.
Anything else is retried; 413 loses the records for good.

The final account goes to stdout as JSON, everything else to stderr. After SIGTERM no more lines
are put in; what is buffered is delivered.
Exit status: 0 all delivered, 1 some records were not, 2 the command line is wrong.
`

const flags = {
  help: { type: 'boolean', short: 'h' },
  url: { type: 'string' },
  print: { type: 'boolean' },
  generate: { type: 'boolean' },
  lines: { type: 'string' },
  seed: { type: 'string', default: '1' },
  minutes: { type: 'string', default: '1440' },
  start: { type: 'string', default: '1767225600' },
  format: { type: 'string', default: 'v2' },
  flows: { type: 'string', default: '130' },
  'no-incidents': { type: 'boolean' },
  'access-key': { type: 'string' },
  'access-key-file': { type: 'string' },
  attribute: { type: 'string', multiple: true },
  gzip: { type: 'boolean' },
  source: { type: 'string', default: 'direct' },
  'no-newline': { type: 'boolean' },
  'buffer-bytes': { type: 'string', default: '5242880' },
  'buffer-seconds': { type: 'string', default: '60' },
  'retry-seconds': { type: 'string', default: '300' },
  'error-folder': { type: 'string', default: 'firehose-errors' },
  'duplicate-rate': { type: 'string', default: '0' },
  rate: { type: 'string' },
  ledger: { type: 'string' },
} as const

type Values = ReturnType<typeof parse>

type Lines = AsyncIterable<string> | Iterable<string>

/** Runs the command line and returns the exit status; `stop` ends it before the lines do. */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  stop: AbortSignal = new AbortController().signal,
): Promise<number> {
  let values: Values
  let plan: { lines: Lines; incidents: readonly Incident[] }
  let firehose: Firehose | undefined
  try {
    values = parse(args)
    if (values.help) {
      terminal.stdout.write(help)
      return 0
    }
    plan = readOrGenerate(values, terminal)
    if (!values.print) firehose = createDelivery(values, terminal)
    if (values.rate !== undefined) {
      plan.lines = pace(plan.lines, number(values, 'rate'), systemClock)
    }
  } catch (error) {
    terminal.stderr.write(`${(error as Error).message}\nTry --help.\n`)
    return 2
  }

  if (!firehose) {
    for await (const line of plan.lines) await writeLine(terminal.stdout, line)
    return 0
  }
  let report: Report
  try {
    report = await deliver(firehose, plan.lines, values, terminal, stop)
  } catch (error) {
    terminal.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
  for (const incident of plan.incidents) terminal.stderr.write(`${describe(incident)}\n`)
  terminal.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  return report.records.delivered === report.records.in ? 0 : 1
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: flags }).values
}

function readOrGenerate(values: Values, { stdin }: Terminal) {
  if (Boolean(values.generate) === (values.lines !== undefined)) {
    throw new Error('Either --generate or --lines FILE is needed.')
  }
  if (values.lines !== undefined) {
    const input =
      values.lines === '-' ? stdin : createReadStream('', { fd: openSync(values.lines, 'r') })
    return { lines: readLines(input), incidents: [] }
  }
  const traffic = generateTraffic({
    seed: values.seed,
    start: number(values, 'start'),
    duration: number(values, 'minutes') * 60,
    format: formatFields(values.format),
    flowsPerInterval: number(values, 'flows'),
    ...(values['no-incidents'] && { incidents: false }),
  })
  return { lines: traffic, incidents: traffic.incidents }
}

function createDelivery(values: Values, { stderr }: Terminal): Firehose {
  if (values.url === undefined) throw new Error('--url URL is needed (or --print).')
  const keyFile = values['access-key-file']
  const accessKey =
    keyFile === undefined ? values['access-key'] : readFileSync(keyFile, 'utf8').trim()
  return createFirehose({
    url: values.url,
    ...(accessKey !== undefined && { accessKey }),
    ...(values.attribute && { commonAttributes: attributes(values.attribute) }),
    ...(values.gzip && { contentEncoding: 'GZIP' }),
    source: values.source as 'direct' | 'cloudwatch',
    cloudwatch: { format: formatFields(values.format) },
    newline: !values['no-newline'],
    buffering: { bytes: number(values, 'buffer-bytes'), seconds: number(values, 'buffer-seconds') },
    retrySeconds: number(values, 'retry-seconds'),
    errorFolder: values['error-folder'],
    duplicateRate: number(values, 'duplicate-rate'),
    seed: values.seed,
    onFailure: ({ attempt, records, errorMessage }) => {
      stderr.write(
        `attempt ${attempt} of ${records} records failed: ${errorMessage.slice(0, 300)}\n`,
      )
    },
  })
}

async function deliver(
  firehose: Firehose,
  lines: Lines,
  { format, ledger }: Values,
  { stderr }: Terminal,
  stop: AbortSignal,
): Promise<Report> {
  const began = performance.now()
  const tally = createTally(formatFields(format))
  const account = (ended: boolean) => {
    if (ledger === undefined) return
    writeLedger(ledger, { ended, report: firehose.report(), outcomes: tally.outcomes })
  }
  const progress = () => {
    account(false)
    if (!stderr.isTTY) return
    const { lines, requests } = firehose.report()
    const rate = Math.round(lines.in / ((performance.now() - began) / 1_000))
    stderr.write(
      `\r${lines.delivered} of ${lines.in} lines, ${requests} requests, ${rate} lines/s `,
    )
  }
  account(false)
  const timer = setInterval(progress, 200)
  try {
    for await (const line of lines) {
      if (stop.aborted) break
      await firehose.put(line)
      tally.add(line)
    }
    const report = await firehose.close()
    account(true)
    return report
  } finally {
    clearInterval(timer)
    if (stderr.isTTY) stderr.write('\n')
  }
}

async function* readLines(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield line
  }
}

async function writeLine(output: NodeJS.WritableStream, line: string): Promise<void> {
  if (!output.write(`${line}\n`)) await new Promise((resolve) => output.once('drain', resolve))
}

function describe({
  name,
  start,
  end,
  action,
  sources,
  targets,
  ports,
  records,
}: Incident): string {
  const hour = (second: number) => new Date(second * 1_000).toISOString()
  const some = (items: readonly (string | number)[]) =>
    items.length === 1 ? `${items[0]}` : `${items.length} of them`
  return `${name}: ${hour(start)} to ${hour(end)}, ${records} ${action} records, sources ${some(sources)}, targets ${some(targets)}, ports ${some(ports)}`
}

function number(values: Values, name: keyof Values): number {
  const text = String(values[name])
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw new Error(`--${name}: not a number: ${text}`)
  return value
}

function formatFields(text: string): string[] {
  const version = /^v(\d+)$/.exec(text)
  return version ? fieldsOfVersion(Number(version[1])) : text.split(/[\s,]+/).filter(Boolean)
}

function attributes(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const index = pair.indexOf('=')
      if (index < 1) throw new Error(`--attribute: NAME=TEXT is expected: ${pair}`)
      return [pair.slice(0, index), pair.slice(index + 1)]
    }),
  )
}
