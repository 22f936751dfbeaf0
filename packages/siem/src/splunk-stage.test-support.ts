/** What tests of the Splunk sink play on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.test-support.ts'
import type { IndexedOutput, Report, Sink } from './sink.ts'
import {
  createSplunkStandIn,
  type SplunkStandIn,
  type SplunkStandInOptions,
} from './splunk.test-support.ts'
import { createSplunkSink, type SplunkSinkOptions } from './splunk-sink.ts'

/** A sink and its collector. */
export interface SplunkStage extends SplunkStandIn {
  readonly sink: Sink
  readonly receiver: HttpReceiver
  readonly deadLetters: () => Promise<unknown[]>
}

/** Builds a sink that hardly waits, and the collector that it stores in; both end with the test. */
export async function startSplunk(
  sending: Partial<SplunkSinkOptions> = {},
  receiving: SplunkStandInOptions = {},
): Promise<SplunkStage> {
  const standIn = createSplunkStandIn(receiving)
  const receiver = await createHttpReceiver({ always: standIn.answer })
  const folder = await mkdtemp(join(tmpdir(), 'flowlogs-splunk-'))
  const path = join(folder, 'dead')
  const sink = createSplunkSink({
    url: receiver.url,
    token: 'secret',
    deadLetter: createDeadLetter({ path }),
    retry: { initialDelay: 1, maxDelay: 5, deadline: 20_000 },
    ...sending,
    http: {
      timeouts: { headers: 500, body: 500 },
      circuitBreaker: { cooldown: 1 },
      ...sending.http,
    },
  })
  onTestFinished(async () => {
    await sink.close()
    await receiver.close()
    await rm(folder, { recursive: true })
  })
  return { ...standIn, sink, receiver, deadLetters: () => readAll(path).catch(() => []) }
}

/** Refuses the events with these indexes with a code, the first `times` times that they come. */
export function refusing(
  batch: IndexedOutput,
  codes: Readonly<Record<number, number>>,
  times: number = Number.POSITIVE_INFINITY,
): SplunkStandInOptions['refuse'] {
  const documents = documentsOf(batch)
  const left = new Map(Object.keys(codes).map((index) => [Number(index), times]))
  return (document) => {
    const index = documents.indexOf(document)
    const more = left.get(index) ?? 0
    left.set(index, more - 1)
    return more > 0 ? codes[index] : undefined
  }
}

/** The report of nothing. */
export const nothing: Report = {
  accepted: 0,
  duplicates: 0,
  retried: 0,
  deadLettered: 0,
  reasons: {},
}

/** How tests ask for acknowledgements. */
export const quick = { pollInterval: 5, expiry: 200 } as const
