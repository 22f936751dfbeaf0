/** What the suite of all sinks plays on: a folder, a receiver that can break, and the sink. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter, type DeadLetter } from './dead-letter.ts'
import type { ExchangeOptions } from './exchange.ts'
import {
  type Answer,
  createHttpReceiver,
  type HttpReceiver,
  type ReceivedRequest,
  type Script,
} from './http-receiver.test-support.ts'
import { toBatch } from './merge-batches.ts'
import type { ReadEntry } from './read-dead-letter.ts'
import type { RetryOptions } from './retry.ts'
import type { Batch, Sink } from './sink.ts'
import { eventCount, sliceBatch } from './slice-batch.ts'

/** A kind of sink, as the suite sees it. */
export interface SinkSubject {
  /** Builds a sink. One that gathers batches is to do so for no more than some milliseconds. */
  readonly create: (settings: SinkSettings) => Sink | Promise<Sink>
  /** Builds a healthy receiver, for a sink that sends HTTP requests. */
  readonly createReceiver?: (refuses: (key: string) => boolean) => SinkReceiver
  /** What is stored in a folder, for a sink that writes files: one list for each file, in order. */
  readonly readStored?: (folder: string) => Promise<string[][]>
  /** Default: flat records, as `--to json` makes them. */
  readonly createBatch?: (count: number, bad?: readonly string[]) => Required<Batch>
  /** The name by which what is stored is told apart. Default: the text of each event. */
  readonly keysOf?: (batch: Required<Batch>) => readonly string[]
  /** Whether an event that is sent twice is stored once. Default true. */
  readonly storesOnce?: boolean
  /** Whether `deliver` resolves before events have come to the receiver. Default false. */
  readonly isSpool?: boolean
  /** Whether requests and files have the events of a batch in its order. Default true. */
  readonly keepsOrder?: boolean
}

/** What a sink is built with; its limits are short, so that tests are. */
export interface SinkSettings {
  /** Of this test alone, and empty at first. */
  readonly folder: string
  /** Of the receiver; empty if there is none. */
  readonly url: string
  readonly deadLetter?: DeadLetter
  readonly maxInFlightBytes?: number
  readonly retry: RetryOptions
  readonly exchange: ExchangeOptions
}

/** A healthy receiver of one protocol. */
export interface SinkReceiver {
  /** Answers a request, and stores what it accepts. */
  readonly answer: (request: ReceivedRequest) => Answer | Promise<Answer>
  /** The key of what is stored: one list for each request, in order. */
  readonly stored: () => readonly (readonly string[])[]
}

/** One test's surroundings. */
export interface Stage {
  readonly http: HttpReceiver
  readonly receiver: SinkReceiver
  /** Keys that the receiver refuses for good. */
  readonly refused: Set<string>
  readonly deadLetter: DeadLetter
  /** Builds a sink, which is closed after the test. */
  open(settings?: Partial<SinkSettings>): Promise<Sink>
  /** What is stored, once nothing is under way any more. */
  stored(sink: Sink): Promise<string[][]>
  deadLetters(): Promise<ReadEntry[]>
}

/** How long an answer may take before it is late, in milliseconds. */
const patience = 1_500

/** Sets the stage anew for each test of the group. */
export function useStage(subject: SinkSubject): Stage {
  let folder = ''
  let http: HttpReceiver | undefined
  let receiver: SinkReceiver | undefined
  let deadLetter: DeadLetter
  let sinks: Sink[] = []
  const refused = new Set<string>()

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowlogs-suite-'))
    deadLetter = createDeadLetter({ path: join(folder, 'dead.ndjson') })
    receiver = subject.createReceiver?.((key) => refused.has(key))
    http = receiver && (await createHttpReceiver({ always: receiver.answer }))
  })

  afterEach(async () => {
    await Promise.all(sinks.map((sink) => sink.close()))
    sinks = []
    await http?.close()
    refused.clear()
    await rm(folder, { recursive: true })
  })

  const given = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('this sink has no receiver')
    return value
  }

  return {
    get http() {
      return given(http)
    },
    get receiver() {
      return given(receiver)
    },
    get deadLetter() {
      return deadLetter
    },
    refused,
    async open(settings) {
      const sink = await subject.create({
        folder: join(folder, 'sink'),
        url: http?.url ?? '',
        retry: { initialDelay: 5, maxDelay: 50, deadline: 20_000 },
        ...settings,
        exchange: {
          timeouts: { connect: patience, headers: patience, body: patience },
          circuitBreaker: { cooldown: 5 },
          ...settings?.exchange,
        },
      })
      sinks.push(sink)
      return sink
    },
    async stored(sink) {
      await sink.flush()
      if (receiver) return receiver.stored().map((keys) => [...keys])
      // Files may be readable only once they are closed.
      await sink.close()
      return given(subject.readStored)(join(folder, 'sink'))
    },
    deadLetters: () => readAll(join(folder, 'dead.ndjson')),
  }
}

/** The receiver stores what it gets, and the connection breaks before its reply. */
export function losingReply({ answer }: SinkReceiver): Script {
  return async (request) => {
    await answer(request)
    return 'reset' as const
  }
}

/** A batch for a subject. */
export function batchFor(
  subject: SinkSubject,
  count: number,
  bad?: readonly string[],
): Required<Batch> {
  return (subject.createBatch ?? createBatch)(count, bad)
}

/** The keys of a batch for a subject. */
export function keysFor(subject: SinkSubject, batch: Required<Batch>): readonly string[] {
  return (subject.keysOf ?? documentsOf)(batch)
}

/** Batches of `size` events. */
export function splitBatch(batch: Required<Batch>, size: number): Required<Batch>[] {
  const parts = Math.ceil(eventCount(batch) / size)
  return Array.from({ length: parts }, (_, part) =>
    toBatch(sliceBatch(batch, part * size, (part + 1) * size)),
  )
}
