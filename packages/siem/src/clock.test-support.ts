import type { Clock } from './clock.ts'

/** A clock on which sleeping takes no time, and says how long it would have taken. */
export interface TestClock extends Clock {
  readonly sleeps: number[]
}

/** Builds a clock that starts at 0; `random` always gives the same number. */
export function createTestClock(random = 0.5): TestClock {
  let now = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted()
      sleeps.push(milliseconds)
      now += milliseconds
    },
    random: () => random,
  }
}
