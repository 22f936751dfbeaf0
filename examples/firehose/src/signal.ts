/** Lets any number of callers wait for the next time that something happens. */
export interface Signal {
  wait(): Promise<void>
  fire(): void
}

export function createSignal(): Signal {
  let waiting: (() => void)[] = []
  return {
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    fire() {
      const woken = waiting
      waiting = []
      for (const resolve of woken) resolve()
    },
  }
}
