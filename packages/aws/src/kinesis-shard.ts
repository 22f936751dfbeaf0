/** Stores what one shard of a stream holds, up to its end. */
import type { _Record as StreamRecord } from '@aws-sdk/client-kinesis'
import { addLedger, emptyLedger, type Ledger, type Origin, type Transform } from '@flowlogs/core'
import type { CheckpointFile, ShardPosition, ShardState } from './checkpoint-file.ts'
import type { Deliver } from './deliver.ts'
import { describeError } from './describe-error.ts'
import { keepTrying } from './keep-trying.ts'
import {
  type KinesisLimits,
  type KinesisRecord,
  transformKinesisRecords,
} from './kinesis-records.ts'
import { readPages, type ShardPage, type ShardSource } from './shard-pages.ts'
import type { Invocation } from './telemetry.ts'

/** The account of one batch, or of a failure. */
export interface KinesisPollInvocation extends Invocation {
  readonly shard?: string
  /** How far behind the newest record of the stream the batch was read. */
  readonly millisecondsBehind?: number
}

/** What the readers of all shards of a stream share. */
export interface StreamReading
  extends Pick<ShardSource, 'client' | 'stream' | 'pollMilliseconds' | 'signal'> {
  /** What every line inherits. */
  readonly origin: Origin
  readonly transform: Transform
  readonly deliver: Deliver
  readonly limits: Required<KinesisLimits>
  readonly file: CheckpointFile
  /** The account of all that was stored. */
  readonly ledger: Ledger
  readonly tell: (invocation: KinesisPollInvocation) => void
  /** Told about a failed request to AWS; throws what is not to be tried again. */
  readonly onFailure: (error: unknown, shardId?: string) => void
}

/** How often shards without records note how far they were read. */
const noteInterval = 5 * 60_000

/**
 * Resolves when the shard has been read to its end, which the checkpoint file then says, or when
 * stopped. Throws when AWS refuses for good, and when the transform throws, which is a defect.
 */
export async function readShard(shardId: string, reading: StreamReading): Promise<void> {
  const { file, signal } = reading
  const state = file.shards.get(shardId)
  let position = state === 'finished' ? undefined : state
  let saved = position
  let savedAt = performance.now()

  async function save(next: ShardState): Promise<void> {
    if (next !== 'finished') saved = position = next
    savedAt = performance.now()
    await keepTrying(() => file.save(shardId, next), {
      signal,
      onFailure: (error) => tellFailure(`the checkpoint was not written: ${describeError(error)}`),
    })
  }

  function tellFailure(error: string): void {
    reading.tell({ ...blank(shardId), outcome: 'failed', error })
  }

  /** Whether all records of the page were stored. */
  async function store(page: ShardPage, readUntil: string): Promise<boolean> {
    const { records, millisecondsBehind, requestId } = page
    const opened = records.map((record) => toKinesisRecord(record, shardId, reading.origin))
    let stored = 0
    let started = performance.now()
    for (const batch of transformKinesisRecords(reading.transform, opened, reading.limits)) {
      const { result } = batch
      const attempt = async () => {
        await reading.deliver(result)
        return true
      }
      const onFailure = (error: unknown) => tellFailure(`not stored: ${describeError(error)}`)
      if (!(await keepTrying(attempt, { signal, onFailure }))) return false
      addLedger(reading.ledger, result.ledger)
      stored += batch.records
      const last = records[stored - 1]
      const arrived = last?.ApproximateArrivalTimestamp?.toISOString() ?? readUntil
      await save({
        after: last?.SequenceNumber as string,
        arrived,
        readUntil: stored === records.length ? readUntil : arrived,
      })
      reading.tell({
        ...blank(shardId),
        ...(requestId !== undefined && { requestId }),
        ledger: result.ledger,
        bytesIn: batch.bytes,
        bytesOut: result.output.length,
        milliseconds: performance.now() - started,
        millisecondsBehind,
      })
      started = performance.now()
      if (signal.aborted) break
    }
    return stored === records.length
  }

  const pages = readPages({
    ...reading,
    shardId,
    start: file.start,
    position: () => position,
    onFailure: (error) => reading.onFailure(error, shardId),
    onLoss: () => tellFailure(lossOf(shardId, position)),
  })
  for await (const page of pages) {
    const readUntil = new Date(Date.now() - page.millisecondsBehind).toISOString()
    if (!(await store(page, readUntil))) return
    if (page.isLast) return save('finished')
    position = { ...position, readUntil }
    if (performance.now() - savedAt > noteInterval) await save(position)
  }
  if (position && position !== saved) await save(position)
}

/** The origin is the one that a Lambda event gives, so that ids are the same either way. */
function toKinesisRecord(record: StreamRecord, shardId: string, shared: Origin): KinesisRecord {
  const arrival = record.ApproximateArrivalTimestamp?.getTime()
  return {
    origin: {
      ...shared,
      ...(arrival !== undefined && { timestamp: arrival }),
      requestId: `${shardId}:${record.SequenceNumber}`,
    },
    data: record.Data ?? new Uint8Array(0),
  }
}

function blank(shard: string): KinesisPollInvocation & { readonly shard: string } {
  return {
    handler: 'kinesis-poll',
    shard,
    outcome: 'ok',
    ledger: emptyLedger(),
    bytesIn: 0,
    bytesOut: 0,
    milliseconds: 0,
  }
}

function lossOf(shardId: string, position: ShardPosition | undefined): string {
  const since = position ? ` since ${position.readUntil}` : ''
  return `records of ${shardId}${since} may have expired before they were read`
}
