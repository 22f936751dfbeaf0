/** What all sinks have in common: back-pressure, dead letters, the report, metrics, closing. */
import { configurationError } from '@flowlogs/core'
import { type DeadLetter, toDeadEvent, toDeadLine } from './dead-letter.ts'
import { deliveryError } from './delivery-error.ts'
import { createInFlight } from './in-flight.ts'
import type { Metrics } from './metrics.ts'
import type { Batch, IndexedOutput, Report, Sink } from './sink.ts'
import { eventCount } from './slice-batch.ts'

/** What every sink can be told. */
export interface SinkOptions {
  /** Where refused events and bad lines go. Without one, a refused event makes `deliver` reject. */
  readonly deadLetter?: DeadLetter
  /** Bytes of events under way, above which `deliver` waits. Default 64 MiB. */
  readonly maxInFlightBytes?: number
}

/** An event that the receiver will never take. */
export interface Refusal {
  /** Which event of the batch. */
  readonly index: number
  readonly reason: string
  readonly message: string
  readonly status?: number
}

/** What a receiver did with the events of a batch: accepted + duplicates + refused are all of them. */
export interface Stored {
  readonly accepted: number
  readonly duplicates: number
  readonly retried: number
  readonly refused: readonly Refusal[]
}

/** What is particular to one kind of backend. */
export interface Backend {
  /** As `opensearch`: in dead letters, metrics and errors. */
  readonly name: string
  /** Stores all events, of which there is at least one, or rejects: at the latest when the signal is aborted. */
  store(events: IndexedOutput, signal: AbortSignal): Promise<Stored>
  /** Asks for what is held back to be stored now; called again for each batch that comes while flushing. */
  hurry?(): void
  /** Asks the receiver whether it would take something; rejects with the reason why not. */
  check?(signal: AbortSignal): Promise<void>
  /** Releases connections, files and timers. */
  close(): Promise<void>
}

/** Builds a sink. */
export function createSink(backend: Backend, options: SinkOptions, metrics: Metrics): Sink {
  const { deadLetter, maxInFlightBytes = 64 * 1024 * 1024 } = options
  const { name } = backend
  const inFlight = createInFlight(maxInFlightBytes)
  const stop = new AbortController()
  let flushing = 0
  let closing: Promise<void> | undefined

  async function deliver(batch: Batch): Promise<Report> {
    if (closing) throw deliveryError('closed', `the ${name} sink is closed`)
    const { output, events, rejections } = batch
    if (!events) throw configurationError('a sink needs a transform made with `index: true`')
    const release = await inFlight.acquire(output.length, stop.signal)
    metrics.queue(inFlight.amount())
    try {
      return await settle({ output, events }, rejections)
    } catch (error) {
      metrics.events('failed', events.offsets.length)
      throw error
    } finally {
      release()
      metrics.queue(inFlight.amount())
    }
  }

  async function settle(batch: IndexedOutput, rejections: Batch['rejections']): Promise<Report> {
    const { accepted, duplicates, retried, refused } = await store(batch)
    if (accepted + duplicates + refused.length !== eventCount(batch)) {
      throw new Error(`the ${name} sink lost count of the events of a batch`)
    }
    if (refused[0] && !deadLetter) {
      const { reason, message } = refused[0]
      throw deliveryError(
        'refused',
        `${refused.length} events were refused, and there is no dead letter: ${reason}: ${message}`,
      )
    }
    const dead = deadLetter
      ? [
          ...refused.map(({ index, ...cause }) =>
            toDeadEvent(batch, index, { sink: name, ...cause }),
          ),
          ...rejections.map((rejection) => toDeadLine(name, rejection)),
        ]
      : []
    await deadLetter?.write(dead)
    // The words are a receiver's, so a plain object's own names will not do while counting.
    const reasons = new Map<string, number>()
    for (const { reason } of dead) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    metrics.events('accepted', accepted)
    metrics.events('duplicate', duplicates)
    metrics.retried(retried)
    for (const [reason, count] of reasons) {
      metrics.events('dead_lettered', count, reason)
    }
    return {
      accepted,
      duplicates,
      retried,
      deadLettered: dead.length,
      reasons: Object.fromEntries(reasons),
    }
  }

  function store(batch: IndexedOutput): Promise<Stored> | Stored {
    if (eventCount(batch) === 0) return { accepted: 0, duplicates: 0, retried: 0, refused: [] }
    const stored = backend.store(batch, stop.signal)
    if (flushing > 0) backend.hurry?.()
    return stored
  }

  async function flush(): Promise<void> {
    flushing += 1
    backend.hurry?.()
    await inFlight.idle()
    flushing -= 1
  }

  function halt(): void {
    stop.abort(deliveryError('closed', `the ${name} sink was closed before everything was stored`))
  }

  return {
    deliver,
    flush,
    async ready() {
      stop.signal.throwIfAborted()
      if (closing) throw deliveryError('closed', `the ${name} sink is closed`)
      await backend.check?.(AbortSignal.any([stop.signal, AbortSignal.timeout(checkPatience)]))
    },
    close(patience) {
      if (patience?.aborted) halt()
      else patience?.addEventListener('abort', halt, { once: true })
      closing ??= flush()
        .then(backend.close)
        .finally(() => patience?.removeEventListener('abort', halt))
      return closing
    },
  }
}

// Milliseconds; whoever asks is asked in turn.
const checkPatience = 4_000
