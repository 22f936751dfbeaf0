/** Leaves a host alone that keeps failing. */
import { configurationError } from '@flowlogs/core'
import { abortable } from './abortable.ts'
import { type Clock, systemClock } from './clock.ts'

/** When to leave a host alone, and for how long. */
export interface CircuitBreakerOptions {
  /** After how many failures in a row requests have to wait. Default 5. */
  readonly failures?: number
  /** Milliseconds from the last failure to the next request, a probe. Default 1,000. */
  readonly cooldown?: number
}

/**
 * Makes a request, once it may be made. After too many failures in a row one request at a time goes
 * out as a probe, and the others wait until one has succeeded. A request that throws counts as
 * neither.
 */
export type CircuitBreaker = <T>(
  request: () => Promise<T>,
  isFailure: (outcome: T) => boolean,
  signal?: AbortSignal,
) => Promise<T>

/** Builds the circuit breaker of one host. */
export function createCircuitBreaker(
  options: CircuitBreakerOptions = {},
  clock: Clock = systemClock,
): CircuitBreaker {
  const { failures = 5, cooldown = 1_000 } = options
  if (!(failures >= 1)) throw configurationError(`a circuit breaker of ${failures} failures`)
  let inARow = 0
  let lastFailure = 0
  let isProbing = false
  const waiters: (() => void)[] = []

  function wake(): void {
    for (const resolve of waiters.splice(0)) resolve()
  }

  function count(isFailure: boolean): void {
    inARow = isFailure ? inARow + 1 : 0
    if (isFailure) lastFailure = clock.now()
  }

  return async (request, isFailure, signal) => {
    while (inARow >= failures && isProbing) {
      await abortable(new Promise<void>((resolve) => waiters.push(resolve)), signal)
    }
    const isProbe = inARow >= failures
    isProbing = isProbing || isProbe
    try {
      const wait = lastFailure + cooldown - clock.now()
      if (isProbe && wait > 0) await clock.sleep(wait, signal)
      const outcome = await request()
      count(isFailure(outcome))
      return outcome
    } finally {
      if (isProbe) {
        isProbing = false
        wake()
      }
    }
  }
}
