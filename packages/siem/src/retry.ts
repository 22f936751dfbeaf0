/** Attempts until something is decided, or the deadline is over. */
import { configurationError } from '@flowlogs/core'
import { type Clock, systemClock } from './clock.ts'
import { deliveryError } from './delivery-error.ts'

/** What came of one attempt: a result, or why there has to be another one. */
export type Attempt<T> = { readonly done: T } | Again

/** Why there has to be another attempt. */
export interface Again {
  /** For people, such as `429` or `ECONNRESET: read ECONNRESET`. */
  readonly again: string
  /** How many milliseconds the receiver wants to be left alone. */
  readonly after?: number
}

/** How long to go on, and how often; all in milliseconds. */
export interface RetryOptions {
  /** The longest first wait; it doubles with each attempt. Default 500. */
  readonly initialDelay?: number
  /** The longest wait, also of what a receiver may ask for. Default 30,000. */
  readonly maxDelay?: number
  /** When to give up, from the first attempt. Default 120,000: Firehose waits 180 seconds for a reply. */
  readonly deadline?: number
}

/**
 * Calls `attempt` until it is done. Rejects with a `deadline` error, with the reason of the signal,
 * or with whatever the attempt threw, which is not tried again. The signal that an attempt gets is
 * aborted at the deadline, too.
 */
export type Retry = <T>(
  attempt: (signal: AbortSignal) => Promise<Attempt<T>>,
  signal?: AbortSignal,
) => Promise<T>

/** Builds a retry with exponential back-off and full jitter. */
export function createRetry(options: RetryOptions = {}, clock: Clock = systemClock): Retry {
  const { initialDelay = 500, maxDelay = 30_000, deadline = 120_000 } = options
  for (const [name, value] of Object.entries({ initialDelay, maxDelay, deadline })) {
    if (value > 0 && value <= maxTimer) continue
    throw configurationError(`${name} is to be 1 to ${maxTimer} milliseconds, not ${value}`)
  }

  return async (attempt, signal) => {
    const end = clock.now() + deadline
    const expiry = AbortSignal.timeout(deadline)
    const either = signal ? AbortSignal.any([signal, expiry]) : expiry
    let reason = 'no reply'
    for (let count = 1; ; count++) {
      const giveUp = () =>
        deliveryError(
          'deadline',
          `not decided after ${count} attempts in ${deadline} ms: ${reason}`,
        )
      try {
        either.throwIfAborted()
        const outcome = await attempt(either)
        if ('done' in outcome) return outcome.done
        reason = outcome.again
        const backOff = clock.random() * Math.min(maxDelay, initialDelay * 2 ** (count - 1))
        const wait = Math.max(backOff, Math.min(outcome.after ?? 0, maxDelay))
        if (clock.now() + wait >= end) throw giveUp()
        await clock.sleep(wait, either)
      } catch (error) {
        throw expiry.aborted ? giveUp() : error
      }
    }
  }
}

// Timers of more become timers of one millisecond.
const maxTimer = 2 ** 31 - 1

/** Whether a status says that the same request may succeed later. */
export function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501)
}

/** What a Retry-After header asks for in milliseconds: it has seconds or an HTTP date. */
export function parseRetryAfter(value: string, now: number = Date.now()): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1000
  // Date.parse makes a date of almost anything.
  const date = value.endsWith(' GMT') ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
