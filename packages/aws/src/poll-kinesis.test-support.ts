/** What tests of `pollKinesis` share: a stream, a folder for the checkpoint file, and runs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransform, type Ledger, recordMapping, type TransformResult } from '@flowlogs/core'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import {
  createKinesisStream,
  type KinesisStream,
  streamName,
} from './kinesis-stream.test-support.ts'
import { type KinesisPollInvocation, type PollKinesisOptions, pollKinesis } from './poll-kinesis.ts'

export const line: string =
  '2 509304988160 eni-0f6428b026d2cdcf8 172.169.2.193 10.54.1.52 34451 3306 6 1 40 1720724137 1720724166 REJECT OK'

/** What one test has to itself. */
export interface Place {
  stream: KinesisStream
  folder: string
  checkpoint: string
}

/** Gives each test a stream and a folder of its own. */
export function usePlace(): Place {
  const place = {} as Place
  beforeEach(async () => {
    place.folder = await mkdtemp(join(tmpdir(), 'kinesis-'))
    place.checkpoint = join(place.folder, 'checkpoint.json')
    place.stream = await createKinesisStream()
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await place.stream.stop()
    await rm(place.folder, { recursive: true })
  })
  return place
}

/** One reading of a stream. */
export interface Run {
  /** The batches that were stored. */
  readonly stored: TransformResult[]
  readonly invocations: KinesisPollInvocation[]
  readonly done: Promise<Ledger>
  stop(): Promise<Ledger>
}

/** Polls until it is stopped. */
export function poll(place: Place, options: Partial<PollKinesisOptions> = {}): Run {
  const stored: TransformResult[] = []
  const invocations: KinesisPollInvocation[] = []
  const controller = new AbortController()
  const done = pollKinesis({
    client: place.stream.client(),
    ...(!options.streamARN && { streamName }),
    transform: createTransform({ mapping: recordMapping }),
    checkpoint: place.checkpoint,
    signal: controller.signal,
    pollMilliseconds: 200,
    log: (invocation) => invocations.push(invocation),
    ...options,
    async deliver(batch) {
      await options.deliver?.(batch)
      stored.push(batch)
    },
  })
  // Whoever awaits it sees it all the same.
  done.catch(() => {})
  return {
    stored,
    invocations,
    done,
    stop() {
      controller.abort()
      return done
    },
  }
}

/** A line that is told from others by its source port. */
export function flow(port: number): string {
  return line.replace('34451', String(port))
}

/** The source ports of the events, in order. */
export function portsOf(batches: readonly TransformResult[]): number[] {
  const text = Buffer.concat(batches.map(({ output }) => output)).toString()
  const events = text.split('\n').filter((each) => each !== '')
  return events.map((each) => JSON.parse(each).srcport)
}

export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 15_000, interval: 10 })
}

export async function untilStored(run: Run, events: number): Promise<void> {
  await until(() => portsOf(run.stored).length >= events)
}

export async function readCheckpoint(place: Place): Promise<{
  readonly shards: { readonly [shard: string]: unknown }
}> {
  return JSON.parse(await readFile(place.checkpoint, 'utf8'))
}

export function errorsOf(run: Run): (string | undefined)[] {
  return run.invocations.filter(({ outcome }) => outcome === 'failed').map(({ error }) => error)
}

/** How many requests for an operation arrived. */
export function countOf(place: Place, operation: string): number {
  return place.stream.requests.filter((request) => request.operation === operation).length
}
