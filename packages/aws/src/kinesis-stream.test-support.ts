/**
 * A stand-in for Kinesis Data Streams on this machine, over HTTP/2 without TLS and JSON 1.1, as the
 * SDK's client speaks it. It refuses what Kinesis refuses, also to be read too often.
 */
import { createServer, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'

/** A record in a shard. */
interface StandInRecord {
  readonly sequenceNumber: string
  readonly arrival: number
  readonly data: Uint8Array
}

/** A shard and what is in it. */
interface StandInShard {
  readonly id: string
  readonly parents: readonly string[]
  readonly records: StandInRecord[]
  /** Records that have expired. */
  readonly trimmed: StandInRecord[]
  closedAt?: number
}

/** A request that arrived. */
interface StandInRequest {
  readonly operation: string
  readonly input: Input
  readonly time: number
}

interface Input {
  readonly StreamName?: string
  readonly StreamARN?: string
  readonly NextToken?: string
  readonly ShardId?: string
  readonly ShardIteratorType?: string
  readonly StartingSequenceNumber?: string
  readonly Timestamp?: number
  readonly ShardIterator?: string
  readonly Limit?: number
  readonly ShardFilter?: { readonly Type: string; readonly Timestamp?: number }
}

/** What an operation refuses with. */
interface Refusal {
  readonly status: number
  readonly type: string
  readonly message: string
}

/** A place in a shard: after the record with a sequence number. */
interface Iterator {
  readonly shard: string
  readonly after: string
  /** Iterators of an earlier generation have expired. */
  readonly generation: number
  readonly isLost?: boolean
}

export const streamName: string = 'flow-logs'
export const streamARN: string = `arn:aws:kinesis:eu-central-1:123456789012:stream/${streamName}`
const firstNumber = 49590338271490256608559692538361571095921575989136588898n
const day: number = 24 * 3_600_000

/** The stand-in. */
export interface KinesisStream {
  readonly shards: ReadonlyMap<string, StandInShard>
  readonly requests: StandInRequest[]
  readonly endpoint: string
  /** A client as the SDK makes it, but for where it connects to. */
  client(config?: KinesisClientConfig): KinesisClient
  /** Opens a shard; its parents are closed. */
  open(...parents: readonly string[]): string
  close(id: string, closedAt?: number): void
  /** Returns the sequence number of the new record. */
  put(id: string, data: Uint8Array | string, arrival?: number): string
  /** Lets the oldest records of a shard expire. */
  trim(id: string, records: number): void
  /** Lets a shard expire as a whole. */
  remove(id: string): void
  expireIterators(): void
  /** Answers the next requests of an operation with refusals, or not at all. */
  refuse(operation: string, times: number, type: string | 'silence', status?: number): void
  stop(): Promise<void>
}

/** Starts an empty stream without shards. */
export async function createKinesisStream(
  options: { readonly pageRecords?: number; readonly pageShards?: number } = {},
): Promise<KinesisStream> {
  const { pageRecords = 10_000, pageShards = 1000 } = options
  const shards = new Map<string, StandInShard>()
  const requests: StandInRequest[] = []
  const refusals: { readonly operation: string; readonly refusal: Refusal | 'silence' }[] = []
  const readTimes = new Map<string, number[]>()
  const clients: KinesisClient[] = []
  let number = firstNumber
  let generation = 0
  let opened = 0

  const server = createServer(async (request, response) => {
    const input = (await json(request)) as Input
    const operation = String(request.headers['x-amz-target']).replace('Kinesis_20131202.', '')
    requests.push({ operation, input, time: performance.now() })
    const planned = refusals.findIndex((each) => each.operation === operation)
    const [refused] = planned === -1 ? [] : refusals.splice(planned, 1)
    if (refused?.refusal === 'silence') return
    const answer = refused?.refusal ?? answerTo(operation, input)
    if (!isRefusal(answer)) return reply(response, 200, answer)
    reply(response, answer.status, { __type: answer.type, message: answer.message })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))

  function reply(response: Http2ServerResponse, status: number, body: object): void {
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': `request-${requests.length}`,
    })
    response.end(JSON.stringify(body))
  }

  function answerTo(operation: string, input: Input): object | Refusal {
    if (operation === 'ListShards') return listShards(input)
    if (operation === 'GetShardIterator') return getShardIterator(input)
    return getRecords(input)
  }

  function listShards(input: Input): object | Refusal {
    const { NextToken, ShardFilter: filter } = input
    if (NextToken !== undefined && (input.StreamName || input.StreamARN || filter)) {
      return invalid('NextToken and StreamName cannot be provided together.')
    }
    const wrong = NextToken === undefined ? checkStream(input) : undefined
    if (wrong) return wrong
    const [from = '0', since = '0'] = NextToken?.split(' ') ?? [
      '0',
      filter?.Type === 'FROM_TIMESTAMP' ? String((filter.Timestamp ?? 0) * 1000) : '0',
    ]
    const listed = [...shards.values()].filter(
      ({ closedAt }) => closedAt === undefined || closedAt >= Number(since),
    )
    const next = Number(from) + pageShards
    return {
      Shards: listed.slice(Number(from), next).map(({ id, parents, closedAt }) => ({
        ShardId: id,
        ...(parents[0] && { ParentShardId: parents[0] }),
        ...(parents[1] && { AdjacentParentShardId: parents[1] }),
        HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' },
        SequenceNumberRange: {
          StartingSequenceNumber: '0',
          ...(closedAt !== undefined && { EndingSequenceNumber: '9'.repeat(56) }),
        },
      })),
      ...(next < listed.length && { NextToken: `${next} ${since}` }),
    }
  }

  function checkStream({ StreamName, StreamARN }: Input): Refusal | undefined {
    if (StreamName === streamName || StreamARN === streamARN) return undefined
    return missing(`Stream ${StreamName} under account 123456789012 not found.`)
  }

  function getShardIterator(input: Input): object | Refusal {
    const wrong = checkStream(input)
    if (wrong) return wrong
    const { ShardId = '', ShardIteratorType: type, StartingSequenceNumber: start = '' } = input
    const shard = shards.get(ShardId)
    if (!shard) return missing(`Shard ${ShardId} in stream ${streamName} does not exist`)
    const time = (input.Timestamp ?? 0) * 1000
    if (time > Date.now()) return invalid('The timestampInMillis parameter cannot be greater …')
    const place = { shard: ShardId, generation }
    if (type === 'TRIM_HORIZON') return iteratorOf({ ...place, after: '0' })
    if (type === 'AT_TIMESTAMP') {
      const before = shard.records.filter(({ arrival }) => arrival < time).at(-1)
      return iteratorOf({ ...place, after: before?.sequenceNumber ?? '0' })
    }
    if (type !== 'AFTER_SEQUENCE_NUMBER') return invalid('a type the stand-in does not know')
    if (shard.trimmed.some(({ sequenceNumber }) => sequenceNumber === start)) {
      return iteratorOf({ ...place, after: start, isLost: true })
    }
    if (!shard.records.some(({ sequenceNumber }) => sequenceNumber === start)) {
      return invalid(`StartingSequenceNumber ${start} is invalid: it did not come from this stream`)
    }
    return iteratorOf({ ...place, after: start })
  }

  function getRecords(input: Input): object | Refusal {
    const iterator = JSON.parse(
      Buffer.from(input.ShardIterator ?? '', 'base64').toString(),
    ) as Iterator
    const shard = shards.get(iterator.shard)
    if (!shard) return missing(`Shard ${iterator.shard} does not exist`)
    const now = performance.now()
    const recent = (readTimes.get(shard.id) ?? []).filter((time) => now - time < 995)
    if (recent.length >= 5) {
      return refusal('ProvisionedThroughputExceededException', 'Rate exceeded for shard')
    }
    readTimes.set(shard.id, [...recent, now])
    if (iterator.generation < generation) {
      return refusal('ExpiredIteratorException', 'Iterator expired.')
    }
    if (iterator.isLost) {
      // What was seen of real streams: nothing but empty pages, at the end of the retention.
      return { Records: [], MillisBehindLatest: day, NextShardIterator: input.ShardIterator }
    }
    const after = BigInt(iterator.after)
    const left = shard.records.filter((record) => BigInt(record.sequenceNumber) > after)
    const page = left.slice(0, Math.min(pageRecords, input.Limit ?? pageRecords))
    const next = left[page.length]
    const isEnd = shard.closedAt !== undefined && !next
    return {
      Records: page.map(({ sequenceNumber, arrival, data }) => ({
        SequenceNumber: sequenceNumber,
        ApproximateArrivalTimestamp: arrival / 1000,
        Data: Buffer.from(data).toString('base64'),
        PartitionKey: 'key',
      })),
      MillisBehindLatest: next ? Math.max(1, Date.now() - next.arrival) : 0,
      ...(!isEnd && {
        NextShardIterator: iteratorOf({
          ...iterator,
          after: page.at(-1)?.sequenceNumber ?? iterator.after,
        }).ShardIterator,
      }),
    }
  }

  function shardOf(id: string): StandInShard {
    const shard = shards.get(id)
    if (!shard) throw new Error(`the stand-in has no shard ${id}`)
    return shard
  }

  return {
    shards,
    requests,
    client(config = {}) {
      const client = new KinesisClient({
        region: 'eu-central-1',
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
        ...config,
      })
      clients.push(client)
      return client
    },
    get endpoint() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    open(...parents) {
      const id = `shardId-${String(opened++).padStart(12, '0')}`
      shards.set(id, { id, parents, records: [], trimmed: [] })
      for (const parent of parents) shardOf(parent).closedAt ??= Date.now()
      return id
    },
    close(id, closedAt = Date.now()) {
      shardOf(id).closedAt = closedAt
    },
    put(id, data, arrival = Date.now()) {
      number += 16n
      const sequenceNumber = String(number)
      shardOf(id).records.push({ sequenceNumber, arrival, data: Buffer.from(data) })
      return sequenceNumber
    },
    trim(id, records) {
      const shard = shardOf(id)
      shard.trimmed.push(...shard.records.splice(0, records))
    },
    remove(id) {
      shards.delete(id)
    },
    expireIterators() {
      generation++
    },
    refuse(operation, times, type, status = 400) {
      const answer = type === 'silence' ? 'silence' : { ...refusal(type, 'as planned'), status }
      for (let index = 0; index < times; index++) refusals.push({ operation, refusal: answer })
    },
    async stop() {
      for (const client of clients) client.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

function iteratorOf(iterator: Iterator): { readonly ShardIterator: string } {
  return { ShardIterator: Buffer.from(JSON.stringify(iterator)).toString('base64') }
}

function refusal(type: string, message: string): Refusal {
  return { status: 400, type, message }
}

function isRefusal(answer: object): answer is Refusal {
  return 'status' in answer && 'type' in answer
}

function invalid(message: string): Refusal {
  return refusal('InvalidArgumentException', message)
}

function missing(message: string): Refusal {
  return refusal('ResourceNotFoundException', message)
}
