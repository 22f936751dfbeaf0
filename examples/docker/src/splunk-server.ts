import { createReadStream, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'

/** Splunk's HTTP Event Collector, and as much of its management port as the check asks. */
export interface SplunkStandIn {
  readonly collector: Server
  readonly management: Server
}

interface Reply {
  readonly status: number
  readonly body: object
}

/**
 * Answers as Splunk documents it for its collector; a request is answered when its events are on
 * disk. Whatever is searched for, an export has every event.
 */
export function createSplunkStandIn(path: string, token: string, password: string): SplunkStandIn {
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other, so that no line is torn. */
  function append(lines: string): Promise<void> {
    const written = last.then(async () => {
      const file = await open(path, 'a')
      await file.appendFile(lines)
      await file.datasync()
      await file.close()
    })
    last = written.catch(() => {})
    return written
  }

  async function collect(request: IncomingMessage): Promise<Reply> {
    if (request.url === '/services/collector/health') return saying(200, 'HEC is healthy', 17)
    if (request.method !== 'POST' || request.url !== '/services/collector/event') {
      return saying(404, 'The requested URL was not found on this server.', 404)
    }
    const { authorization } = request.headers
    if (authorization === undefined) return saying(401, 'Token is required', 2)
    if (!authorization.startsWith('Splunk ')) return saying(401, 'Invalid authorization', 3)
    if (authorization !== `Splunk ${token}`) return saying(403, 'Invalid token', 4)
    const isGzip = request.headers['content-encoding'] === 'gzip'
    const body = await text(isGzip ? request.pipe(createGunzip()) : request)
    const lines = body.split('\n').filter(Boolean)
    if (lines.length === 0) return saying(400, 'No data', 5)
    const taken: string[] = []
    let refusal: Reply | undefined
    for (const [number, line] of lines.entries()) {
      const event = eventIn(line)
      if (typeof event === 'string') taken.push(`${event}\n`)
      else refusal = saying(400, event.text, event.code, { 'invalid-event-number': number })
      if (refusal) break
    }
    // What comes before the first bad event is stored.
    await append(taken.join(''))
    return refusal ?? saying(200, 'Success', 0)
  }

  async function search(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isKnown = request.url === '/services/search/jobs/export' && request.method === 'POST'
    if (request.headers.authorization !== `Basic ${btoa(`admin:${password}`)}`) {
      response
        .writeHead(401)
        .end('{"messages":[{"type":"WARN","text":"call not properly authenticated"}]}')
    } else if (!isKnown) {
      response.writeHead(404).end('{"messages":[{"type":"ERROR","text":"Not Found"}]}')
    } else {
      await last
      const lines = existsSync(path) ? createInterface({ input: createReadStream(path) }) : []
      let offset = 0
      for await (const _raw of lines) {
        const result = { preview: false, offset: offset++, result: { _raw } }
        if (!response.write(`${JSON.stringify(result)}\n`)) {
          await new Promise((resolve) => response.once('drain', resolve))
        }
      }
      response.end('{"preview":false,"lastrow":true}\n')
    }
  }

  return {
    collector: createServer(async (request, response) => {
      const { status, body } = await collect(request).catch(() => saying(500, 'Internal error', 8))
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }),
    management: createServer((request, response) => {
      search(request, response).catch(() => response.destroy())
    }),
  }
}

/** What Splunk would index of an envelope, or why it refuses it. */
function eventIn(line: string): string | { readonly text: string; readonly code: number } {
  try {
    const { event } = JSON.parse(line)
    if (event === undefined) return { text: 'Event field is required', code: 12 }
    if (event === '') return { text: 'Event field cannot be blank', code: 13 }
    return typeof event === 'string' ? event : JSON.stringify(event)
  } catch {
    return { text: 'Invalid data format', code: 6 }
  }
}

function saying(status: number, text: string, code: number, numbers: object = {}): Reply {
  return { status, body: { text, code, ...numbers } }
}
