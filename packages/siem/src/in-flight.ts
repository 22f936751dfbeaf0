/** A bound on what is under way, such as bytes or requests; whoever wants more waits. */
import { configurationError } from '@flowlogs/core'
import { abortable } from './abortable.ts'

/** What is under way. */
export interface InFlight {
  /**
   * Resolves, in the order of the calls, when the amount fits, to the function that gives it back.
   * An amount above the limit waits until nothing else is under way.
   */
  acquire(amount: number, signal?: AbortSignal): Promise<() => void>
  /** How much is under way. */
  amount(): number
  /** Resolves when nothing is under way, and nobody waits. */
  idle(): Promise<void>
}

interface Waiter {
  readonly amount: number
  admit: () => void
}

/** Builds a bound. */
export function createInFlight(limit: number): InFlight {
  if (!(limit > 0)) throw configurationError(`the limit of what is under way is ${limit}`)
  const waiters: Waiter[] = []
  const idlers: (() => void)[] = []
  let holders = 0
  let used = 0

  function proceed(): void {
    for (let next = waiters[0]; next; next = waiters[0]) {
      if (holders > 0 && used + next.amount > limit) return
      waiters.shift()
      holders += 1
      used += next.amount
      next.admit()
    }
    if (holders === 0) for (const resolve of idlers.splice(0)) resolve()
  }

  function giveBack(amount: number): () => void {
    let isGivenBack = false
    return () => {
      if (isGivenBack) return
      isGivenBack = true
      holders -= 1
      used -= amount
      proceed()
    }
  }

  return {
    async acquire(amount, signal) {
      signal?.throwIfAborted()
      const waiter: Waiter = { amount, admit() {} }
      const admitted = new Promise<void>((resolve) => {
        waiter.admit = resolve
      })
      waiters.push(waiter)
      proceed()
      try {
        await abortable(admitted, signal)
      } catch (error) {
        const place = waiters.indexOf(waiter)
        if (place === -1) giveBack(amount)()
        else waiters.splice(place, 1)
        proceed()
        throw error
      }
      return giveBack(amount)
    },
    amount: () => used,
    idle() {
      if (holders === 0 && waiters.length === 0) return Promise.resolve()
      return new Promise((resolve) => idlers.push(resolve))
    },
  }
}
