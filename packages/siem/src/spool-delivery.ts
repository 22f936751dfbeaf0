/** What becomes of batches on their way out of a spool: none is given up before it is decided. */
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type DeadLetter, toDeadEvent, toDeadLine } from './dead-letter.ts'
import type { DeliveryError } from './delivery-error.ts'
import { syncDirectory } from './durable-directory.ts'
import { mergeBatches } from './merge-batches.ts'
import type { Metrics } from './metrics.ts'
import type { Batch } from './sink.ts'
import { eventCount } from './slice-batch.ts'
import type { Taken } from './spool-queue.ts'

/** Something that went wrong in the background. */
export interface SpoolProblem {
  /**
   * `undelivered`: the sink rejected a batch, which is tried again. `refused`: a batch went to the
   * dead letter. `damaged`: bytes on disk have changed, and were set aside. `disk`: reading or
   * writing failed, and is tried again. `lost`: another process has taken the directory over.
   */
  readonly code: 'undelivered' | 'refused' | 'damaged' | 'disk' | 'lost'
  readonly message: string
}

/** What it takes to deliver. */
export interface SpoolDeliveryOptions {
  readonly deliver: (batch: Batch) => Promise<unknown>
  /** Where damaged bytes are set aside. */
  readonly directory: string
  readonly deadLetter: DeadLetter
  readonly metrics: Metrics
  readonly onProblem: (problem: SpoolProblem) => void
  /** Waits after so many failures; rejects when it is time to stop. */
  readonly pause: (failures: number) => Promise<void>
}

/** Builds what delivers spans. It resolves when they are decided, and rejects only as `pause` does. */
export function createSpoolDelivery(
  options: SpoolDeliveryOptions,
): (taken: Taken) => Promise<void> {
  const { directory, deadLetter, metrics, onProblem, pause } = options

  async function deliver(batches: readonly Required<Batch>[]): Promise<void> {
    const batch = mergeBatches(batches)
    for (let failures = 1; ; failures++) {
      try {
        await options.deliver(batch)
        return
      } catch (error) {
        const isRefused = (error as DeliveryError).code === 'refused'
        if (isRefused && batches.length > 1) {
          for (const each of batches) await deliver([each])
          return
        }
        if (isRefused && (await isBuried(batch, String(error)))) return
        if (!isRefused) onProblem({ code: 'undelivered', message: String(error) })
      }
      await pause(failures)
      metrics.retried(eventCount(batch))
    }
  }

  /** The whole batch is a dead letter then: nobody told which events the receiver took. */
  async function isBuried(batch: Required<Batch>, message: string): Promise<boolean> {
    const cause = { sink: 'spool', reason: 'refused', message }
    const count = eventCount(batch)
    const events = Array.from({ length: count }, (_, index) => toDeadEvent(batch, index, cause))
    const lines = batch.rejections.map((rejection) => toDeadLine('spool', rejection))
    try {
      await deadLetter.write([...events, ...lines])
    } catch (error) {
      onProblem({ code: 'disk', message: `the dead letter was not written: ${error}` })
      return false
    }
    metrics.events('dead_lettered', count, 'refused')
    onProblem({ code: 'refused', message: `${count} events went to the dead letter: ${message}` })
    return true
  }

  async function setAside(path: string, from: number, bytes: Uint8Array): Promise<void> {
    const copy = join(directory, `damaged-${basename(path)}-${from}`)
    for (let failures = 1; ; failures++) {
      try {
        const handle = await open(copy, 'w')
        try {
          await handle.writeFile(bytes)
          await handle.sync()
        } finally {
          await handle.close()
        }
        await syncDirectory(directory)
        const message = `${bytes.length} bytes of ${path} from byte ${from} are damaged: see ${copy}`
        return onProblem({ code: 'damaged', message })
      } catch (error) {
        onProblem({ code: 'disk', message: `damaged bytes were not set aside: ${error}` })
      }
      await pause(failures)
    }
  }

  return async ({ path, spans }) => {
    const batches: Required<Batch>[] = []
    for (const { content, from } of spans) {
      if ('batch' in content) batches.push(content.batch)
      else await setAside(path, from, content.damaged)
    }
    if (batches.length > 0) await deliver(batches)
  }
}
