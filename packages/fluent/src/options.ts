import type { ConnectionOptions } from 'node:tls'
import { configurationError, type FormatInput, type TransformOptions } from '@flowlogs/core'
import type { Undelivered } from './report.ts'

/** The Forward protocol's modes of carrying many events. */
const forwardModes = ['PackedForward', 'CompressedPackedForward', 'Forward'] as const

/** How packets carry events. */
export type ForwardMode = (typeof forwardModes)[number]

/** Shared key and user, which Fluentd checks in a handshake. */
export interface ForwardSecurity {
  readonly sharedKey: string
  readonly username?: string
  readonly password?: string
  /** How this side names itself; must differ from the receiver's. Default the host's name. */
  readonly clientHostname?: string
}

/** Where events go, what they look like, and how long to try. */
export interface ForwarderOptions
  extends Partial<
    Pick<TransformOptions, 'mapping' | 'filter' | 'idKey' | 'lenient' | 'maxLineLength' | 'clock'>
  > {
  /** The format of lines that follow no header line. Default `v2`. */
  readonly format?: FormatInput
  /** Default `localhost`. */
  readonly host?: string
  /** Default 24224. */
  readonly port?: number
  /** A unix socket, instead of host and port. */
  readonly path?: string
  /** TLS with Node's options (`ca`, and `cert` with `key` for mutual TLS), or `true` for its defaults. */
  readonly tls?: ConnectionOptions | boolean
  /** Only Fluentd checks a shared key that this client can answer. Default `fluent-bit`. */
  readonly receiver?: 'fluent-bit' | 'fluentd'
  readonly security?: ForwardSecurity
  /** The tag of each event; `${field}` is the value of a field, with `-` for none. */
  readonly tag: string
  /**
   * The attribute with the deterministic id, by which duplicates are recognised; `false` for none.
   * Default `flow_id`, unless the mapping writes the id itself.
   */
  readonly idField?: string | false
  /** Whether nested objects become names joined by dots. Default false. */
  readonly flatten?: boolean
  /** Default `PackedForward`. */
  readonly mode?: ForwardMode
  /** Whether a packet counts as delivered when the receiver says so, or when it is written. Default true. */
  readonly ack?: boolean
  /** Milliseconds to wait for an acknowledgement. Default 30,000. */
  readonly ackTimeout?: number
  /** Milliseconds to wait for a connection. Default 10,000. */
  readonly connectTimeout?: number
  /** Milliseconds from a call of `send` or `deliver` until what is not delivered is given up. Default 120,000. */
  readonly deadline?: number
  /** Bytes of events in a packet, before compression. Default 1,000,000. */
  readonly maxPacketBytes?: number
  /** Bytes of input that are worked on at a time; further calls wait. Default 64 MiB. */
  readonly maxQueueBytes?: number
  /** Packets that may wait for their acknowledgements at a time. Default 4. */
  readonly concurrency?: number
  /** The most milliseconds between two attempts to connect. Default 10,000. */
  readonly maxReconnectDelay?: number
  /** Milliseconds after which a connection is replaced, so that a balancer can choose anew. Default 300,000. */
  readonly rebalanceInterval?: number
  /** Takes what could not be delivered; once it resolves, these events count as taken care of. */
  readonly deadLetter?: (events: readonly Undelivered[]) => unknown
  /** Told of each failed attempt. */
  readonly onError?: (error: Error) => void
}

/** How to connect, what packets look like and how long to try: options with their defaults. */
export interface Settings
  extends Required<
    Pick<
      ForwarderOptions,
      | 'host'
      | 'port'
      | 'flatten'
      | 'mode'
      | 'ack'
      | 'ackTimeout'
      | 'connectTimeout'
      | 'deadline'
      | 'maxPacketBytes'
      | 'maxQueueBytes'
      | 'concurrency'
      | 'maxReconnectDelay'
      | 'rebalanceInterval'
      | 'onError'
    >
  > {
  readonly path: string | undefined
  readonly tls: ConnectionOptions | undefined
  readonly security: ForwardSecurity | undefined
}

/** Throws when options contradict each other or are out of range. */
export function toSettings(options: ForwarderOptions): Settings {
  const { host, port = 24224, path, receiver = 'fluent-bit', security } = options
  const { tls = false, mode = 'PackedForward' } = options
  if (path !== undefined && (host !== undefined || options.port !== undefined || tls)) {
    throw configurationError('a unix socket (path) has no host, port or TLS')
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw configurationError(`port must be 1 to 65535, not ${port}`)
  }
  if (receiver !== 'fluent-bit' && receiver !== 'fluentd') {
    throw configurationError(`receiver must be fluent-bit or fluentd, not ${receiver}`)
  }
  if (!forwardModes.includes(mode)) {
    throw configurationError(`mode must be one of ${forwardModes.join(', ')}, not ${mode}`)
  }
  if (security && receiver !== 'fluentd') {
    throw configurationError(
      "a shared key needs receiver: 'fluentd'. Fluent Bit sends the random bytes of its handshake as text, " +
        'which the client damages when it reads them, so the digests never match; use TLS with client certificates',
    )
  }
  if (security && !security.sharedKey) {
    throw configurationError('security needs a sharedKey')
  }
  return {
    host: host ?? 'localhost',
    port,
    path,
    tls: tls === true ? {} : tls || undefined,
    security,
    mode,
    ack: options.ack ?? true,
    ackTimeout: positive('ackTimeout', options.ackTimeout ?? 30_000),
    connectTimeout: positive('connectTimeout', options.connectTimeout ?? 10_000),
    deadline: positive('deadline', options.deadline ?? 120_000),
    maxPacketBytes: positive('maxPacketBytes', options.maxPacketBytes ?? 1_000_000),
    maxQueueBytes: positive('maxQueueBytes', options.maxQueueBytes ?? 64 * 1024 * 1024),
    concurrency: positive('concurrency', options.concurrency ?? 4),
    maxReconnectDelay: positive('maxReconnectDelay', options.maxReconnectDelay ?? 10_000),
    rebalanceInterval: positive('rebalanceInterval', options.rebalanceInterval ?? 300_000),
    flatten: options.flatten ?? false,
    onError: options.onError ?? (() => {}),
  }
}

function positive(name: string, value: number): number {
  if (value > 0 && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY)) return value
  throw configurationError(`${name} must be a positive integer, not ${value}`)
}
