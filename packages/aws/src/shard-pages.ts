/** The records of one shard, page by page, as `GetRecords` gives them. */
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis'
import type { ShardPosition, StreamStart } from './checkpoint-file.ts'
import { keepTrying, pause } from './keep-trying.ts'

/** A stream as requests name it. */
export type StreamName = { readonly StreamName: string } | { readonly StreamARN: string }

/** What is read, from where, and who is told. */
export interface ShardSource {
  readonly client: KinesisClient
  readonly stream: StreamName
  readonly shardId: string
  /** Where to begin when there is no position yet. */
  readonly start: StreamStart
  /** How far records have been stored; asked again when an iterator has expired. */
  readonly position: () => ShardPosition | undefined
  /** How long to wait when the newest record has been read. */
  readonly pollMilliseconds: number
  readonly signal: AbortSignal
  /** Told about each failed request; throws what is not to be tried again. */
  readonly onFailure: (error: unknown) => void
  /** Told when records may have expired before they were read. */
  readonly onLoss: () => void
}

/** One answer of a shard. */
export interface ShardPage {
  readonly records: readonly StreamRecord[]
  readonly millisecondsBehind: number
  readonly requestId: string | undefined
  /** Whether the shard is closed, and read to its end. */
  readonly isLast: boolean
}

/** Kinesis allows five reads per second and shard. */
export const shortestPoll = 200
/** An answer takes a second at most; a connection may have died without a word. */
const requestTimeout = 60_000
/** Kinesis keeps records for a day at least; this is an hour less, for clocks that differ. */
const surelyKept = 23 * 3_600_000

/**
 * Reads a shard to its end, or until stopped; then no page was the last. When the next page is asked
 * for, the position has to be that of this one's last record.
 */
export async function* readPages(source: ShardSource): AsyncGenerator<ShardPage, void, undefined> {
  const { signal, onLoss, pollMilliseconds } = source
  let iterator: string | undefined
  while (!signal.aborted) {
    const started = performance.now()
    let answer: GetRecordsCommandOutput | undefined
    try {
      iterator ??= await openShard(source)
      answer = iterator === undefined ? undefined : await getRecords(source, iterator)
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      if (name === 'ResourceNotFoundException') {
        onLoss()
        yield { records: [], millisecondsBehind: 0, requestId: undefined, isLast: true }
        return
      }
      if (name !== 'ExpiredIteratorException') throw error
      iterator = undefined
    }
    let interval = shortestPoll
    if (answer) {
      iterator = answer.NextShardIterator
      const page = toPage(answer)
      yield page
      if (page.isLast) return
      if (page.millisecondsBehind === 0) interval = pollMilliseconds
    }
    await pause(started + interval - performance.now(), signal)
  }
}

function toPage(answer: GetRecordsCommandOutput): ShardPage {
  return {
    records: answer.Records ?? [],
    millisecondsBehind: answer.MillisBehindLatest ?? 0,
    requestId: answer.$metadata.requestId,
    isLast: !answer.NextShardIterator,
  }
}

/** An iterator where the stored records end, or undefined when stopped. */
async function openShard(source: ShardSource): Promise<string | undefined> {
  const { start, onLoss, signal } = source
  const position = source.position()
  const { after, arrived } = position ?? {}
  let from: ShardStart =
    start === 'trim_horizon' ? oldest : { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: start }
  let isWhole = true
  if (after !== undefined) {
    const isThere = !isOld(arrived) || (await hasRecord(source, after))
    if (signal.aborted) return undefined
    from = isThere
      ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after }
      : oldest
    isWhole = isThere
  }
  if (position && (!isWhole || after === undefined) && isOld(position.readUntil)) onLoss()
  return getIterator(source, from)
}

/**
 * Whether the stream still has a record. Kinesis takes a sequence number that it no longer has
 * without a word, and may then hand out empty pages for a long time.
 */
async function hasRecord(source: ShardSource, sequenceNumber: string): Promise<boolean> {
  let iterator = await getIterator(source, oldest)
  while (iterator) {
    const answer = await getRecords(source, iterator, 1)
    const first = answer?.Records?.[0]?.SequenceNumber
    if (first !== undefined) return BigInt(first) <= BigInt(sequenceNumber)
    if (!answer?.MillisBehindLatest) return false
    iterator = answer.NextShardIterator
    await pause(shortestPoll, source.signal)
  }
  return false
}

type ShardStart = Pick<
  GetShardIteratorCommandInput,
  'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'
>

const oldest: ShardStart = { ShardIteratorType: 'TRIM_HORIZON' }

function isOld(time: string | undefined): boolean {
  return time === undefined || Date.now() - Date.parse(time) > surelyKept
}

async function getIterator(source: ShardSource, from: ShardStart): Promise<string | undefined> {
  const { client, stream, shardId, signal, onFailure } = source
  const command = new GetShardIteratorCommand({ ...stream, ShardId: shardId, ...from })
  const attempt = () => client.send(command, { abortSignal: withDeadline(signal) })
  const answer = await keepTrying(attempt, { signal, onFailure })
  return answer?.ShardIterator
}

function getRecords(
  source: ShardSource,
  iterator: string,
  limit?: number,
): Promise<GetRecordsCommandOutput | undefined> {
  const { client, stream, signal, onFailure } = source
  const command = new GetRecordsCommand({
    ...('StreamARN' in stream && stream),
    ShardIterator: iterator,
    ...(limit !== undefined && { Limit: limit }),
  })
  const attempt = () => client.send(command, { abortSignal: withDeadline(signal) })
  return keepTrying(attempt, { signal, onFailure })
}

/** Aborts a request when its answer is overdue, too. */
export function withDeadline(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(requestTimeout)])
}
