/** The room that a spool has on disk. */
import { abortable } from './abortable.ts'

/** A number of bytes, which are taken and given back. */
export interface Room {
  /** Resolves, in the order of the calls, when there is room. More than all of it waits until it is empty. */
  take(bytes: number, signal: AbortSignal): Promise<void>
  /** Takes what was there before, without waiting. */
  occupy(bytes: number): void
  giveBack(bytes: number): void
  used(): number
  /** Whether somebody is waiting. */
  isWanted(): boolean
}

interface Waiter {
  readonly bytes: number
  admit: () => void
}

/** Builds a room. */
export function createRoom(limit: number): Room {
  const waiters: Waiter[] = []
  let used = 0

  function proceed(): void {
    for (let next = waiters[0]; next; next = waiters[0]) {
      if (used > 0 && used + next.bytes > limit) return
      waiters.shift()
      used += next.bytes
      next.admit()
    }
  }

  function giveBack(bytes: number): void {
    used -= bytes
    proceed()
  }

  return {
    async take(bytes, signal) {
      signal.throwIfAborted()
      const waiter: Waiter = { bytes, admit() {} }
      const admitted = new Promise<void>((resolve) => {
        waiter.admit = resolve
      })
      waiters.push(waiter)
      proceed()
      try {
        await abortable(admitted, signal)
      } catch (error) {
        const place = waiters.indexOf(waiter)
        if (place === -1) giveBack(bytes)
        else waiters.splice(place, 1)
        proceed()
        throw error
      }
    },
    occupy(bytes) {
      used += bytes
    },
    giveBack,
    used: () => used,
    isWanted: () => waiters.length > 0,
  }
}
