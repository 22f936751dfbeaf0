/** What the server tells about each request: one structured line and one measurement. */
import { type Histogram, type MeterProvider, metrics } from '@opentelemetry/api'
import type { Logger } from 'pino'

/** One request that was answered. */
export interface RequestReport {
  readonly request: Request
  /** The configured path, if there is one for the request. */
  readonly route?: string
  readonly remoteAddress: string | undefined
  readonly status: number
  readonly milliseconds: number
  /** What the handler threw. */
  readonly error?: unknown
  /** Whether it is measured only. */
  readonly isQuiet: boolean
}

/** Builds the report; a failing logger is no reason to fail a request. */
export function createRequestReport(log: Logger): (report: RequestReport) => void {
  let instrument: { provider: MeterProvider; duration: Histogram } | undefined

  // The API's meters stay silent if no SDK is registered yet, so ask each time.
  function duration(): Histogram {
    const provider = metrics.getMeterProvider()
    if (instrument?.provider === provider) return instrument.duration
    // https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
    const created = provider
      .getMeter('@flowlogs/http')
      .createHistogram('http.server.request.duration', {
        unit: 's',
        description: 'Duration of HTTP server requests.',
        advice: { explicitBucketBoundaries: durations },
      })
    instrument = { provider, duration: created }
    return created
  }

  return ({ request, route, remoteAddress, status, milliseconds, error, isQuiet }) => {
    try {
      const { protocol, pathname } = new URL(request.url)
      duration().record(milliseconds / 1000, {
        'http.request.method': knownMethods.has(request.method) ? request.method : '_OTHER',
        'http.response.status_code': status,
        'url.scheme': protocol.slice(0, -1),
        ...(route !== undefined && { 'http.route': route }),
      })
      if (isQuiet) return
      const requestId = requestIdOf(request.headers)
      log[status >= 500 ? 'warn' : 'info'](
        {
          method: printable(request.method),
          // Never the query: it may hold a secret.
          path: printable(pathname),
          status,
          milliseconds: Math.round(milliseconds * 10) / 10,
          remoteAddress,
          ...(requestId !== null && { requestId: printable(requestId) }),
          ...(error !== undefined && { error: describeError(error) }),
          ...(log.isLevelEnabled('debug') && { headers: redactedHeaders(request.headers) }),
        },
        'request',
      )
    } catch {
      // See above.
    }
  }
}

/** An error as one line of printable text. */
export function describeError(error: unknown): string {
  return printable(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

// Seconds, as the semantic convention advises.
const durations = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const knownMethods = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])
const secretName = /authorization|cookie|key|token|secret|password|signature|credential/

function requestIdOf(headers: Headers): string | null {
  return headers.get('x-amz-firehose-request-id') ?? headers.get('x-request-id')
}

function redactedHeaders(headers: Headers): { [name: string]: string } {
  const shown = [...headers].map(([name, value]) => [
    printable(name),
    secretName.test(name) ? '[redacted]' : printable(value),
  ])
  return Object.fromEntries(shown)
}

// JSON escapes the controls below U+0020 only; the others can move a terminal's cursor, too.
function printable(text: string): string {
  return text.slice(0, 512).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
