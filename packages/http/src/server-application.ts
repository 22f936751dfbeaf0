/** What the server answers at which path. */
import { configurationError } from '@flowlogs/core'
import type { Http2Bindings, HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Logger } from 'pino'
import type { Auth } from './authorization.ts'
import { jsonResponse } from './json-response.ts'
import { createRequestReport, describeError } from './request-report.ts'
import { createRouteHandler, type Handler, type Route } from './server-route.ts'
import { within } from './within.ts'

/** What the adapter hands over with a request. */
export type Bindings = HttpBindings | Http2Bindings

/** What is served, to whom. */
export interface ApplicationOptions {
  /** By path, such as `/firehose`, which must be matched exactly. */
  readonly routes: { readonly [path: string]: Handler | Route }
  /** Asked of every route without an `auth` of its own, and of `/metrics`. Default: nothing. */
  readonly auth?: Auth
  /** Rejects when the server should get no traffic; the reason is logged, never answered. */
  readonly ready?: () => Promise<unknown>
  /** The text of `/metrics`. Default: there is no such path. */
  readonly metrics?: () => Promise<string>
}

const ownPaths = ['/healthz', '/readyz', '/metrics']
const readyMilliseconds = 5000

/** Builds the router; the promises of handlers under way are in the set it is given. */
export function createServerApplication(
  { routes, auth, ready, metrics, log }: ApplicationOptions & { readonly log: Logger },
  handlers: Set<Promise<unknown>>,
  isClosing: () => boolean,
): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>()
  const report = createRequestReport(log)

  app.use(async (context, next) => {
    const started = performance.now()
    const remoteAddress = context.env.incoming.socket.remoteAddress
    await next()
    const { path } = context.req
    const { status } = context.res
    const isOwn = ownPaths.includes(path)
    report({
      request: context.req.raw,
      ...((isOwn || Object.hasOwn(routes, path)) && { route: path }),
      remoteAddress,
      status,
      milliseconds: performance.now() - started,
      ...(context.error && { error: context.error }),
      isQuiet: isOwn && status < 400,
    })
  })

  app.get('/healthz', () => jsonResponse(200, { status: 'ok' }))
  app.get('/readyz', async () => {
    try {
      await within(readyMilliseconds, ready?.(), new Error('no answer in time'))
      return jsonResponse(200, { status: 'ok' })
    } catch (error) {
      log.warn({ error: describeError(error) }, 'not ready')
      return jsonResponse(503, { status: 'unavailable' })
    }
  })
  if (metrics) {
    const handler: Handler = async () => {
      const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
      return new Response(await metrics(), { headers })
    }
    const guarded = createRouteHandler(handler, auth)
    app.get('/metrics', (context) => guarded(context.req.raw))
  }

  for (const [path, route] of Object.entries(routes)) {
    if (!/^\/$|^(?:\/[A-Za-z0-9._~-]+)+$/.test(path) || ownPaths.includes(path)) {
      throw configurationError(`"${path}" cannot be the path of a route`)
    }
    const handler = createRouteHandler(route, auth)
    app.all(path, async (context) => {
      if (isClosing()) return jsonResponse(503, { error: 'closing' }, { 'retry-after': '1' })
      const response = handler(context.req.raw)
      handlers.add(response)
      try {
        return await response
      } finally {
        handlers.delete(response)
      }
    })
  }
  app.notFound(() => jsonResponse(404, { error: 'not found' }))
  app.onError(() => jsonResponse(500, { error: 'internal error' }))
  return app
}
