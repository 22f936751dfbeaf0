/** How much, and for how long, a client may occupy the server. */
import { configurationError } from '@flowlogs/core'

/** Limits of a server; times are in milliseconds. */
export interface ServerLimits {
  /** Beyond, a connection is closed at once. Default 1024. */
  readonly maxConnections?: number
  /** Of the request line and all headers; beyond, 431. Default 96 KiB. */
  readonly maxHeaderBytes?: number
  /** For the TLS handshake, and for a request's headers. Default 10 seconds. */
  readonly headersTimeout?: number
  /** For the whole request to arrive; beyond, 408. Default two minutes. */
  readonly requestTimeout?: number
  /** Between two requests of a connection. Default 75 seconds, more than load balancers wait. */
  readonly keepAliveTimeout?: number
  /**
   * For a connection on which nothing moves, also while a handler works or the client does not
   * read. Default five minutes, more than Firehose waits.
   */
  readonly socketTimeout?: number
  /** For requests under way to finish when the server closes. Default 30 seconds. */
  readonly closeTimeout?: number
}

const defaults: Required<ServerLimits> = {
  maxConnections: 1024,
  maxHeaderBytes: 96 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 75_000,
  socketTimeout: 300_000,
  closeTimeout: 30_000,
}

/** Checks limits and fills in those that are not given. */
export function createServerLimits(given: ServerLimits = {}): Required<ServerLimits> {
  const limits = { ...defaults, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaults, name)) throw configurationError(`there is no limit "${name}"`)
    if (!Number.isSafeInteger(value) || value <= 0) {
      throw configurationError(`limits.${name} must be a positive integer, not ${value}`)
    }
  }
  if (limits.headersTimeout > limits.requestTimeout) {
    throw configurationError('limits.headersTimeout is longer than limits.requestTimeout')
  }
  return limits
}
