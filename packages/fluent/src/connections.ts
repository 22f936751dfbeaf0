/** The connection to use: opened when needed, replaced when broken or old, never too eagerly. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, openConnection } from './connection.ts'
import { failureError, toFailureError } from './failure.ts'
import type { Settings } from './options.ts'

/** The connections of a forwarder, one of which is current. */
export interface Connections {
  /** Waits for its turn if the last ones failed. Rejects with a failure. */
  current(): Promise<Connection>
  /** Told that a packet was acknowledged. */
  succeeded(): void
  /** Told that a packet failed on a connection; the next packets take another one. */
  failed(connection: Connection): void
  close(): void
}

const firstDelay = 250

/** Builds the connections of a forwarder. */
export function createConnections(settings: Settings): Connections {
  const { maxReconnectDelay, rebalanceInterval } = settings
  const closing = new AbortController()
  const open = new Set<Connection>()
  let connection: Connection | undefined
  let openedAt = 0
  let opening: Promise<Connection> | undefined
  let failures = 0

  async function connect(): Promise<Connection> {
    try {
      if (failures > 0) {
        const longest = Math.min(maxReconnectDelay, firstDelay * 2 ** (failures - 1))
        await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: closing.signal })
      }
      const opened = await openConnection(settings)
      if (closing.signal.aborted) {
        opened.destroy()
        throw failureError('shutdown', 'the forwarder was closed')
      }
      connection = opened
      openedAt = performance.now()
      for (const each of open) if (!each.isOpen && each.inFlight === 0) open.delete(each)
      open.add(opened)
      return opened
    } catch (error) {
      failures++
      throw toFailureError(error, 'unreachable')
    } finally {
      opening = undefined
    }
  }

  return {
    async current() {
      if (connection?.isOpen) {
        if (performance.now() - openedAt < rebalanceInterval) return connection
        connection.retire()
      }
      opening ??= connect()
      return opening
    },
    succeeded() {
      failures = 0
    },
    failed(broken) {
      // Several packets fail with one connection; it counts once.
      if (broken !== connection) return
      connection = undefined
      failures++
      if (broken.isOpen) broken.retire()
    },
    close() {
      closing.abort()
      for (const each of open) {
        if (each.inFlight > 0) each.destroy()
        else each.retire()
      }
    },
  }
}
