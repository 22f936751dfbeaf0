import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import type { Failure } from './response.ts'

/** How the attempts to deliver one request ended. */
export type Outcome =
  | { result: 'delivered' | 'dropped'; attemptsMade: number }
  | { result: 'errored'; attemptsMade: number; failure: Failure }

export interface RetryPolicy {
  /** Counted from the first failure; 0 means a single attempt. */
  retrySeconds: number
  /** The wait before the first retry. */
  baseDelaySeconds: number
}

const maximumDelaySeconds = 120
const jitter = 0.15

/** Attempts until delivered, refused for good, or out of time; `attempt` says why it failed, if it did. */
export async function retry(
  attempt: (attemptsMade: number) => Promise<Failure | undefined>,
  { retrySeconds, baseDelaySeconds }: RetryPolicy,
  random: Random,
  clock: Clock,
): Promise<Outcome> {
  let deadline: number | undefined
  for (let attemptsMade = 1; ; attemptsMade++) {
    const failure = await attempt(attemptsMade)
    if (!failure) return { result: 'delivered', attemptsMade }
    if (failure.permanent) return { result: 'dropped', attemptsMade }
    const now = clock.now()
    deadline ??= now + retrySeconds * 1_000
    if (now >= deadline) return { result: 'errored', attemptsMade, failure }
    const delay = Math.min(maximumDelaySeconds, baseDelaySeconds * 2 ** (attemptsMade - 1))
    const jittered = delay * 1_000 * (1 - jitter + 2 * jitter * random.next())
    await clock.wait(Math.min(jittered, deadline - now))
  }
}
