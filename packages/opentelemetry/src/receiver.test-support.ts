/** A local OTLP/HTTP receiver that keeps what it gets. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

/** How it answers. */
export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A running receiver. */
export interface Receiver {
  readonly url: string
  /** The requests that were answered with 200, as JSON. */
  readonly requests: ExportRequest[]
  /** Attempts so far. */
  attempts(): number
  close(): Promise<void>
}

/** The part of a request that tests look at. */
export interface ExportRequest {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Pair[] }
    readonly scopeLogs: readonly {
      readonly scope: object
      /** The Collector leaves out an empty list. */
      readonly logRecords?: readonly {
        readonly attributes?: readonly Pair[]
        readonly body?: Pair['value']
      }[]
    }[]
  }[]
}

/** A key-value pair. */
interface Pair {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Starts a receiver on a free port; `answer` is asked with the number of the attempt, from 0. */
export async function startReceiver(
  answer: (attempt: number) => Answer = () => ({ status: 200 }),
): Promise<Receiver> {
  const requests: ExportRequest[] = []
  let attempts = 0
  const server: Server = createServer(async (request, response) => {
    const { status, body = '{}', headers } = answer(attempts++)
    const content = await read(request)
    if (status === 200) requests.push(content)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1/logs`,
    requests,
    attempts: () => attempts,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(request: IncomingMessage): Promise<ExportRequest> {
  const bytes = await buffer(request)
  const isGzip = request.headers['content-encoding'] === 'gzip'
  return JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString())
}

/** A log record with plain values, and the attributes of its resource. */
export interface ReceivedRecord {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** The log records of requests, with the attributes of their resources. */
export function recordsOf(requests: readonly ExportRequest[]): ReceivedRecord[] {
  return requests.flatMap(({ resourceLogs }) =>
    resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords = [] }) =>
        logRecords.map((record) => ({
          ...record,
          body: record.body && plainValue(record.body),
          attributes: toPlain(record.attributes),
          resource: toPlain(resource.attributes),
        })),
      ),
    ),
  )
}

/** Pairs as an object; an integer is a number, however it was written, so that text differs from it. */
function toPlain(pairs: readonly Pair[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]))
}

function plainValue(value: Pair['value']): unknown {
  const [[kind, content] = ['', undefined]] = Object.entries(value)
  switch (kind) {
    case 'intValue':
      return Number(content)
    case 'arrayValue':
      return (content as { values: Pair['value'][] }).values.map(plainValue)
    case 'kvlistValue':
      return toPlain((content as { values: Pair[] }).values)
    default:
      return content
  }
}
