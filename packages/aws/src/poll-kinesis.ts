/** Reads a Kinesis stream outside Lambda: one process, all shards, at least once. */
import { type KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis'
import {
  configurationError,
  emptyLedger,
  type Ledger,
  type Origin,
  type Transform,
} from '@flowlogs/core'
import { type CheckpointFile, openCheckpointFile, type StreamStart } from './checkpoint-file.ts'
import type { Deliver } from './deliver.ts'
import { describeError } from './describe-error.ts'
import { keepTrying, pause } from './keep-trying.ts'
import { type KinesisLimits, toKinesisLimits } from './kinesis-records.ts'
import { type KinesisPollInvocation, readShard, type StreamReading } from './kinesis-shard.ts'
import { isLastingFailure } from './lasting-failure.ts'
import { type StreamName, shortestPoll, withDeadline } from './shard-pages.ts'
import { createTelemetry } from './telemetry.ts'

export type { KinesisPollInvocation } from './kinesis-shard.ts'

/** What is read, how it is transformed, and where it is stored. */
export interface PollKinesisOptions extends KinesisLimits {
  readonly client: KinesisClient
  /** The stream, by its name or by its ARN. */
  readonly streamName?: string
  readonly streamARN?: string
  /** Made without `reuseOutput`: shards are read side by side. */
  readonly transform: Transform
  /** Called once per batch; tried again until it resolves. Batches of one shard come in order. */
  readonly deliver: Deliver
  /** Path of the file that says how far each shard was read. One process may use it at a time. */
  readonly checkpoint: string
  /** What every line inherits; an envelope that knows better wins. Default: the client's region. */
  readonly origin?: Origin
  /** Where to begin when there is no checkpoint file yet. Default `trim_horizon`, the oldest record. */
  readonly startAt?: 'latest' | 'trim_horizon' | Date
  /** Ends the reading; a batch that is being delivered is finished. */
  readonly signal?: AbortSignal
  /** How long to wait when the newest record of a shard was read: 200 or more, 1000 by default. */
  readonly pollMilliseconds?: number
  /** Takes the account of each batch and each failure. Default: one line of JSON on standard output. */
  readonly log?: (invocation: KinesisPollInvocation) => void
}

const listInterval = 10_000
/** Kinesis refuses a time that its clock has not reached yet. */
const clockMargin = 60_000

/**
 * Reads all shards of a stream until stopped, parents before their children; resolves to the ledger
 * of what was stored. A position is noted in the checkpoint file once `deliver` has stored what is
 * before it. Rejects on wrong options, on a checkpoint file that is damaged or of another stream,
 * when AWS refuses a request for good, and when the transform throws, which is a defect.
 */
export async function pollKinesis(options: PollKinesisOptions): Promise<Ledger> {
  const { client, transform, deliver, pollMilliseconds = 1000 } = options
  const limits = toKinesisLimits(options)
  const stream = streamOf(options)
  if (!Number.isSafeInteger(pollMilliseconds) || pollMilliseconds < shortestPoll) {
    throw configurationError(
      `pollMilliseconds must be an integer of at least ${shortestPoll}, not ${pollMilliseconds}`,
    )
  }
  const start = startOf(options.startAt ?? 'trim_horizon')
  const file = await openCheckpointFile(options.checkpoint, nameOf(stream), start)
  const stop = new AbortController()
  const ledger = emptyLedger()
  const tell = createTelemetry(options)
  const reading: StreamReading = {
    client,
    stream,
    origin: { region: await client.config.region(), ...options.origin },
    transform,
    deliver,
    limits,
    pollMilliseconds,
    file,
    signal: AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]),
    ledger,
    tell,
    onFailure(error, shard) {
      if (isLastingFailure(error)) throw error
      tell({ ...failureOf(error), ...(shard !== undefined && { shard }) })
    },
  }
  await readShards(reading, () => stop.abort())
  return ledger
}

