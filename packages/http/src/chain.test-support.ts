/** Firehose → Vector → transform → Vector → file, with a fault between the transform and Vector. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import {
  startTransformProcess,
  type TransformProcess,
  type TransformProcessOptions,
} from './transform-process.test-support.ts'
import { type RunningVector, storedFile, type VectorPlace } from './vector-config.test-support.ts'

/** What happens to a request on its way to the next hop. */
type Fault = (body: string) => Promise<'pass' | 'cut' | number>

/** What a test can do to a chain, and see of it. */
export interface Chain {
  /** Sends as Firehose does, again and again until there is a 200; resolves to the ids stored by then. */
  deliver(messages: readonly string[]): Promise<ReadonlySet<string>>
  /** The events in the file, in order. */
  stored(): readonly StoredEvent[]
  deadLetters(): readonly { readonly id: string; readonly status: number }[]
  fault: Fault
  /** Nothing listens at the next hop any more, for so many milliseconds. */
  goDown(milliseconds: number): Promise<void>
  /** Kills the transform, and starts it again. */
  killTransform(): Promise<void>
}

/** An event as Vector wrote it. */
interface StoredEvent {
  readonly flow_id: string
  readonly [name: string]: unknown
}

/** Starts all of it; it ends with the test. */
export async function startChain(
  startVector: (place: VectorPlace) => Promise<RunningVector>,
  options: Partial<TransformProcessOptions> = {},
): Promise<Chain> {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-chain-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [firehosePort, sourcePort] = await Promise.all([freePort(), freePort()])
  const deadLetter = join(folder, 'dead.ndjson')

  const proxy = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming)
    const outcome = await chain.fault(body.toString())
    if (outcome === 'cut') return outgoing.destroy()
    if (outcome !== 'pass') return outgoing.writeHead(outcome).end(`said ${outcome}`)
    const url = `http://127.0.0.1:${sourcePort}${incoming.url}`
    const status = await fetch(url, { method: 'POST', body }).then(
      (response) => response.status,
      () => 502,
    )
    return outgoing.writeHead(status).end()
  })
  const listen = (port: number) =>
    new Promise<number>((done) => {
      proxy.listen(port, '127.0.0.1', () => done((proxy.address() as AddressInfo).port))
    })
  const close = () => {
    proxy.closeAllConnections()
    return new Promise<void>((done) => proxy.close(() => done()))
  }
  const proxyPort = await listen(0)
  onTestFinished(close)

  const settings = { url: `http://127.0.0.1:${proxyPort}/`, deadLetter, ...options }
  let transform: TransformProcess = await startTransformProcess(settings)
  const place = { folder, firehosePort, sourcePort, transformUrl: transform.url }
  const vector = await startVector(place)
  onTestFinished(() => vector.stop())

  const chain: Chain = {
    fault: async () => 'pass',
    async deliver(messages) {
      const body = toFirehoseRequest(messages)
      for (;;) {
        const reply = await fetch(`http://127.0.0.1:${firehosePort}/`, { method: 'POST', ...body })
        const { requestId } = (await reply.json()) as { requestId: string }
        const ids = new Set(chain.stored().map(({ flow_id: id }) => id))
        if (reply.status === 200 && requestId === 'request') return ids
        await setTimeout(500)
      }
    },
    stored: () => readLines(storedFile(place)) as StoredEvent[],
    deadLetters: () => readLines(deadLetter) as { id: string; status: number }[],
    async goDown(milliseconds) {
      await close()
      await setTimeout(milliseconds)
      await listen(proxyPort)
    },
    async killTransform() {
      await transform.kill()
      transform = await startTransformProcess({ ...settings, port: transform.port })
    },
  }
  return chain
}

function toFirehoseRequest(messages: readonly string[]): {
  headers: Record<string, string>
  body: string
} {
  const records = messages.map((message) => ({
    data: Buffer.from(JSON.stringify({ message })).toString('base64'),
  }))
  return {
    headers: {
      'content-type': 'application/json',
      'x-amz-firehose-protocol-version': '1.0',
      'x-amz-firehose-request-id': 'request',
      'x-amz-firehose-source-arn': 'arn:aws:firehose:us-east-1:1:deliverystream/flow-logs',
    },
    body: JSON.stringify({ requestId: 'request', timestamp: 1_578_090_901_599, records }),
  }
}

function readLines(path: string): unknown[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
