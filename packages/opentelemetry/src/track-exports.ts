/** Knows what became of exports, which batching processors keep to themselves. */

/** A log record exporter, as far as it is used. */
export interface LogExporter<Item> {
  export(records: Item[], done: (result: ExportResult) => void): void
  shutdown(): Promise<void>
  forceFlush?(): Promise<void>
}

/** What an exporter says of an export; code 0 is success. */
export interface ExportResult {
  code: number
  error?: Error
}

/** The records of one instrumentation scope: what was emitted, and what became of it. */
export interface ExportAccount {
  emitted: number
  exported: number
  failed: number
  inFlight: number
  /** Why the last export failed. */
  error?: Error | undefined
}

/** An exporter's account, which the emitter keeps and waits for. */
export interface TrackedExports {
  account(scope: string): ExportAccount
  /** Resolves when an export ends, or after so many milliseconds. */
  settled(milliseconds: number): Promise<void>
  /** Runs tasks one after the other, so that failures can be told apart. */
  exclusively<Result>(task: () => Promise<Result>): Promise<Result>
}

interface Scoped {
  readonly instrumentationScope: { readonly name: string }
}

/** Wraps an exporter; what comes back is for the processor, and for the emitter as `exports`. */
export function trackExports<Item extends Scoped>(
  exporter: LogExporter<Item>,
): Required<LogExporter<Item>> & TrackedExports {
  const accounts = new Map<string, ExportAccount>()
  const waiting = new Set<() => void>()
  let last: Promise<unknown> = Promise.resolve()

  function account(scope: string): ExportAccount {
    const known = accounts.get(scope) ?? { emitted: 0, exported: 0, failed: 0, inFlight: 0 }
    accounts.set(scope, known)
    return known
  }

  return {
    account,
    export(records, done) {
      const shares = new Map<string, number>()
      for (const { instrumentationScope } of records) {
        shares.set(instrumentationScope.name, (shares.get(instrumentationScope.name) ?? 0) + 1)
      }
      for (const [scope, share] of shares) account(scope).inFlight += share
      let isSettled = false
      const settle = (isSuccess: boolean, error?: Error): void => {
        if (isSettled) return
        isSettled = true
        for (const [scope, share] of shares) {
          const its = account(scope)
          its.inFlight -= share
          if (isSuccess) its.exported += share
          else {
            its.failed += share
            its.error = error
          }
        }
        for (const wake of waiting) wake()
      }
      try {
        exporter.export(records, (result) => {
          settle(result.code === 0, result.error)
          done(result)
        })
      } catch (error) {
        settle(false, error as Error)
        throw error
      }
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
    settled(milliseconds) {
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, milliseconds)
        waiting.add(wake)
      })
    },
    exclusively(task) {
      const result = last.then(task)
      last = result.catch(() => {})
      return result
    },
  }
}
