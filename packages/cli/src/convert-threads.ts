/** Several inputs at the same time: each thread takes the next one, reads it and writes its events. */
import { Worker } from 'node:worker_threads'
import type { Ledger } from '@flowlogs/core'
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

/** What a thread is given; the descriptors are those of the process. */
export interface ThreadData extends Pick<ThreadedWork, 'inputs' | 'shape'> {
  readonly events: number
  readonly rejects: number | undefined
  /** The turn of writing, and the index of the next input that nobody has taken. */
  readonly state: SharedArrayBuffer
}

/** What a thread tells of each block, and of what stopped it. */
export type ThreadMessage =
  | { readonly bytes: number; readonly ledger: Ledger }
  | { readonly name: string; readonly message: string }

/** Resolves when all inputs are converted; after an error no further input is begun. */
export async function convertInThreads(work: ThreadedWork): Promise<void> {
  const { threads, inputs, shape, events, rejects, onRead, onLedger } = work
  const state = new SharedArrayBuffer(8)
  const data: ThreadData = {
    inputs,
    shape,
    events: events.descriptor,
    rejects: rejects?.descriptor,
    state,
  }
  const errors: Error[] = []

  function stop(error: Error): void {
    errors.push(error)
    Atomics.store(new Int32Array(state), 1, inputs.length)
  }

  const exits = Array.from({ length: threads }, () => {
    const worker = start(data)
    worker.on('message', (message: ThreadMessage) => {
      if ('ledger' in message) {
        onRead(message.bytes)
        onLedger(message.ledger)
      } else stop(Object.assign(new Error(message.message), { name: message.name }))
    })
    worker.on('error', stop)
    return new Promise((resolve) => worker.on('exit', resolve))
  })
  await Promise.all(exits)
  if (errors[0]) throw errors[0]
}

function start(workerData: ThreadData): Worker {
  // From source, a worker needs to be told what the process was told.
  return import.meta.url.endsWith('.ts')
    ? new Worker(new URL('./convert-worker.ts', import.meta.url), {
        workerData,
        execArgv: ['--conditions=@flowlogs/source'],
      })
    : new Worker(new URL('./convert-worker.js', import.meta.url), { workerData })
}
