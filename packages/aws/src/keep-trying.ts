/** Tries something until it works, with exponential back-off and jitter, or until it is stopped. */
import { setTimeout as wait } from 'node:timers/promises'

/** When to stop, and who is told about failures. */
export interface Persistence {
  readonly signal: AbortSignal
  /** Told about each failure; what it throws ends the trying. */
  readonly onFailure: (error: unknown) => void
}

const firstDelay = 200
const longestDelay = 30_000

/** Resolves to what the first attempt that works resolves to, or to undefined when stopped. */
export async function keepTrying<Value>(
  attempt: () => Promise<Value>,
  { signal, onFailure }: Persistence,
): Promise<Value | undefined> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      const isStop = signal.aborted && error instanceof Error && error.name === 'AbortError'
      if (!isStop) onFailure(error)
    }
    await pause(delay(failures), signal)
    if (signal.aborted) return undefined
  }
}

/** Waits; at once over when stopped. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(Math.max(0, milliseconds), undefined, { signal })
  } catch {
    // Stopped.
  }
}

/** Half of it is random, so that readers that failed together do not come back together. */
function delay(failures: number): number {
  const longest = Math.min(longestDelay, firstDelay * 2 ** failures)
  return longest / 2 + (Math.random() * longest) / 2
}
