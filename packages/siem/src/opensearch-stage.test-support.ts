/** What the tests of the OpenSearch sink play on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.test-support.ts'
import { createOpenSearchStandIn, type OpenSearchStandIn } from './opensearch.test-support.ts'
import { createOpenSearchSink, type OpenSearchSinkOptions } from './opensearch-sink.ts'
import type { ReadEntry } from './read-dead-letter.ts'
import type { Batch, Report, Sink } from './sink.ts'

/** A sink that hardly waits, and the server that it stores in. */
export interface OpenSearchStage extends OpenSearchStandIn {
  readonly receiver: HttpReceiver
  readonly sink: Sink
  /** Empties the dead letter. */
  takeDeadLetters(): Promise<ReadEntry[]>
  /** Sooner than at the end of the test. */
  close(): Promise<void>
}

/** A report of nothing. */
export const nothing: Report = {
  accepted: 0,
  duplicates: 0,
  retried: 0,
  deadLettered: 0,
  reasons: {},
}

/** Gives each test stages, which are taken down after it. */
export function useOpenSearch(): (
  options?: Partial<OpenSearchSinkOptions>,
) => Promise<OpenSearchStage> {
  let folder = ''
  const open: { close(): Promise<void> }[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowlogs-opensearch-'))
  })
  afterEach(async () => {
    for (const { close } of open.splice(0)) await close()
    await rm(folder, { recursive: true })
  })

  return async (options = {}) => {
    const standIn = createOpenSearchStandIn()
    const receiver = await createHttpReceiver({ always: standIn.bulk })
    const path = join(folder, String(open.length))
    const sink = createOpenSearchSink({
      url: receiver.url,
      index: 'ocsf',
      deadLetter: createDeadLetter({ path }),
      retry: { initialDelay: 1, maxDelay: 5, deadline: 20_000 },
      ...options,
      http: {
        timeouts: { headers: 300, body: 300 },
        circuitBreaker: { cooldown: 1 },
        ...options.http,
      },
    })
    const close = async () => {
      await sink.close()
      await receiver.close()
    }
    open.push({ close })
    return {
      ...standIn,
      receiver,
      sink,
      close,
      async takeDeadLetters() {
        const entries = await readAll(path).catch(() => [])
        await rm(path, { force: true })
        return entries
      },
    }
  }
}

/** What the server has when it has stored all of a batch. */
export function documentsById(batch: Required<Batch>): Map<string, string> {
  return new Map(documentsOf(batch).map((text, index) => [`ocsf/${batch.events.ids[index]}`, text]))
}
