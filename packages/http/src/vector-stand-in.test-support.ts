/**
 * A stand-in for Vector that runs vector.yaml: what its `aws_kinesis_firehose` source, `http` sink,
 * `http_server` source and `file` sink say to others, and when, as Vector 0.58 does it. The two
 * programs of the transforms are written down here once more.
 */
import { appendFile } from 'node:fs/promises'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { parse } from 'yaml'
import { type RunningVector, type VectorPlace, vectorConfig } from './vector-config.test-support.ts'

type Event = Readonly<Record<string, unknown>>
type Status = 'delivered' | 'rejected'

interface Waiting {
  readonly event: Event
  readonly settle: (status: Status) => void
}

/** Starts it; resolves when it listens. */
export async function startVectorStandIn(place: VectorPlace): Promise<RunningVector> {
  const { sources, sinks } = parse(vectorConfig(place))
  const { uri, batch } = sinks.to_flowlogs
  const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd' }
  const stopped = new AbortController()
  let waiting: Waiting[] = []

  /** The `http` sink: a batch is sent until it is taken or refused. */
  function send(event: Event): Promise<Status> {
    return new Promise((settle) => {
      waiting.push({ event, settle })
      if (waiting.length === 1) setTimeout(sendBatch, batch.timeout_secs * 1000)
    })
  }

  async function sendBatch(): Promise<void> {
    const sent = waiting
    waiting = []
    const body = zstdCompressSync(sent.map(({ event }) => `${toJson(event)}\n`).join(''))
    let [wait, next] = [1, 1]
    while (!stopped.signal.aborted) {
      const status = await fetch(uri, { method: 'POST', headers, body }).then(
        async (response) => {
          await response.arrayBuffer()
          return response.status
        },
        () => 503,
      )
      const isAgain = status === 408 || status === 429 || (status >= 500 && status !== 501)
      if (!isAgain) {
        for (const { settle } of sent) settle(status < 300 ? 'delivered' : 'rejected')
        return
      }
      // Fibonacci, with full jitter.
      await sleep(Math.random() * wait * 1000, undefined, { signal: stopped.signal }).catch(
        () => {},
      )
      ;[wait, next] = [next, Math.min(30, wait + next)]
    }
  }

  /** The `aws_kinesis_firehose` source, which waits for each record before it reads the next. */
  async function receiveFirehose(incoming: IncomingMessage, outgoing: ServerResponse) {
    const { requestId, timestamp, records } = JSON.parse((await buffer(incoming)).toString())
    const source_arn = incoming.headers['x-amz-firehose-source-arn']
    const reply = (status: number, errorMessage?: string) =>
      outgoing
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ requestId, timestamp, ...(errorMessage && { errorMessage }) }))
    if (incoming.headers['x-amz-firehose-protocol-version'] !== '1.0') return reply(400, 'version')
    for (const { data } of records) {
      const { message } = JSON.parse(Buffer.from(data, 'base64').toString())
      if ((await send({ message, request_id: requestId, source_arn })) === 'rejected') {
        return reply(406, 'Delivery failed')
      }
    }
    return reply(200)
  }

  /** The `http_server` source: a body is taken as a whole, and answered when the file has it. */
  async function receiveEvents(incoming: IncomingMessage, outgoing: ServerResponse) {
    if (incoming.method !== 'POST') return outgoing.writeHead(405).end()
    if (incoming.url !== '/') return outgoing.writeHead(404).end()
    const lines = (await buffer(incoming)).toString().split('\n').filter(Boolean)
    try {
      const events = lines.map((line) => JSON.parse(line))
      const written = events.map(
        ({ path: _, source_type: __, timestamp: ___, ...event }) => `${toJson(event)}\n`,
      )
      await appendFile(sinks.store.path, written.join(''))
      return outgoing.writeHead(200).end()
    } catch {
      return outgoing.writeHead(400).end('{"code":400,"message":"Failed parsing JSON"}')
    }
  }

  const servers = await Promise.all([
    listen(receiveFirehose, sources.firehose.address),
    listen(receiveEvents, sources.from_flowlogs.address),
  ])
  return {
    async stop() {
      stopped.abort()
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

/** Vector keeps the members of an object sorted. */
function toJson(event: Event): string {
  return JSON.stringify(event, (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  )
}

async function listen(handle: RequestListener, address: string): Promise<Server> {
  const server = createServer(handle)
  const [host, port] = address.split(':')
  await new Promise<void>((done) => server.listen(Number(port), host, done))
  return server
}
