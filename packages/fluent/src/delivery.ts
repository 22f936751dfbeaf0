/** Brings the events of a batch to the receiver: cuts packets, sends, tries again, and gives up. */
import type { Batch } from './batch.ts'
import { type Call, unlessGivenUp } from './call.ts'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { type Failure, failureError, toFailureError } from './failure.ts'
import type { Gate } from './gate.ts'
import type { Settings } from './options.ts'
import type { Entries, Packer } from './packet.ts'
import type { Undelivered } from './report.ts'

/** What a forwarder's deliveries share. */
export interface DeliveryTools {
  readonly settings: Settings
  readonly connections: Connections
  readonly packer: Packer
  /** Packets on their way. */
  readonly slots: Gate
}

/** What became of a batch: each event is in one of the two. */
export interface Delivered {
  readonly delivered: number
  readonly undelivered: readonly Undelivered[]
}

/** What was tried so far. */
interface Attempts {
  readonly attempts: number
  readonly last?: Failure | undefined
}

/** Beyond it the seconds of an EventTime overflow. */
const timeLimit = 2 ** 32 * 1000

/** Delivers a batch. Rejects only when the batch does not have what its tags are made from. */
export async function deliverBatch(
  { settings, connections, packer, slots }: DeliveryTools,
  batch: Batch,
  call: Call,
): Promise<Delivered> {
  const { signal } = call
  const undelivered: Undelivered[] = []
  let delivered = 0

  function giveUp(indexes: readonly number[], failure: Failure, attempts: number): void {
    const { code, message } = failure
    for (const index of indexes) {
      const time = batch.time(index)
      undelivered.push({
        id: batch.id(index),
        tag: batch.tag(index),
        ...(time !== undefined && { time }),
        event: batch.text(index),
        code,
        message,
        attempts,
      })
    }
  }

  /** Sends all events of a tag, packet after packet; several may be on their way. */
  async function sendTag(tag: string, indexes: readonly number[]): Promise<void> {
    const underWay = new Set<Promise<void>>()
    for (let first = 0; first < indexes.length; ) {
      try {
        await slots.enter(1, signal)
      } catch (failure) {
        giveUp(indexes.slice(first), failure as Error & Failure, 0)
        break
      }
      const entries = packer.packEntries(batch, indexes, first)
      if (entries.count === 0) {
        const { maxPacketBytes } = settings
        const message = `the event takes more than ${maxPacketBytes} bytes`
        giveUp(indexes.slice(first, first + 1), { code: 'too_large', message }, 0)
        slots.leave(1)
        first++
        continue
      }
      const chosen = indexes.slice(first, first + entries.count)
      first += entries.count
      const sending = send(tag, chosen, entries, { attempts: 0 }).finally(() => {
        slots.leave(1)
        underWay.delete(sending)
      })
      underWay.add(sending)
    }
    await Promise.all(underWay)
  }

  /** Sends one packet until it is acknowledged or the call is given up. */
  async function send(
    tag: string,
    indexes: readonly number[],
    entries: Entries,
    before: Attempts,
  ): Promise<void> {
    const frame = await packer.toFrame(tag, entries)
    let { attempts, last } = before
    for (;;) {
      let connection: Connection | undefined
      try {
        connection = await unlessGivenUp(signal, connections.current())
        attempts++
        await unlessGivenUp(signal, connection.send(frame))
        connections.succeeded()
        delivered += indexes.length
        return
      } catch (error) {
        if (signal.aborted) return giveUp(indexes, reasonOf(signal.reason, last), attempts)
        const failure = toFailureError(error, 'connection_closed')
        last = failure
        if (connection) connections.failed(connection)
        quietly(() => settings.onError(failure))
        // The next attempt would fail the same way, and so would the other packets.
        if (failure.code === 'authentication') call.giveUp(failure.code, failure.message)
        if (connection && failure.code === 'connection_closed' && indexes.length > 1) {
          return sendHalves(tag, indexes, { attempts, last })
        }
      }
    }
  }

  /** Receivers close the connection on a packet beyond their own limit, and say nothing. */
  async function sendHalves(
    tag: string,
    indexes: readonly number[],
    before: Attempts,
  ): Promise<void> {
    const middle = Math.ceil(indexes.length / 2)
    for (const half of [indexes.slice(0, middle), indexes.slice(middle)]) {
      await send(tag, half, packer.packEntries(batch, half, 0), before)
    }
  }

  const tags = new Map<string, number[]>()
  for (let index = 0; index < batch.size; index++) {
    const time = batch.time(index)
    if (time === undefined || time >= timeLimit) {
      giveUp([index], failureError('no_time', 'the event has no time that can be expressed'), 0)
      continue
    }
    const tag = batch.tag(index)
    const indexes = tags.get(tag)
    if (indexes) indexes.push(index)
    else tags.set(tag, [index])
  }
  await Promise.all([...tags].map(([tag, indexes]) => sendTag(tag, indexes)))
  return { delivered, undelivered }
}

/** When time is up, what failed last says more than that time is up. */
function reasonOf(reason: Failure, last: Failure | undefined): Failure {
  if (last === undefined || reason.code !== 'deadline') return reason
  return { code: last.code, message: `${last.message}; ${reason.message}` }
}

/** A failing logger is no reason to lose events. */
function quietly(hook: () => void): void {
  try {
    hook()
  } catch {}
}
