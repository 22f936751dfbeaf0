/** A server for web-standard handlers. */
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { configurationError } from '@flowlogs/core'
import { getRequestListener, RequestError } from '@hono/node-server'
import { destination, type Logger, pino } from 'pino'
import { guardResponse } from './guard-response.ts'
import { jsonResponse } from './json-response.ts'
import { refuseClient } from './refuse-client.ts'
import { describeError } from './request-report.ts'
import {
  type ApplicationOptions,
  type Bindings,
  createServerApplication,
} from './server-application.ts'
import { createServerLimits, type ServerLimits } from './server-limits.ts'
import { within } from './within.ts'

/** What a server serves, to whom and where. */
export interface ServerOptions extends ApplicationOptions {
  /** Default 8080; 0 takes a free one. */
  readonly port?: number
  /** Address to listen at. Default `127.0.0.1`; `0.0.0.0` or `::` to be reached from elsewhere. */
  readonly host?: string
  /** Key and certificate chain as PEM text. Default: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly limits?: ServerLimits
  /** Default: lines of JSON on standard error. */
  readonly log?: Logger
}

/** A server that listens once and closes once. */
export interface Server {
  /** Resolves when connections are accepted; rejects when the address cannot be had. */
  listen(): Promise<{ readonly url: string }>
  /**
   * Accepts no more, lets requests under way finish, and resolves when their handlers have
   * settled and all connections are closed, or the time for it is over.
   */
  close(): Promise<void>
}

/** Builds a server of the routes, with `/healthz`, `/readyz` and `/metrics` beside them. */
export function createServer(options: ServerOptions): Server {
  const { port = 8080, host = '127.0.0.1', tls, log = pino(destination(2)) } = options
  const limits = createServerLimits(options.limits)
  const handlers = new Set<Promise<unknown>>()
  const responses = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let isClosing = false

  const app = createServerApplication({ ...options, log }, handlers, () => isClosing)
  const answer = async (request: Request, environment: Bindings) => {
    const { outgoing } = environment
    return guardResponse(await app.fetch(request, environment), outgoing, (error) =>
      log.warn({ error: describeError(error) }, 'a response failed half-way'),
    )
  }
  const listener = getRequestListener(answer, {
    // HTTP/1.0 knows no Host header.
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler: (error) =>
      error instanceof RequestError
        ? jsonResponse(400, { error: 'bad request' })
        : jsonResponse(500, { error: 'internal error' }),
  })
  const settings = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.min(1000, Math.ceil(limits.headersTimeout / 2)),
  }
  const server = tls
    ? createHttpsServer({ ...settings, ...checkTls(tls), handshakeTimeout: limits.headersTimeout })
    : createHttpServer(settings)
  server.maxConnections = limits.maxConnections
  server.timeout = limits.socketTimeout
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (isClosing) socket.destroy()
    clients.add(socket)
    socket.on('close', () => clients.delete(socket))
  })
  server.on('clientError', (error, socket) => refuseClient(error, socket, responses, log))
  server.on('request', (request, response) => {
    responses.add(response)
    if (isClosing) response.shouldKeepAlive = false
    response.on('close', () => {
      responses.delete(response)
      if (isClosing) setImmediate(() => server.closeIdleConnections())
    })
    void listener(request, response)
  })

  function open(): Promise<{ readonly url: string }> {
    return new Promise((resolve, reject) => {
      if (isClosing) throw new Error('the server is closed')
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        server.on('error', (error) => log.error({ error: error.message }, 'server'))
        const { port: bound } = server.address() as AddressInfo
        const name = host.includes(':') ? `[${host}]` : host
        resolve({ url: `${tls ? 'https' : 'http'}://${name}:${bound}` })
      })
    })
  }

  async function shut(): Promise<void> {
    isClosing = true
    await opened?.catch(() => undefined)
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    for (const response of responses) response.shouldKeepAlive = false
    // The platform closes those that have finished a request, not those that have not begun one.
    const busy = new Set([...responses].map(({ socket }) => socket))
    for (const client of clients) if (!busy.has(client)) client.destroy()
    const done = Promise.all([closed, allSettled(handlers)]).then(() => true)
    if (await within(limits.closeTimeout, done, false)) return
    log.warn(
      { requests: handlers.size, connections: sockets.size },
      'closed with requests under way',
    )
    for (const socket of sockets) socket.destroy()
    await closed
  }

  let opened: ReturnType<typeof open> | undefined
  let shutting: Promise<void> | undefined
  return {
    listen() {
      opened ??= open()
      return opened
    },
    close() {
      shutting ??= shut()
      return shutting
    },
  }
}

function checkTls({ key, cert }: { key: string; cert: string }): { key: string; cert: string } {
  try {
    createSecureContext({ key, cert })
  } catch (error) {
    throw configurationError(`tls: ${error instanceof Error ? error.message : error}`)
  }
  return { key, cert }
}

async function allSettled(promises: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (promises.size > 0) await Promise.allSettled(promises)
}
