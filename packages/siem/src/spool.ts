/** Batches on disk before they are on their way, so that nobody has to send them again. */
import { join } from 'node:path'
import { configurationError } from '@flowlogs/core'
import { type Clock, systemClock } from './clock.ts'
import { createDeadLetter, type DeadLetter } from './dead-letter.ts'
import { deliveryError } from './delivery-error.ts'
import { lockDirectory } from './directory-lock.ts'
import { makeDirectory } from './durable-directory.ts'
import { createInFlight } from './in-flight.ts'
import { createMetrics } from './metrics.ts'
import type { Batch, Report, Sink } from './sink.ts'
import { eventCount } from './slice-batch.ts'
import { createSpoolDelivery, type SpoolProblem } from './spool-delivery.ts'
import { toFrame } from './spool-frame.ts'
import { openSpoolQueue, type Taken } from './spool-queue.ts'

/** Where batches wait, for whom, and how many. */
export interface SpoolOptions {
  /** On a local disk, and of this spool alone. */
  readonly directory: string
  /** Where the batches go. The spool closes it. */
  readonly sink: Sink
  /** Bytes on disk above which `deliver` waits. Default 1 GiB. */
  readonly maxBytes?: number
  /** Milliseconds that `deliver` waits for room. Default 120,000: Firehose waits 180 seconds for a reply. */
  readonly deadline?: number
  /** Bytes on their way to the sink, also while it gathers or fails. Default 64 MiB. */
  readonly maxInFlightBytes?: number
  /** The longest wait after a first failure, which then doubles, and the longest of all. There is no end of it. */
  readonly retry?: {
    /** Milliseconds, default 500. */
    readonly initialDelay?: number
    /** Milliseconds, default 30,000. */
    readonly maxDelay?: number
  }
  /** Milliseconds that `close` waits until all is delivered; the rest stays on disk. Default 10,000. */
  readonly drainTimeout?: number
  /**
   * Takes whole batches of which the sink refuses an event without having a dead letter itself.
   * Default: files in `refused` in the directory.
   */
  readonly deadLetter?: DeadLetter
  /** Told of everything but success. Default: all but `undelivered` become warnings of the process. */
  readonly onProblem?: (problem: SpoolProblem) => void
}

/**
 * Builds a sink whose `deliver` resolves when the batch is on disk, and which delivers it to another
 * sink in the background. Goes on with what an earlier process left in the directory. Rejects if a
 * living process uses it.
 */
