/** A transform that relays, in a process of its own, so that it can be killed and measured. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** What it relays to, and how. */
export interface TransformProcessOptions {
  /** The next hop. */
  readonly url: string
  /** Default: any; it stays the same when the process is started again. */
  readonly port?: number
  readonly batchBytes?: number
  readonly maxPendingBytes?: number
  /** Where refused events and bad lines go, as JSON lines; without it, one of them ends the process. */
  readonly deadLetter?: string
}

/** One that listens. */
export interface TransformProcess {
  readonly port: number
  readonly url: string
  /** The most memory that it has taken, in bytes. */
  peakMemory(): number
  /** With SIGKILL; resolves when it has gone. */
  kill(): Promise<void>
}

const program = `
import { appendFileSync } from 'node:fs'
import { createTransform, recordMapping } from '@flowlogs/core'
import { createHttpTransform, createRelay, createServer } from '@flowlogs/http'
import { pino } from 'pino'

const { url, port = 0, deadLetter: path, ...limits } = JSON.parse(process.argv[2])
const deadLetter = async (entries) => {
  if (path === undefined) process.exit(1)
  const lines = entries.map(({ event, ...entry }) =>
    JSON.stringify({ ...entry, ...(event && { event: Buffer.from(event).toString() }) }) + '\\n')
  appendFileSync(path, lines.join(''))
}
const transform = createTransform({ mapping: recordMapping, index: true })
const output = createRelay({ url, deadLetter })
const handler = createHttpTransform({ transform, output, id: 'flow_id', carry: ['source_arn'], ...limits })
const server = createServer({ port, routes: { '/transform': handler }, log: pino({ enabled: false }) })
console.log((await server.listen()).url)
`

/** Starts it; it ends with the test. */
export async function startTransformProcess(
  options: TransformProcessOptions,
): Promise<TransformProcess> {
  const child = spawn(
    process.execPath,
    [
      ...(process.env.DIST ? [] : ['--conditions=@flowlogs/source']),
      '--input-type=module',
      '-',
      JSON.stringify(options),
    ],
    { cwd: join(import.meta.dirname, '..'), stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const kill = () => {
    child.kill('SIGKILL')
    return ended
  }
  onTestFinished(kill)
  child.stdin.end(program)
  for await (const line of createInterface(child.stdout)) {
    return {
      port: Number(new URL(line).port),
      url: `${line}/transform`,
      peakMemory: () => peakMemoryOf(child.pid),
      kill,
    }
  }
  throw new Error('the transform did not start')
}

/** Linux keeps account of it. */
function peakMemoryOf(pid: number | undefined): number {
  const [, kibibytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1024
}
