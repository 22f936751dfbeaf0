/** The time that a call of `send` or `deliver` has, and what ends it early. */
import { type FailureCode, failureError } from './failure.ts'

/** One call under way. */
export interface Call {
  readonly signal: AbortSignal
  /** Gives up everything that is not delivered yet. */
  giveUp(code: FailureCode, message: string): void
  /** The call is over. */
  end(): void
}

/** Starts the clock of a call. */
export function createCall(deadline: number): Call {
  const controller = new AbortController()
  const timer = Number.isFinite(deadline)
    ? setTimeout(() => {
        giveUp('deadline', `not delivered within ${deadline} ms`)
      }, deadline)
    : undefined

  function giveUp(code: FailureCode, message: string): void {
    if (!controller.signal.aborted) controller.abort(failureError(code, message))
  }

  return { signal: controller.signal, giveUp, end: () => clearTimeout(timer) }
}

/** Settles as the promise does, or rejects when the call is given up. */
export function unlessGivenUp<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
