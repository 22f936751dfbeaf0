/** HTTP with one host: requests out, whole replies back, and failures as values. */
import type { ConnectionOptions } from 'node:tls'
import { configurationError } from '@flowlogs/core'
import { Pool } from 'undici'
import { type CircuitBreakerOptions, createCircuitBreaker } from './circuit-breaker.ts'
import { type Clock, systemClock } from './clock.ts'
import { createInFlight } from './in-flight.ts'
import type { Metrics } from './metrics.ts'
import { type Again, isRetryable, parseRetryAfter } from './retry.ts'

/** How to talk to a host. */
export interface ExchangeOptions {
  /** Node's own TLS options. */
  readonly tls?: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized' | 'minVersion'
  >
  /** Milliseconds: to connect (default 10,000), from request to headers (60,000), between two pieces of the body (30,000). */
  readonly timeouts?: {
    readonly connect?: number
    readonly headers?: number
    readonly body?: number
  }
  /** How many requests are under way at once, each on its own connection. Default 4. */
  readonly concurrency?: number
  /** Bytes of the longest reply that is taken. Default 64 MiB. */
  readonly maxReplyBytes?: number
  readonly circuitBreaker?: CircuitBreakerOptions
}

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

/** A whole answer; names of headers are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** No whole answer: whether the request was carried out is unknown. It may be sent again. */
interface NetworkFailure {
  /** Node's, undici's or OpenSSL's code, such as `ECONNREFUSED`. */
  readonly failure: string
  readonly message: string
}

/** What comes back. */
export type HttpReply = HttpAnswer | NetworkFailure

/** A connection to one host. */
export interface Exchange {
  /**
   * Sends a request when it is its turn: concurrency and circuit breaker make it wait. Rejects only
   * with the reason of the signal, or when it cannot be sent at all.
   */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpReply>
  /** Lets requests under way end, and closes the connections. */
  close(): Promise<void>
}

/** Builds the exchange with the host of a URL; its path does not matter. */
export function createExchange(
  url: string,
  options: ExchangeOptions = {},
  metrics?: Metrics,
  clock: Clock = systemClock,
): Exchange {
  const { tls, timeouts = {}, concurrency = 4, maxReplyBytes = 64 * 1024 * 1024 } = options
  const pool = new Pool(originOf(url), {
    connections: concurrency,
    connect: { ...tls, timeout: timeouts.connect ?? 10_000 },
    headersTimeout: timeouts.headers ?? 60_000,
    bodyTimeout: timeouts.body ?? 30_000,
    maxResponseSize: maxReplyBytes,
  })
  const slots = createInFlight(concurrency)
  const breaker = createCircuitBreaker(options.circuitBreaker, clock)

  let closing: Promise<void> | undefined

  async function measured(request: HttpRequest, signal?: AbortSignal): Promise<HttpReply> {
    const start = clock.now()
    const reply = await exchange(pool, request, signal)
    metrics?.request({
      bytes: request.body === undefined ? 0 : Buffer.byteLength(request.body),
      milliseconds: clock.now() - start,
      outcome: 'failure' in reply ? reply.failure : reply.status,
    })
    return reply
  }

  return {
    async send(request, signal) {
      const release = await slots.acquire(1, signal)
      try {
        return await breaker(() => measured(request, signal), isTrouble, signal)
      } finally {
        release()
      }
    },
    close() {
      closing ??= pool.close()
      return closing
    },
  }
}

/** Why a request has to be sent again, or undefined when the reply is final. */
export function toAgain(reply: HttpReply): Again | undefined {
  if ('failure' in reply) return { again: `${reply.failure}: ${reply.message}` }
  if (!isRetryable(reply.status)) return undefined
  const after = parseRetryAfter(reply.headers['retry-after'] ?? '')
  return { again: `status ${reply.status}`, ...(after !== undefined && { after }) }
}

function isTrouble(reply: HttpReply): boolean {
  return 'failure' in reply || isRetryable(reply.status)
}

function originOf(url: string): string {
  // The URL itself stays out of the message: it may carry a password.
  if (!URL.canParse(url)) throw configurationError('the URL of the receiver is not a URL')
  const { protocol, origin } = new URL(url)
  if (protocol === 'http:' || protocol === 'https:') return origin
  throw configurationError(`the receiver is to be at an http or https URL, not ${protocol}`)
}

async function exchange(
  pool: Pool,
  { method, path, headers, body }: HttpRequest,
  signal?: AbortSignal,
): Promise<HttpReply> {
  try {
    const response = await pool.request({
      method,
      path,
      headers: headers ?? null,
      body: body ?? null,
      signal: signal ?? null,
    })
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: await response.body.text(),
    }
  } catch (error) {
    signal?.throwIfAborted()
    const { code, name, message } = error as NodeJS.ErrnoException
    // Not every mistake in a reply has a code.
    const failure = code ?? (name === 'HTTPParserError' ? name : undefined)
    if (failure === undefined || misuse.has(failure)) throw error
    return { failure, message }
  }
}

// What sending again cannot mend: a request that is none, or a connection that was closed.
const misuse = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
])
