/** A local HTTP server that answers by script, and breaks as real ones do. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { TestCertificate } from './certificate.test-support.ts'

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The body, unpacked if it was gzip. */
  readonly text: string
}

/** What becomes of a request. */
export type Answer =
  | {
      /** Default 200. */
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      /** An object is written as JSON. Default: empty. */
      readonly body?: string | Uint8Array | object
      /** Milliseconds before the answer. */
      readonly delay?: number
      /** Milliseconds between two halves of the body. */
      readonly pause?: number
      /** Answers without reading the request, and closes the connection. Default false. */
      readonly unread?: boolean
    }
  /** The connection stays open, and nothing comes; `unread` does not even read the request. */
  | 'hang'
  | 'hang unread'
  /** The connection breaks: unread, after the request, or in the middle of the answer's body. */
  | 'reset unread'
  | 'reset'
  | 'reset in body'
  /** Bytes that are not HTTP. */
  | 'malformed'

/** An answer, or how to find it. */
export type Script = Answer | ((request: ReceivedRequest) => Answer | Promise<Answer>)

/** A server under a test's control. */
export interface HttpReceiver {
  /** `http://127.0.0.1:PORT` or `https://localhost:PORT`, without a slash at the end. */
  readonly url: string
  /** Requests whose body was read, in the order in which they were complete. */
  readonly requests: readonly ReceivedRequest[]
  /** How many requests are being answered, and how many were at most. */
  readonly load: { readonly now: number; readonly most: number }
  /** Answers for the next requests, one each. */
  next(...scripts: readonly Script[]): void
  /** The answer for all requests for which there is no next one. */
  always(script: Script): void
  /** Breaks all connections and refuses new ones. */
  refuse(): Promise<void>
  /** Listens again, on the same port. */
  accept(): Promise<void>
  close(): Promise<void>
}

/** Starts a server that answers everything with `always`, by default an empty 200. */
export async function createHttpReceiver(
  options: { readonly tls?: TestCertificate; readonly always?: Script } = {},
): Promise<HttpReceiver> {
  const requests: ReceivedRequest[] = []
  const scripts: Script[] = []
  const load = { now: 0, most: 0 }
  let always = options.always ?? {}
  let port = 0

  async function onRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const script = scripts.shift() ?? always
    load.now += 1
    load.most = Math.max(load.most, load.now)
    response.once('close', () => {
      load.now -= 1
    })
    if (script === 'hang unread') return
    if (script === 'reset unread') return void message.socket.resetAndDestroy()
    if (typeof script === 'object' && script.unread) {
      response.shouldKeepAlive = false
      return give(script, response)
    }
    const request = await read(message)
    requests.push(request)
    await give(typeof script === 'function' ? await script(request) : script, response)
  }

  const handle = (message: IncomingMessage, response: ServerResponse) => {
    // A client that goes away in the middle is part of many tests.
    onRequest(message, response).catch(() => response.destroy())
  }
  const server = options.tls
    ? createTlsServer({ cert: options.tls.cert, key: options.tls.key }, handle)
    : createServer(handle)

  async function accept(): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  async function refuse(): Promise<void> {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  await accept()
  return {
    url: options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    requests,
    load,
    next: (...more) => void scripts.push(...more),
    always(script) {
      always = script
    },
    refuse,
    accept,
    close: refuse,
  }
}

async function read(message: IncomingMessage): Promise<ReceivedRequest> {
  const { method = '', url: path = '', headers } = message
  const body = await buffer(message)
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
  return { method, path, headers, body, text }
}

async function give(answer: Answer, response: ServerResponse): Promise<void> {
  if (answer === 'hang' || answer === 'hang unread') return
  if (answer === 'reset' || answer === 'reset unread') {
    return void response.socket?.resetAndDestroy()
  }
  if (answer === 'reset in body') {
    response.writeHead(200, { 'content-length': 100 }).write('{"half":')
    await setTimeout(20)
    return void response.socket?.resetAndDestroy()
  }
  if (answer === 'malformed') return void response.socket?.end('garbage\r\n\r\n')
  const { status = 200, headers, body = '', delay, pause } = answer
  if (delay !== undefined) await setTimeout(delay)
  const isBytes = typeof body === 'string' || body instanceof Uint8Array
  const bytes = Buffer.from(isBytes ? body : JSON.stringify(body))
  response.writeHead(status, { 'content-length': bytes.length, ...headers })
  if (pause === undefined) return void response.end(bytes)
  response.write(bytes.subarray(0, bytes.length >> 1))
  await setTimeout(pause)
  response.end(bytes.subarray(bytes.length >> 1))
}