/** Resolves when stopped; when one shard cannot be read any more, stops the others and rejects. */
async function readShards(reading: StreamReading, stop: () => void): Promise<void> {
  const { file, signal, onFailure } = reading
  const running = new Map<string, Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  let ended = new AbortController()
  let isFirst = true

  function fail(error: unknown): void {
    failure ??= { error }
    stop()
  }

  async function begin(shardId: string): Promise<void> {
    try {
      await readShard(shardId, reading)
    } catch (error) {
      fail(explain(error, shardId))
    }
    running.delete(shardId)
    ended.abort()
  }

  try {
    while (!signal.aborted) {
      ended = new AbortController()
      const shards = await keepTrying(() => listShards(reading), { signal, onFailure })
      if (!shards) break
      if (isFirst) checkFinished(shards, file)
      isFirst = false
      file.prune(new Set(shards.map(idOf)))
      for (const shardId of readable(shards, file)) {
        if (!running.has(shardId)) running.set(shardId, begin(shardId))
      }
      await pause(listInterval, AbortSignal.any([signal, ended.signal]))
    }
  } catch (error) {
    fail(error)
  }
  await Promise.all(running.values())
  if (failure) throw failure.error
}

/** A stream that was made anew under the same name begins with the same shard ids. */
function checkFinished(shards: readonly Shard[], { path, shards: states }: CheckpointFile): void {
  const open = shards.find(
    (shard) =>
      states.get(idOf(shard)) === 'finished' && !shard.SequenceNumberRange?.EndingSequenceNumber,
  )
  if (!open) return
  throw configurationError(
    `the checkpoint file ${path} is that of an earlier stream of this name: it says that ${idOf(open)}, which is open, was read to its end`,
  )
}

/** Shards that are not read to their end yet, but whose parents are, as far as they are known. */
function readable(shards: readonly Shard[], { shards: states }: CheckpointFile): string[] {
  const known = new Set([...shards.map(idOf), ...states.keys()])
  const parents = new Map(shards.map((shard) => [idOf(shard), parentsOf(shard)]))
  const isFinished = (shardId: string) => states.get(shardId) === 'finished'
  return [...known].filter((shardId) => {
    const before = parents.get(shardId) ?? []
    return !isFinished(shardId) && before.every((each) => !known.has(each) || isFinished(each))
  })
}

function parentsOf({ ParentShardId, AdjacentParentShardId }: Shard): string[] {
  return [ParentShardId, AdjacentParentShardId].filter((each) => each !== undefined)
}

function idOf(shard: Shard): string {
  return shard.ShardId as string
}

/** All shards of which records may be wanted, also closed ones. */
async function listShards({ client, stream, file, signal }: StreamReading): Promise<Shard[]> {
  const shards: Shard[] = []
  const filter = file.start !== 'trim_horizon' && {
    ShardFilter: { Type: 'FROM_TIMESTAMP' as const, Timestamp: file.start },
  }
  let token: string | undefined
  do {
    // The token stands for the stream and the filter.
    const input = token === undefined ? { ...stream, ...filter } : { NextToken: token }
    const answer = await client.send(new ListShardsCommand(input), {
      abortSignal: withDeadline(signal),
    })
    shards.push(...(answer.Shards ?? []))
    token = answer.NextToken
  } while (token !== undefined)
  return shards
}

function streamOf({ streamName, streamARN }: PollKinesisOptions): StreamName {
  if (streamName && !streamARN) return { StreamName: streamName }
  if (streamARN && !streamName) return { StreamARN: streamARN }
  throw configurationError('one of streamName and streamARN is needed')
}

/** The name, which is the last part of an ARN, too. */
function nameOf(stream: StreamName): string {
  if ('StreamName' in stream) return stream.StreamName
  return stream.StreamARN.slice(stream.StreamARN.lastIndexOf('/') + 1)
}

function startOf(startAt: 'latest' | StreamStart): StreamStart {
  if (startAt === 'trim_horizon') return startAt
  if (startAt === 'latest') return new Date(Date.now() - clockMargin)
  if (startAt instanceof Date && startAt.getTime() <= Date.now()) return startAt
  throw configurationError("startAt must be 'latest', 'trim_horizon' or a Date that has passed")
}

function explain(error: unknown, shardId: string): unknown {
  if (!isLastingFailure(error)) return error
  return new Error(`${shardId} cannot be read: ${describeError(error)}`, { cause: error })
}

function failureOf(error: unknown): KinesisPollInvocation {
  return {
    handler: 'kinesis-poll',
    outcome: 'failed',
    ledger: emptyLedger(),
    bytesIn: 0,
    bytesOut: 0,
    milliseconds: 0,
    error: describeError(error),
  }
}
