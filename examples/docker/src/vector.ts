import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, zstdCompressSync } from 'node:zlib'
import { writeBulk } from './bulk.ts'
import { createBatcher } from './vector-batcher.ts'

/** As much of vector.yaml as there is to do. */
export interface VectorConfig {
  readonly sources: {
    readonly firehose: { readonly access_keys: readonly string[] }
  }
  readonly sinks: {
    readonly to_flowlogs: { readonly uri: string; readonly batch: Batch }
    readonly store: {
      readonly endpoints: readonly string[]
      readonly id_key: string
      readonly bulk: { readonly action: 'create' | 'index'; readonly index: string }
      readonly batch: Batch
    }
  }
}

interface Batch {
  readonly timeout_secs: number
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a sender sends
type Event = any

/** The two sources of vector.yaml, and what stands behind them. */
export interface VectorStandIn {
  readonly firehose: Server
  readonly fromFlowlogs: Server
}

/**
 * What Vector says to others with vector.yaml, and when, as Vector 0.58 does it. The two programs of
 * the transforms are written down here once more.
 */
export function createVectorStandIn({ sources, sinks }: VectorConfig): VectorStandIn {
  const { to_flowlogs: http, store } = sinks

  /** The `http` sink: a batch is sent until it is taken or refused. */
  const toFlowlogs = createBatcher<Event>(http.batch.timeout_secs, async (events) => {
    const body = zstdCompressSync(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd' }
    for (const wait of fibonacci()) {
      const signal = AbortSignal.timeout(60_000)
      const status = await fetch(http.uri, { method: 'POST', headers, body, signal }).then(
        async (response) => {
          await response.arrayBuffer()
          return response.status
        },
        () => 503,
      )
      if (!isAgain(status)) return events.map(() => status < 300)
      await sleep(wait)
    }
    return []
  })

  /** The `elasticsearch` sink; with `request_retry_partial`, what OpenSearch had no room for comes again. */
  const toOpenSearch = createBatcher<Event>(store.batch.timeout_secs, async (events) => {
    const taken = events.map(() => false)
    let left = events.map((_, index) => index)
    for (const wait of fibonacci()) {
      const operations = left.map((index) => {
        const { [store.id_key]: id, ...document } = events[index]
        return { ...store.bulk, id, document }
      })
      const [server = ''] = store.endpoints
      const statuses = await writeBulk(server, operations).catch(() => left.map(() => 503))
      for (const [at, index] of left.entries()) taken[index] = statuses[at]! < 300
      left = left.filter((_, at) => statuses[at] === 429 || statuses[at]! >= 500)
      if (left.length === 0) return taken
      await sleep(wait)
    }
    return []
  })

  /** The `aws_kinesis_firehose` source, which waits for each record before it reads the next. */
  async function receiveFirehose(incoming: IncomingMessage, outgoing: ServerResponse) {
    const { headers } = incoming
    const body = await buffer(incoming)
    const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const { requestId, timestamp, records } = JSON.parse(text.toString())
    const reply = (status: number, errorMessage: string | null = null) => {
      const answer = JSON.stringify({ requestId, timestamp, errorMessage })
      const length = Buffer.byteLength(answer)
      const type = { 'content-type': 'application/json', 'content-length': length }
      outgoing.writeHead(status, type).end(answer)
    }
    const key = headers['x-amz-firehose-access-key']
    if (!sources.firehose.access_keys.includes(String(key))) return reply(401, 'Invalid access key')
    if (headers['x-amz-firehose-protocol-version'] !== '1.0') return reply(400, 'version')
    for (const { data } of records) {
      const bytes = Buffer.from(data, 'base64')
      const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
      const { logEvents } = JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString())
      if (!(await toFlowlogs({ logEvents }))) return reply(406, 'Delivery failed')
    }
    return reply(200)
  }

  /** The `http_server` source: a body is taken as a whole, and answered when it is stored. */
  async function receiveEvents(incoming: IncomingMessage, outgoing: ServerResponse) {
    if (incoming.method !== 'POST') return outgoing.writeHead(405).end()
    if (incoming.url !== '/') return outgoing.writeHead(404).end()
    const lines = (await buffer(incoming)).toString().split('\n').filter(Boolean)
    const stored = await Promise.all(
      lines.map((line) => {
        const { path: _, source_type: __, timestamp: ___, ...event } = JSON.parse(line)
        return toOpenSearch({ ...event, id: event.metadata?.uid })
      }),
    )
    return outgoing.writeHead(stored.every(Boolean) ? 200 : 400).end()
  }

  return { firehose: serve(receiveFirehose), fromFlowlogs: serve(receiveEvents) }
}

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<unknown>

function serve(handle: Handle): Server {
  return createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.writeHead(400).end())
  })
}

function isAgain(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501)
}

/** Milliseconds to wait, with full jitter, between 1 s and 30 s. */
function* fibonacci(): Generator<number> {
  for (let [wait, next] = [1, 1]; ; [wait, next] = [next, Math.min(30, wait + next)]) {
    yield Math.random() * wait * 1_000
  }
}
