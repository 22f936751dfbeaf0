/** Requests as Firehose sends them, and a host for the endpoint on a real socket. */
import {
  type Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import {
  createTransform,
  recordMapping,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { onTestFinished } from 'vitest'
import { createFirehoseEndpoint, type FirehoseEndpointOptions } from './firehose-endpoint.ts'
import type { Invocation } from './telemetry.ts'

export const line =
  '2 647604195155 eni-05fdd58317a3a58e4 10.30.2.238 10.30.1.217 8089 39016 6 22 10527 1643160732 1643160792 ACCEPT OK'
/** The line as VPC Flow Logs sent it straight to Firehose. */
export const direct =
  'eyJtZXNzYWdlIjoiMiA2NDc2MDQxOTUxNTUgZW5pLTA1ZmRkNTgzMTdhM2E1OGU0IDEwLjMwLjIuMjM4IDEwLjMwLjEuMjE3IDgwODkgMzkwMTYgNiAyMiAxMDUyNyAxNjQzMTYwNzMyIDE2NDMxNjA3OTIgQUNDRVBUIE9LIn0='
/** A control message of CloudWatch Logs. */
export const control =
  'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA='
export const transform: Transform = createTransform({ mapping: recordMapping })
/** What the transform makes of the line. */
export const event: string = Buffer.from(transform(line).output).toString()

export const requestId = 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f'
/** What the clock shows. */
export const now = 1578090903599
export const mebibyte: number = 1024 * 1024

/** An endpoint, and what it did. */
export interface Endpoint {
  readonly handle: (request: Request) => Promise<Response>
  readonly delivered: TransformResult[]
  readonly invocations: Invocation[]
}

/** Builds an endpoint that accepts the key `secret` and keeps what is delivered. */
export function createEndpoint(options: Partial<FirehoseEndpointOptions> = {}): Endpoint {
  const delivered: TransformResult[] = []
  const invocations: Invocation[] = []
  const handle = createFirehoseEndpoint({
    accessKeys: ['secret', 'next'],
    transform,
    deliver: async (batch) => delivered.push(batch),
    log: (invocation) => invocations.push(invocation),
    clock: () => now,
    ...options,
  })
  return { handle, delivered, invocations }
}

/** What came back. */
interface Reply {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: unknown
}

/** What is sent; a header of undefined is left out. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly method?: string
  readonly path?: string
  readonly agent?: Agent
}

/** Headers that Firehose sends. */
const usualHeaders: Readonly<Record<string, string>> = {
  'x-amz-firehose-protocol-version': '1.0',
  'x-amz-firehose-request-id': requestId,
  'x-amz-firehose-source-arn': 'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
  'x-amz-firehose-access-key': 'secret',
  'content-type': 'application/json',
  'user-agent': 'Amazon Kinesis Data Firehose Agent/1.0',
}

/** What sends a body to an endpoint behind a server. */
export type Send = (body: Body, sent?: Sent) => Promise<Reply>

/** A body at once, or one that is sent in chunks without a length. */
export type Body = string | Uint8Array | Iterable<Uint8Array>

/** Serves an endpoint over HTTP until the end of the test, as hosts do: node:http to `Request` and back. */
export async function serve({ handle }: Pick<Endpoint, 'handle'>): Promise<Send> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const init = {
      method,
      headers: headers as Record<string, string>,
      body: hasBody ? Readable.toWeb(incoming) : null,
      duplex: 'half',
    }
    const response = await handle(new Request(`http://localhost${url}`, init as RequestInit))
    outgoing.writeHead(response.status, [...response.headers].flat())
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo

  return (body, { headers = {}, method = 'POST', path = '/', agent } = {}) => {
    const all = Object.entries({ ...usualHeaders, ...headers })
    const sent = all.filter(([, value]) => value !== undefined)
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          port,
          method,
          path,
          headers: Object.fromEntries(sent) as Record<string, string>,
          ...(agent && { agent }),
        },
        (incoming) => resolve(readReply(incoming)),
      )
      outgoing.on('error', reject)
      if (typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body)
      else Readable.from(body).pipe(outgoing)
    })
  }
}

async function readReply(incoming: IncomingMessage): Promise<Reply> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const isJson = incoming.headers['content-type'] === 'application/json'
  const { statusCode: status, headers } = incoming
  return { status, headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined }
}

/** A request without a socket. */
export function requestOf(body: Body, headers: Sent['headers'] = {}): Request {
  const sent = Object.entries({ ...usualHeaders, ...headers }).filter(
    (header): header is [string, string] => header[1] !== undefined,
  )
  const init = { method: 'POST', headers: sent, body: streamOf(body), duplex: 'half' }
  return new Request('http://localhost/', init as RequestInit)
}

function streamOf(body: Body): Uint8Array | ReadableStream {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  return Readable.toWeb(Readable.from(body)) as ReadableStream
}

/** A body with records. */
export function bodyOf(records: readonly unknown[], id: string = requestId): string {
  return JSON.stringify({ requestId: id, timestamp: 1578090901599, records })
}

/** What the reply to a request that is not answered with 200 says. */
export function failure(errorMessage: string, id: string = requestId): object {
  return { requestId: id, timestamp: now, errorMessage }
}

/** The reply to one that is. */
export const success: object = { requestId, timestamp: now }

export function base64(data: string | Uint8Array): string {
  return Buffer.from(data as Uint8Array).toString('base64')
}
