/** A forwarder in a thread of its own: parsing, packing and sending do not block the main one. */
import { Worker } from 'node:worker_threads'
import { configurationError, type Origin, type TransformResult } from '@flowlogs/core'
import { createForwarder, type Forwarder } from './forwarder.ts'
import type { ForwarderOptions } from './options.ts'
import type { Records } from './records.ts'
import { expectDelivered, offerDeadLetters, type Report, type Undelivered } from './report.ts'

/** What the worker is asked. */
export interface Question {
  readonly number: number
  readonly ask:
    | { readonly send: Uint8Array | string | Records; readonly origin: Origin | undefined }
    | { readonly deliver: TransformResult }
    | { readonly close: { readonly timeout?: number } | undefined }
}

/** What the worker says: an answer, or that an attempt failed. */
export type Answer =
  | { readonly number: number; readonly report: Report }
  | { readonly number: number; readonly closed: readonly Undelivered[] }
  | { readonly number: number; readonly error: Error }
  | { readonly failed: Error }

/** Options that can be sent to a thread. */
export type CloneableOptions = Omit<ForwarderOptions, 'clock'>

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/**
 * Builds a forwarder that runs in a worker. Origins must be plain, and `transform` still runs on this
 * side. Throws when the options are wrong, or cannot be sent to a thread (TLS options with functions).
 */
export function createForwarderInWorker(options: CloneableOptions): Forwarder {
  const { transform } = createForwarder(options)
  const { deadLetter: _, onError, ...workerData } = options
  const worker = start(workerData)
  const waiting = new Map<number, Waiting>()
  let questions = 0
  let gone: Error | undefined

  worker.on('message', (answer: Answer) => {
    if ('failed' in answer) return onError?.(answer.failed)
    waiting.get(answer.number)?.resolve(answer)
    waiting.delete(answer.number)
  })
  worker.on('error', end)
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end(new Error('the forwarder is closed'))
      resolve()
    })
  })

  function end(error: Error): void {
    gone ??= error
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
  }

  async function ask(question: Question['ask']): Promise<Answer> {
    if (gone) throw gone
    const number = questions++
    worker.postMessage({ number, ask: question } satisfies Question)
    const answer = await new Promise<Answer>((resolve, reject) => {
      waiting.set(number, { resolve, reject })
    })
    if ('error' in answer) throw answer.error
    return answer
  }

  async function report(question: Question['ask']): Promise<Report> {
    const answer = await ask(question)
    return offerDeadLetters(options, (answer as { readonly report: Report }).report)
  }

  return {
    transform,
    async send(input, origin) {
      if (typeof origin === 'function') throw new Error('a worker needs a plain origin')
      return report({ send: input, origin })
    },
    async deliver(batch) {
      return expectDelivered(await report({ deliver: batch }))
    },
    async close(timeout) {
      const answer = await ask({ close: timeout })
      await exited
      return (answer as { readonly closed: readonly Undelivered[] }).closed
    },
  }
}

function start(workerData: object): Worker {
  // From source, a worker needs to be told what the process was told.
  const isSource = import.meta.url.endsWith('.ts')
  const file = isSource
    ? new URL('./forwarder-worker.ts', import.meta.url)
    : new URL('./forwarder-worker.js', import.meta.url)
  try {
    return new Worker(file, {
      workerData,
      ...(isSource && { execArgv: ['--conditions=@flowlogs/source'] }),
    })
  } catch (error) {
    throw configurationError(`the options cannot be sent to a worker: ${(error as Error).message}`)
  }
}
