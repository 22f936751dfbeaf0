/** Several inputs at the same time: each thread takes the next one, reads it and writes its events. */
import { Worker } from 'node:worker_threads'
import type { Ledger } from '@flowlogs/core'
import { convertShare, type SharedWork, stopSharing } from './convert-share.ts'
import type { ShapeOptions } from './event-shape.ts'
import type { Input } from './inputs.ts'
import type { Output } from './outputs.ts'

/** What threads are to do. */
export interface ThreadedWork {
  readonly threads: number
  readonly inputs: readonly Input[]
  readonly shape: ShapeOptions
  readonly events: Output
  readonly rejects: Output | undefined
  onRead(bytes: number): void
  onLedger(ledger: Ledger): void
}

/** What a thread tells from time to time and at its end, or what stopped it. */
export type ThreadMessage =
  | { readonly bytes: number; readonly ledger: Ledger }
  | { readonly name: string; readonly message: string }

/**
 * Resolves when all inputs are converted; after an error no further input is begun. The main thread
 * is one of the threads.
 */
export async function convertInThreads(work: ThreadedWork): Promise<void> {
  const { threads, inputs, shape, events, rejects, onRead, onLedger } = work
  const state = new SharedArrayBuffer(8)
  const shared: SharedWork = {
    inputs,
    shape,
    events: events.descriptor,
    rejects: rejects?.descriptor,
    state,
  }
  const errors: Error[] = []

  function onBlock(bytes: number, ledger: Ledger): void {
    onRead(bytes)
    onLedger(ledger)
  }

  function stop(error: Error): void {
    errors.push(error)
    stopSharing(state, inputs)
  }

  const exits = Array.from({ length: threads - 1 }, () => {
    const worker = start(shared)
    worker.on('message', (message: ThreadMessage) => {
      if ('ledger' in message) onBlock(message.bytes, message.ledger)
      else stop(Object.assign(new Error(message.message), { name: message.name }))
    })
    worker.on('error', stop)
    return new Promise((resolve) => worker.on('exit', resolve))
  })
  await convertShare(shared, onBlock).catch(stop)
  await Promise.all(exits)
  if (errors[0]) throw errors[0]
}

function start(workerData: SharedWork): Worker {
  // From source, a worker needs to be told what the process was told.
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('./convert-worker.ts', import.meta.url), {
        workerData,
        execArgv: ['--conditions=@flowlogs/source'],
      })
    : new Worker(new URL('./convert-worker.js', import.meta.url), { workerData })
}
