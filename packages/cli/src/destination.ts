/** Where events go: standard output, a file, or whatever stores batches. */
import {
  createTransform,
  type FilterRule,
  type Mapping,
  mergeResults,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import type { Output } from './outputs.ts'

/** What lines become, as the command line says it. */
export interface Shape {
  readonly mapping: Mapping
  readonly format?: string
  readonly filter?: readonly FilterRule[]
  /** What is written of the events; as they are, by default. */
  readonly toBytes?: (output: Uint8Array) => Uint8Array
}

/** Takes results in order. */
export interface Destination {
  /** Makes what is written here. */
  readonly transform: Transform
  /** Takes a result, whose output may change afterwards; rejects when an earlier one was not stored. */
  write(result: TransformResult): Promise<void>
  /** Resolves when everything written so far is stored, which may take until more is written. */
  stored(): Promise<void>
  /** Resolves when everything is stored, and tells what became of it where there is more to tell. */
  close(): Promise<Delivered | undefined>
}

/** What became of the events that were delivered. */
export interface Delivered {
  readonly accepted: number
  /** Events that the receiver had already. */
  readonly duplicates: number
  /** Events and lines in the dead letter, by reason. */
  readonly deadLettered: number
  readonly reasons: Readonly<Record<string, number>>
}

/** What the command line says of a sink. */
export interface Place {
  readonly url: string
  /** Where a sink puts what no receiver takes. */
  readonly deadLetter: string | undefined
}

/** Opens the sink that --out names. */
export async function openSinkAt(shape: Shape, place: Place): Promise<Destination> {
  const { url, deadLetter: deadLetterPath } = place
  const { openSink, createDeadLetter } = await import('./sinks.ts')
  if (deadLetterPath === undefined) return openSinkDestination(openSink(url, { shape }))
  const deadLetter = createDeadLetter({ path: deadLetterPath })
  const sink = openSink(url, { shape, deadLetter })
  return openSinkDestination({
    ...sink,
    async close() {
      await sink.close()
      await deadLetter.close()
    },
  })
}

/** A file, or standard output. */
export function openFileDestination(shape: Shape, output: Output): Destination {
  const { toBytes = (bytes) => bytes } = shape
  return {
    transform: createTransform({ ...shape, reuseOutput: true }),
    async write(result) {
      output.write(toBytes(result.output))
    },
    async stored() {},
    async close() {
      output.close()
      return undefined
    },
  }
}

/** What stores batches, and how much of them may be under way. */
export interface Sink {
  readonly transform: Transform
  /** Resolves when the batch is stored; with what became of it. */
  deliver(batch: TransformResult): Promise<Partial<Delivered>>
  /** Makes what is under way be stored now, if the sink gathers. */
  flush?(): Promise<void>
  /** Rejects when a batch would not be taken at the moment. */
  ready?(): Promise<void>
  /** Once the signal is aborted, what is not decided is given up. */
  close(patience?: AbortSignal): Promise<unknown>
}

const mebibyte = 1024 * 1024
const batchBytes = 4 * mebibyte
const maxPendingBytes = 32 * mebibyte

/** Gathers results to batches, of which several are delivered at the same time. */
function openSinkDestination(sink: Sink): Destination {
  const total = { accepted: 0, duplicates: 0, deadLettered: 0, reasons: {} as Counts }
  const pending = new Set<Promise<void>>()
  let gathered: TransformResult[] = []
  let gatheredBytes = 0
  /** Called when the batch that is gathered was delivered, or has failed. */
  let waiting: (() => void)[] = []
  let pendingBytes = 0
  let failure: { readonly error: unknown } | undefined

  function send(): void {
    if (gathered.length === 0) return
    const batch = mergeResults(gathered)
    const bytes = gatheredBytes
    gathered = []
    gatheredBytes = 0
    pendingBytes += bytes
    const called = waiting
    waiting = []
    const delivery = deliver(batch).finally(() => {
      pending.delete(delivery)
      pendingBytes -= bytes
      for (const call of called) call()
    })
    pending.add(delivery)
  }

  async function deliver(batch: TransformResult): Promise<void> {
    try {
      const report = await sink.deliver(batch)
      total.accepted += report.accepted ?? batch.ledger.emitted
      total.duplicates += report.duplicates ?? 0
      total.deadLettered += report.deadLettered ?? 0
      for (const [reason, times] of Object.entries(report.reasons ?? {})) {
        total.reasons[reason] = (total.reasons[reason] ?? 0) + times
      }
    } catch (error) {
      failure ??= { error }
    }
  }

  async function room(): Promise<void> {
    while (pendingBytes > maxPendingBytes && !failure) {
      // A sink that gathers does not resolve one by one.
      await Promise.race([...pending, ...(sink.flush ? [sink.flush()] : [])])
    }
    check()
  }

  function check(): void {
    if (failure) throw failure.error
  }

  async function settle(): Promise<void> {
    send()
    const deliveries = [...pending]
    await sink.flush?.()
    await Promise.all(deliveries)
    check()
  }

  return {
    transform: sink.transform,
    async write(result) {
      check()
      if (result.ledger.lines === 0) return
      gathered.push({ ...result, output: result.output.slice() })
      gatheredBytes += result.output.length + result.rejections.length * 256
      if (gatheredBytes < batchBytes) return
      send()
      await room()
    },
    stored() {
      // Small files share a batch, so this one may have to wait for those after it.
      const batch = new Promise<void>((resolve) => {
        if (gathered.length === 0) resolve()
        else waiting.push(resolve)
      })
      return Promise.all([...pending, batch]).then(check)
    },
    async close() {
      try {
        await settle()
      } finally {
        await sink.close()
      }
      return total
    },
  }
}

interface Counts {
  [reason: string]: number
}
