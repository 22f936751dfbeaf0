/** Waits for a descriptor that does not block, as standard streams may be, without giving up the thread. */

// Milliseconds.
const firstWait = 0.05
const longestWait = 10

const never = new Int32Array(new SharedArrayBuffer(4))

/** Tries to read or write until there is something to read, or room to write. */
export function patiently(step: () => number): number {
  for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
    try {
      return step()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
    Atomics.wait(never, 0, 0, wait)
  }
}
