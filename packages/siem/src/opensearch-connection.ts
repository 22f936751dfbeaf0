/** Requests to OpenSearch or Elasticsearch that say who sends them. */
import { configurationError } from '@flowlogs/core'
import {
  createExchange,
  type Exchange,
  type ExchangeOptions,
  type HttpRequest,
} from './exchange.ts'
import type { Metrics } from './metrics.ts'
import { type AwsSigning, createSigner, type Signer } from './sigv4.ts'

/** Who sends: a user, an API key as Elasticsearch hands it out (base64), a token, or an AWS identity. */
export type OpenSearchAuthentication =
  | { readonly username: string; readonly password: string }
  | { readonly apiKey: string }
  | { readonly bearerToken: string }
  | AwsSigning

/** Which server, and how to talk to it. */
export interface OpenSearchConnectionOptions {
  /** Such as `https://search.example.com:9200`; a path in it stands before that of every request. */
  readonly url: string
  readonly authentication?: OpenSearchAuthentication
  /** TLS, timeouts, concurrency and the like. */
  readonly http?: ExchangeOptions
}

/** Builds the connection. Paths of its requests begin with a slash. */
export function createOpenSearchConnection(
  { url, authentication, http }: OpenSearchConnectionOptions,
  metrics?: Metrics,
): Exchange {
  const exchange = createExchange(url, http, metrics)
  const { pathname, username, password, search } = new URL(url)
  if (username || password || search) {
    throw configurationError('credentials and queries do not belong into the URL of the server')
  }
  const prefix = pathname.replace(/\/+$/, '')
  const authenticate = toSigner(url, authentication)

  return {
    async send(request, signal) {
      const prefixed: HttpRequest = { ...request, path: prefix + request.path }
      return exchange.send({ ...prefixed, headers: await authenticate(prefixed) }, signal)
    },
    close: exchange.close,
  }
}

function toSigner(url: string, authentication: OpenSearchAuthentication | undefined): Signer {
  if (!authentication) return async ({ headers = {} }) => headers
  if ('service' in authentication) return createSigner(url, authentication)
  const authorization = toAuthorization(authentication)
  return async ({ headers }) => ({ ...headers, authorization })
}

function toAuthorization(who: Exclude<OpenSearchAuthentication, AwsSigning>): string {
  if ('apiKey' in who) return `ApiKey ${who.apiKey}`
  if ('bearerToken' in who) return `Bearer ${who.bearerToken}`
  return `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}`
}
