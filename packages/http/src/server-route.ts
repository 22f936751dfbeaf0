/** A route of the server: its handler behind authorization and a size limit. */
import { configurationError } from '@flowlogs/core'
import { type Auth, createAuthorization } from './authorization.ts'
import { jsonResponse } from './json-response.ts'

/** A web-standard handler. */
export type Handler = (request: Request) => Promise<Response>

/** A handler that differs from the server's defaults. */
export interface Route {
  readonly handler: Handler
  /** Instead of the server's; `'none'` for a handler that has keys of its own. */
  readonly auth?: Auth | 'none'
  /** Bytes of a request body as sent; beyond, 413. Default: the handler decides. */
  readonly maxBodyBytes?: number
}

/** Builds the guarded handler; what the handler throws, this one throws. */
export function createRouteHandler(route: Handler | Route, serverAuth: Auth | undefined): Handler {
  const { handler, maxBodyBytes, ...own } = typeof route === 'function' ? { handler: route } : route
  const auth = 'auth' in own ? own.auth : serverAuth
  const authorization = auth && auth !== 'none' ? createAuthorization(auth) : undefined
  if (maxBodyBytes !== undefined && !(Number.isSafeInteger(maxBodyBytes) && maxBodyBytes > 0)) {
    throw configurationError(`maxBodyBytes must be a positive integer, not ${maxBodyBytes}`)
  }

  return async (request) => {
    if (authorization && !authorization.isAuthorized(request.headers.get('authorization'))) {
      const headers = { 'www-authenticate': authorization.challenge }
      return jsonResponse(401, { error: 'unauthorized' }, headers)
    }
    // The platform knows no request with this method.
    if (request.method === 'TRACE') return jsonResponse(501, { error: 'not implemented' })
    if (maxBodyBytes === undefined) return handler(standardRequest(request, request.body))
    if (Number(request.headers.get('content-length')) > maxBodyBytes) return tooLarge(maxBodyBytes)

    let bytes = 0
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length
        if (bytes > maxBodyBytes) throw new Error(`the body has more than ${maxBodyBytes} bytes`)
        controller.enqueue(chunk)
      },
    })
    const body = request.body?.pipeThrough(counter) ?? null
    try {
      const response = await handler(standardRequest(request, body))
      return bytes > maxBodyBytes ? tooLarge(maxBodyBytes) : response
    } catch (error) {
      if (bytes > maxBodyBytes) return tooLarge(maxBodyBytes)
      throw error
    }
  }
}

// The adapter's requests are look-alikes, which the platform's `new Request` and `fetch` refuse.
function standardRequest(
  { url, method, headers, signal }: Request,
  body: Request['body'],
): Request {
  return new Request(url, { method, headers, signal, body, ...(body && { duplex: 'half' }) })
}

function tooLarge(maxBodyBytes: number): Response {
  return jsonResponse(413, { error: `the body has more than ${maxBodyBytes} bytes` })
}
