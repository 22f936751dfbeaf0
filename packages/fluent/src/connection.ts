/**
 * One connection to a receiver, by @fluent-org/logger: its socket, handshake, acknowledgements and
 * their timers. The client is given packets that are ready to send through its own queue's place,
 * since that queue puts all events of a tag into one packet of any size, rejects integers beyond
 * 2^53 and compresses on the main thread. One client serves one connection: it keeps nothing that
 * could be wrong about the next.
 */
import { hostname } from 'node:os'
import { FluentClient, FluentSocketEvent } from '@fluent-org/logger'
import { failureError, toFailureError } from './failure.ts'
import type { Settings } from './options.ts'

/** The bytes of a packet, given the name by which its acknowledgement is told. */
export type Frame = (chunk: string | undefined) => Uint8Array

/** An established connection. */
export interface Connection {
  readonly isOpen: boolean
  /** Packets without an answer. */
  readonly inFlight: number
  /** Resolves when the packet is acknowledged, or without acknowledgements when it is written. */
  send(frame: Frame): Promise<void>
  /** Ends it when nothing is on its way any more. */
  retire(): void
  /** Ends it; what is on its way fails. */
  destroy(): void
}

interface Handover {
  readonly packet: Uint8Array
  readonly deferred: {
    readonly resolve: () => void
    readonly reject: (error: Error) => void
  }
}

/** What is used of the client beyond its public types; its version is pinned. */
interface Internals {
  sendQueue: {
    readonly queueLength: number
    readonly queueSize: number
    nextPacket(chunk?: string): Handover | null
    clear(): void
  }
  readonly socket: { close(state: typeof fatal): void }
}

const fatal = 0

/** Connects, and authenticates if asked to. Rejects with a failure. */
export function openConnection(settings: Settings): Promise<Connection> {
  const { host, port, path, tls, security, ack, ackTimeout, connectTimeout } = settings
  const client = new FluentClient(null, {
    socket: {
      ...(path === undefined ? { host, port } : { path }),
      ...(tls && { tls }),
      // The client's own reconnects have no way to tell what was lost; and it takes a connection
      // that is waiting for an acknowledgement for an idle one, and closes it.
      disableReconnect: true,
      timeout: -1,
    },
    ...(security && { security: { clientHostname: hostname(), ...security } }),
    ...(ack && { ack: { ackTimeout } }),
    disableAutoconnect: true,
  })
  const internals = client as unknown as Internals
  const waiting: ((chunk: string | undefined) => Handover)[] = []
  const inFlight = new Set<(error: Error) => void>()
  let isOpen = false
  let isRetired = false
  let failure: Error | undefined

  internals.sendQueue = {
    get queueLength() {
      return waiting.length
    },
    queueSize: -1,
    nextPacket: (chunk) => waiting.shift()?.(chunk) ?? null,
    clear() {},
  }

  function destroy(): void {
    isOpen = false
    internals.socket.close(fatal)
  }

  function endWhenDone(): void {
    if (!isRetired || inFlight.size > 0) return
    // Sends what is still in the socket's buffer, then closes.
    client.disconnect().then(destroy, destroy)
  }

  const connection: Connection = {
    get isOpen() {
      return isOpen
    },
    get inFlight() {
      return inFlight.size
    },
    async send(frame) {
      if (!isOpen || !client.writable) {
        throw failureError('connection_closed', 'the connection is closed')
      }
      let fail: ((error: Error) => void) | undefined
      try {
        await new Promise<void>((resolve, reject) => {
          fail = reject
          inFlight.add(fail)
          waiting.push((chunk) => ({ packet: frame(chunk), deferred: { resolve, reject } }))
          client.syncFlush()
        })
      } catch (error) {
        throw toFailureError(error, 'connection_closed')
      } finally {
        if (fail) inFlight.delete(fail)
        endWhenDone()
      }
    },
    retire() {
      isRetired = true
      isOpen = false
      endWhenDone()
    },
    destroy,
  }

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      failure = failureError('unreachable', 'the receiver did not answer in time')
      destroy()
    }, connectTimeout)
    client.socketOn(FluentSocketEvent.ERROR, (error: Error) => {
      failure ??= error
    })
    client.socketOn(FluentSocketEvent.ESTABLISHED, () => {
      clearTimeout(timer)
      isOpen = true
      resolve(connection)
    })
    client.socketOn(FluentSocketEvent.CLOSE, () => {
      clearTimeout(timer)
      isOpen = false
      const closed = failure ?? new Error('the receiver closed the connection')
      reject(toFailureError(closed, 'unreachable'))
      for (const fail of inFlight) fail(toFailureError(closed, 'connection_closed'))
      // Clears the client's timers, which would keep the process running.
      client.disconnect().catch(() => {})
    })
    // Failures are told by the events.
    client.connect().catch(() => {})
  })
}
