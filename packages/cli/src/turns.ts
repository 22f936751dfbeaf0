/** Lets one thread at a time write, so that what it writes stays together. */
import type { Output } from './outputs.ts'

/** The same output, of which each write waits for its turn; threads share `lock`, an integer of 0. */
export function inTurns(output: Output, lock: Int32Array): Output {
  return {
    ...output,
    write(bytes) {
      if (bytes.length === 0) return
      while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) Atomics.wait(lock, 0, 1)
      try {
        output.write(bytes)
      } finally {
        Atomics.store(lock, 0, 0)
        Atomics.notify(lock, 0, 1)
      }
    },
  }
}