export async function createSpool(
  options: SpoolOptions,
  clock: Clock = systemClock,
): Promise<Sink> {
  const { directory, sink, maxBytes = 1024 ** 3 } = options
  const { deadline = 120_000, drainTimeout = 10_000 } = options
  const { initialDelay = 500, maxDelay = 30_000 } = options.retry ?? {}
  for (const [name, value] of Object.entries({ deadline, drainTimeout, initialDelay, maxDelay })) {
    if (value > 0 && value < 2 ** 31) continue
    throw configurationError(`${name} is to be 1 to ${2 ** 31 - 1} milliseconds, not ${value}`)
  }
  if (!(maxBytes > 0)) throw configurationError(`a spool of ${maxBytes} bytes`)
  const { maxInFlightBytes = 64 * 1024 * 1024 } = options
  const underWay = createInFlight(maxInFlightBytes)
  const deadLetter =
    options.deadLetter ?? createDeadLetter({ directory: join(directory, 'refused') })
  await makeDirectory(directory)
  const lock = await lockDirectory(directory)
  const queue = await openSpoolQueue(directory, maxBytes).catch(async (error) => {
    await lock.release()
    throw error
  })
  const metrics = createMetrics('spool')
  // What a listener throws must not look like a failed delivery.
  const onProblem = (problem: SpoolProblem) => {
    queueMicrotask(() => (options.onProblem ?? warn)(problem))
  }
  const stop = new AbortController()
  const waiting = new Set<AbortController>()
  const sending = new Set<Promise<void>>()
  let flushing = 0
  let closing: Promise<void> | undefined

  const deliverSpans = createSpoolDelivery({
    deliver(batch) {
      const report = sink.deliver(batch)
      if (flushing > 0) hurry()
      return report
    },
    directory,
    deadLetter,
    metrics,
    onProblem,
    pause(failures) {
      const longest = Math.min(maxDelay, initialDelay * 2 ** (failures - 1))
      return clock.sleep(clock.random() * longest, stop.signal)
    },
  })

  /** Hands batches to the sink, as many as may be under way. */
  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const taken = await queue.take(Math.min(mergedBytes, maxInFlightBytes), stop.signal)
        const bytes = taken.spans.reduce((sum, { length }) => sum + length, 0)
        const release = await underWay.acquire(bytes, stop.signal)
        const sent = send(taken).finally(() => {
          release()
          sending.delete(sent)
        })
        sending.add(sent)
      } catch (error) {
        if (stop.signal.aborted) return
        onProblem({ code: 'disk', message: String(error) })
        await clock.sleep(maxDelay, stop.signal).catch(() => {})
      }
    }
  }

  async function send(taken: Taken): Promise<void> {
    try {
      await deliverSpans(taken)
    } catch {
      // It was time to stop; on disk it waits for the next start.
      return
    }
    taken.done()
    metrics.queue(queue.bytes())
  }

  async function deliver(batch: Batch): Promise<Report> {
    if (closing) throw deliveryError('closed', 'the spool is closed')
    stop.signal.throwIfAborted()
    const { output, events, rejections } = batch
    if (!events) throw configurationError('a spool needs a transform made with `index: true`')
    const accepted = eventCount({ output, events })
    const report = { accepted, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }
    if (accepted === 0 && rejections.length === 0) return report
    const patience = new AbortController()
    const timer = setTimeout(() => {
      patience.abort(deliveryError('deadline', `the spool was full for ${deadline} ms`))
    }, deadline)
    waiting.add(patience)
    try {
      await queue.push(toFrame(batch), patience.signal)
      metrics.events('accepted', accepted)
      return report
    } catch (error) {
      metrics.events('failed', accepted)
      throw error
    } finally {
      clearTimeout(timer)
      waiting.delete(patience)
      metrics.queue(queue.bytes())
    }
  }

  function hurry(): void {
    sink.flush().catch(() => {})
  }

  async function flush(): Promise<void> {
    flushing += 1
    hurry()
    try {
      await queue.idle(stop.signal)
    } finally {
      flushing -= 1
    }
  }

  function halt(reason: Error): void {
    stop.abort(reason)
    for (const patience of waiting) patience.abort(reason)
  }

  function giveUp(): void {
    halt(deliveryError('closed', 'the spool was closed before everything was delivered'))
  }

  async function drain(): Promise<void> {
    const timer = setTimeout(giveUp, drainTimeout)
    await flush().catch(() => {})
    clearTimeout(timer)
    halt(deliveryError('closed', 'the spool is closed'))
  }

  async function end(): Promise<void> {
    await drain()
    try {
      await running
      // What it has not decided stays on disk.
      await sink.close(stop.signal)
    } finally {
      await Promise.all(sending)
      await queue.close()
      await lock.release()
    }
  }

  lock.lost.addEventListener('abort', () => {
    onProblem({ code: 'lost', message: String(lock.lost.reason) })
    halt(lock.lost.reason)
  })
  metrics.queue(queue.bytes())
  const running = run()

  return {
    deliver,
    flush,
    async ready() {
      if (closing) throw deliveryError('closed', 'the spool is closed')
      stop.signal.throwIfAborted()
      if (queue.isFull()) throw new Error(`the spool is full: ${queue.bytes()} bytes wait`)
    },
    close(patience) {
      if (patience?.aborted) giveUp()
      else patience?.addEventListener('abort', giveUp, { once: true })
      closing ??= end().finally(() => patience?.removeEventListener('abort', giveUp))
      return closing
    },
  }
}

// What waits is sent in batches of about this size, however small it came.
const mergedBytes = 1024 * 1024

function warn({ code, message }: SpoolProblem): void {
  if (code !== 'undelivered') process.emitWarning(message, { type: 'SpoolWarning', code })
}
