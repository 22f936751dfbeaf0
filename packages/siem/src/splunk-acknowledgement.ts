/** Indexer acknowledgement of Splunk's HTTP Event Collector: asks until requests are indexed. */
import { randomUUID } from 'node:crypto'
import { configurationError } from '@flowlogs/core'
import { abortable } from './abortable.ts'
import { type Clock, systemClock } from './clock.ts'
import type { HttpReply } from './exchange.ts'
import { parseObject, toStop } from './hec-reply.ts'
import type { SplunkConnection } from './splunk-connection.ts'

/** How to ask; both in milliseconds. */
export interface AcknowledgementOptions {
  /** Default 10,000. */
  readonly pollInterval?: number
  /** After how long without an acknowledgement events are sent again. Default 300,000. */
  readonly expiry?: number
}

/** Numbers that wait for their acknowledgement. */
export interface Acknowledgement {
  /** The name of the channel, which goes with every request. */
  readonly headers: Readonly<Record<string, string>>
  /** To be called before a request is sent; what it returns belongs to that request. */
  begin(): AcknowledgementTicket
  /**
   * Resolves when the request with this number is indexed, or to the reason for sending it again.
   * Rejects when Splunk will never acknowledge anything.
   */
  wait(
    ticket: AcknowledgementTicket,
    ackId: number,
    signal: AbortSignal,
  ): Promise<string | undefined>
}

/** What was known when a request was sent. */
export interface AcknowledgementTicket {
  readonly epoch: number
  readonly latest: number
}

interface Waiter {
  readonly since: number
  readonly resolve: (again: string | undefined) => void
  readonly reject: (error: Error) => void
}

/** Builds the bookkeeping of one channel. */
export function createAcknowledgement(
  options: AcknowledgementOptions,
  connection: Pick<SplunkConnection, 'send'>,
  clock: Clock = systemClock,
): Acknowledgement {
  const { pollInterval = 10_000, expiry = 300_000 } = options
  for (const [name, value] of Object.entries({ pollInterval, expiry })) {
    if (value > 0 && value < 2 ** 31) continue
    throw configurationError(`${name} is to be a number of milliseconds, not ${value}`)
  }
  const headers = { 'x-splunk-request-channel': randomUUID() }
  const waiters = new Map<number, Waiter>()
  let timer: NodeJS.Timeout | undefined
  let polling: AbortController | undefined
  // Splunk counts the requests of a channel from 0, so a request that was sent after a reply has a
  // higher number than that reply. Otherwise another server has answered, or the same one after a
  // restart; it would acknowledge new requests under the old numbers.
  let latest = -1
  let epoch = 0

  function schedule(): void {
    if (waiters.size > 0 && !polling) timer ??= setTimeout(poll, pollInterval)
  }

  function remove(ackId: number, waiter: Waiter): void {
    if (waiters.get(ackId) === waiter) waiters.delete(ackId)
    if (waiters.size > 0) return
    clearTimeout(timer)
    timer = undefined
    polling?.abort()
  }

  function sendAllAgain(why: string): void {
    for (const { resolve } of waiters.values()) resolve(why)
    waiters.clear()
  }

  async function poll(): Promise<void> {
    timer = undefined
    polling = new AbortController()
    const { signal } = polling
    try {
      const body = JSON.stringify({ acks: [...waiters.keys()] })
      settle(await connection.send({ endpoint: 'ack', headers, body }, signal))
    } catch (error) {
      if (!signal.aborted) for (const { reject } of waiters.values()) reject(error as Error)
    }
    polling = undefined
    schedule()
  }

  function settle(reply: HttpReply): void {
    const stop = toStop(reply)
    if (stop) throw stop
    const acks = 'failure' in reply ? {} : acksOf(reply.body)
    const now = clock.now()
    for (const [ackId, waiter] of waiters) {
      // False may mean not yet, forgotten or never heard of.
      if (acks[ackId] === true) waiter.resolve(undefined)
      else if (now - waiter.since >= expiry) waiter.resolve(`not acknowledged in ${expiry} ms`)
    }
  }

  return {
    headers,
    begin: () => ({ epoch, latest }),
    async wait(ticket, ackId, signal) {
      const isCurrent = ticket.epoch === epoch
      if ((isCurrent && ackId <= ticket.latest) || waiters.has(ackId)) {
        sendAllAgain('the server counts anew: it was restarted, or a load balancer is not sticky')
        epoch += 1
        latest = ackId
      } else if (isCurrent) latest = Math.max(latest, ackId)
      let waiter: Waiter | undefined
      const settled = new Promise<string | undefined>((resolve, reject) => {
        waiter = { since: clock.now(), resolve, reject }
        waiters.set(ackId, waiter)
      })
      schedule()
      try {
        return await abortable(settled, signal)
      } finally {
        if (waiter) remove(ackId, waiter)
      }
    },
  }
}

function acksOf(body: string): Readonly<Record<string, unknown>> {
  const { acks } = parseObject(body)
  return typeof acks === 'object' && acks !== null ? (acks as Record<string, unknown>) : {}
}
