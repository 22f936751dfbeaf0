/** Threads that load what they need while the main thread does. */
import { Worker } from 'node:worker_threads'

/** Starts the threads that `--threads` asks for besides the main one; none if it is no number of threads. */
export function startThreads(threads: string): readonly Worker[] {
  const count = Number(threads) - 1
  if (!Number.isSafeInteger(count) || count < 1 || count >= 64) return []
  return Array.from({ length: count }, () => {
    const worker = start()
    // Until it has work, nobody waits for it.
    worker.unref()
    return worker
  })
}

function start(): Worker {
  // From source, a worker needs to be told what the process was told.
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('./convert-worker.ts', import.meta.url), {
        execArgv: ['--conditions=@flowlogs/source'],
      })
    : new Worker(new URL('./convert-worker.js', import.meta.url))
}
