/** A transform behind a real server, a next hop of node:http, and lines to send. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createIdentify, createTransform, recordMapping, type Transform } from '@flowlogs/core'
import { serve } from '@hono/node-server'
import { onTestFinished } from 'vitest'
import type { DeadLetterEntry } from './dead-letter.ts'
import { createHttpTransform, type HttpTransformOptions } from './http-transform.ts'
import { createRelay, type RelayOptions } from './relay.ts'

/** The flow log line number `n`; no two are the same. */
export function lineOf(n = 0): string {
  return `2 647604195155 eni-05fdd58317a3a58e4 10.30.2.238 10.30.1.217 8089 39016 6 22 ${n} 1643160732 1643160792 ACCEPT OK`
}

/** Events with AWS's names. */
export const transform: Transform = createTransform({ mapping: recordMapping, index: true })

/** What the transform makes of lines, as JSON lines. */
export function eventsOf(...lines: readonly string[]): string {
  return Buffer.from(transform(lines.join('\n')).output).toString()
}

/** The same with the ids as `flow_id`. */
export function identifiedEventsOf(...lines: readonly string[]): string {
  const identify = createIdentify(transform.format)
  return lines
    .map((line) => `${eventsOf(line).slice(0, -2)},"flow_id":"${identify(line, {})}"}\n`)
    .join('')
}

/** What came back. */
interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Sends a body. */
export type Send = (
  body: Uint8Array | string,
  init?: RequestInit & { path?: string },
) => Promise<Reply>

/** Serves a handler until the end of the test. */
async function host(handle: (request: Request) => Promise<Response>): Promise<Send> {
  const { port } = await new Promise<AddressInfo>((resolve) => {
    const server = serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }, resolve)
    onTestFinished(() => void server.close())
  })
  return async (body, { path = '/', method = 'POST', ...init } = {}) => {
    const sent = method === 'GET' || method === 'HEAD' ? {} : { body: new Blob([body as string]) }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...sent, ...init })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

/** Serves a transform that responds. */
export function hostTransform(options: Partial<HttpTransformOptions> = {}): Promise<Send> {
  return host(createHttpTransform({ transform, output: 'respond', ...options }))
}

/** What a next hop got. */
interface Got {
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A next hop that stores the lines of what it answers with a 2xx. */
export interface NextHop {
  readonly url: string
  readonly requests: Got[]
  readonly stored: string[]
}

/** How a next hop answers: a status, or by itself. */
export type Answer = (got: Got, index: number, response: ServerResponse) => number | Promise<number>

/** Serves a next hop until the end of the test. */
export async function startNextHop(answer: Answer = () => 200): Promise<NextHop> {
  const requests: Got[] = []
  const stored: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const got = { headers: incoming.headers, text: Buffer.concat(chunks).toString() }
    requests.push(got)
    const status = await answer(got, requests.length - 1, outgoing)
    if (status >= 200 && status < 300) stored.push(...got.text.split('\n').slice(0, -1))
    outgoing.writeHead(status).end(`said ${status}`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests, stored }
}

/** A transform that relays, and what it gave up. */
export async function hostRelay(
  relay: Partial<RelayOptions> & { readonly url: string },
  options: Partial<HttpTransformOptions> = {},
): Promise<{ readonly send: Send; readonly dead: DeadLetterEntry[] }> {
  const dead: DeadLetterEntry[] = []
  const output = createRelay({ deadLetter: async (entries) => dead.push(...entries), ...relay })
  return { send: await hostTransform({ output, id: 'flow_id', ...options }), dead }
}
