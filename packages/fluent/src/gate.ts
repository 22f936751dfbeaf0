/** Lets through what fits; what does not waits in line. */

/** A gate of some width. */
export interface Gate {
  /** Waits until there is room, and takes it. What is wider than the gate waits until it is alone. */
  enter(width: number, signal: AbortSignal): Promise<void>
  leave(width: number): void
}

/** Builds an open gate. */
export function createGate(capacity: number): Gate {
  const line = new Set<{ readonly width: number; readonly open: () => void }>()
  let taken = 0

  function advance(): void {
    for (const next of line) {
      if (!fits(next.width)) return
      line.delete(next)
      taken += next.width
      next.open()
    }
  }

  function fits(width: number): boolean {
    return taken === 0 || taken + width <= capacity
  }

  return {
    enter: (width, signal) =>
      new Promise((resolve, reject) => {
        const place = { width, open }
        function open(): void {
          signal.removeEventListener('abort', stop)
          resolve()
        }
        function stop(): void {
          line.delete(place)
          reject(signal.reason)
          advance()
        }
        if (signal.aborted) return reject(signal.reason)
        signal.addEventListener('abort', stop, { once: true })
        line.add(place)
        advance()
      }),
    leave(width) {
      taken -= width
      advance()
    },
  }
}
