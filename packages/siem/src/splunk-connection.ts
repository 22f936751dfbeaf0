/** Requests to Splunk's HTTP Event Collector that carry the token and what keeps a channel together. */
import { configurationError } from '@flowlogs/core'
import { createExchange, type ExchangeOptions, type HttpReply } from './exchange.ts'
import type { Metrics } from './metrics.ts'

/** Which collector, and how to talk to it. */
export interface SplunkConnectionOptions {
  /** Such as `https://splunk.example.com:8088`; a path in it takes the place of `/services/collector`. */
  readonly url: string
  /** The value of the token. */
  readonly token: string
  /** TLS, timeouts, concurrency and the like. */
  readonly http?: ExchangeOptions
}

/** A connection to one collector. */
export interface SplunkConnection {
  send(
    request: {
      readonly endpoint: 'event' | 'ack' | 'health'
      readonly headers?: Readonly<Record<string, string>>
      /** Without one, the request is a GET. */
      readonly body?: Uint8Array | string
    },
    signal?: AbortSignal,
  ): Promise<HttpReply>
  close(): Promise<void>
}

/** Builds the connection. It gives cookies back, as load balancers need it to be sticky. */
export function createSplunkConnection(
  { url, token, http }: SplunkConnectionOptions,
  metrics?: Metrics,
): SplunkConnection {
  // Neither message may repeat what it is about.
  if (!/^[\x21-\x7e]+$/.test(token)) throw configurationError('the token is not one of Splunk')
  const exchange = createExchange(url, http, metrics)
  const { pathname, username, password, search } = new URL(url)
  if (username || password || search) {
    throw configurationError('credentials and queries do not belong into the URL of Splunk')
  }
  const path = pathname.replace(/(?:\/event)?\/*$/, '') || '/services/collector'
  const cookies = new Map<string, string>()

  return {
    async send({ endpoint, headers, body }, signal) {
      const cookie = Array.from(cookies.values()).join('; ')
      const reply = await exchange.send(
        {
          method: body === undefined ? 'GET' : 'POST',
          path: `${path}/${endpoint}`,
          headers: {
            authorization: `Splunk ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(cookie && { cookie }),
            ...headers,
          },
          ...(body !== undefined && { body }),
        },
        signal,
      )
      const given = 'failure' in reply ? undefined : reply.headers['set-cookie']
      for (const each of given?.split(betweenCookies) ?? []) {
        const [pair = ''] = each.split(';')
        cookies.set(pair.slice(0, pair.indexOf('=')).trim(), pair.trim())
      }
      return reply
    },
    close: exchange.close,
  }
}

// Several headers were joined with commas; the one in a date has no name and `=` after it.
const betweenCookies = /,(?=\s*[^\s;,=]+=)/
