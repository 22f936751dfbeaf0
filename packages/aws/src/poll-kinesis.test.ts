import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { createTransform, emptyLedger, recordMapping } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import { kinesisRecord, kplRecord } from './kinesis-events.test-support.ts'
import { createKinesisHandler } from './kinesis-handler.ts'
import { createKinesisStream, streamARN, streamName } from './kinesis-stream.test-support.ts'
import {
  countOf,
  errorsOf,
  flow,
  line,
  poll,
  portsOf,
  readCheckpoint,
  until,
  untilStored,
  usePlace,
} from './poll-kinesis.test-support.ts'
import type { PollKinesisOptions } from './poll-kinesis.ts'

const place = usePlace()
const hour = 3_600_000
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe('a stream', () => {
  test('is read shard by shard, in order, and noted in the file', async () => {
    const [first, second] = [place.stream.open(), place.stream.open()]
    const arrival = Date.now() - 5000
    const sent = gzipSync(flow(2))
    place.stream.put(first, flow(1), arrival)
    const lastOfFirst = place.stream.put(first, sent, arrival + 1)
    const lastOfSecond = place.stream.put(second, kplRecord(flow(3), 'broken'), arrival + 2)
    const run = poll(place)
    await untilStored(run, 3)
    const later = place.stream.put(first, flow(4))
    await untilStored(run, 4)
    const ledger = await run.stop()
    expect(portsOf(run.stored).sort()).toStrictEqual([1, 2, 3, 4])
    expect(portsOf(run.stored).filter((port) => port !== 3)).toStrictEqual([1, 2, 4])
    expect(ledger).toStrictEqual({
      ...emptyLedger(),
      lines: 5,
      emitted: 4,
      rejected: 1,
      rejections: { too_few_values: 1 },
      lanes: expect.any(Object),
    })
    expect(run.stored.flatMap(({ rejections }) => rejections)).toStrictEqual([
      {
        code: 'too_few_values',
        field: 'account_id',
        line: 'broken',
        origin: {
          region: 'eu-central-1',
          timestamp: arrival + 2,
          requestId: `${second}:${lastOfSecond}`,
          record: 1,
          line: 1,
        },
      },
    ])
    expect(await readCheckpoint(place)).toStrictEqual({
      version: 1,
      stream: streamName,
      start: 'trim_horizon',
      shards: {
        [first]: { after: later, arrived: isoTime, readUntil: isoTime },
        [second]: {
          after: lastOfSecond,
          arrived: new Date(arrival + 2).toISOString(),
          readUntil: isoTime,
        },
      },
    })
    expect(lastOfFirst < later).toBe(true)
    expect(run.invocations.find(({ shard }) => shard === first)).toStrictEqual({
      handler: 'kinesis-poll',
      shard: first,
      requestId: expect.stringMatching(/^request-\d+$/),
      outcome: 'ok',
      ledger: { ...emptyLedger(), lines: 2, emitted: 2, lanes: expect.any(Object) },
      bytesIn: line.length - 4 + sent.length,
      bytesOut: run.stored.find(({ ledger: { lines } }) => lines === 2)?.output.length,
      milliseconds: expect.any(Number),
      millisecondsBehind: 0,
    })
    expect(errorsOf(run)).toStrictEqual([])
  })

  test('is never read more often than Kinesis allows, and seldom when nothing is new', async () => {
    await place.stream.stop()
    place.stream = await createKinesisStream({ pageRecords: 1 })
    const shard = place.stream.open()
    for (let port = 1; port <= 8; port++) place.stream.put(shard, flow(port), Date.now() - 1000)
    const run = poll(place, { pollMilliseconds: 1000 })
    await untilStored(run, 8)
    const idle = countOf(place, 'GetRecords')
    await new Promise((done) => setTimeout(done, 1500))
    expect(countOf(place, 'GetRecords') - idle).toBeLessThanOrEqual(2)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const behind = run.invocations.map(({ millisecondsBehind }) => millisecondsBehind)
    expect(behind.slice(0, 7).every((each) => Number(each) >= 1000)).toBe(true)
    expect(behind[7]).toBe(0)
    // The stand-in refuses a sixth read in a second.
    expect(errorsOf(run)).toStrictEqual([])
  })

  test('may have more shards than one answer lists', async () => {
    await place.stream.stop()
    place.stream = await createKinesisStream({ pageShards: 3 })
    for (let port = 1; port <= 10; port++) place.stream.put(place.stream.open(), flow(port))
    const run = poll(place)
    await untilStored(run, 10)
    await run.stop()
    expect(portsOf(run.stored).sort((one, other) => one - other)).toStrictEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ])
    expect(countOf(place, 'ListShards')).toBe(4)
  })

  test('may be named by its ARN, which every request then carries', async () => {
    place.stream.put(place.stream.open(), flow(1))
    const run = poll(place, { streamARN })
    await untilStored(run, 1)
    await run.stop()
    expect(place.stream.requests.every(({ input }) => input.StreamARN === streamARN)).toBe(true)
    expect(await readCheckpoint(place)).toMatchObject({ stream: streamName })
    // The name fits the same file.
    await poll(place).stop()
  })

  test('gives the ids that the Lambda function gives', async () => {
    const shard = place.stream.open()
    const data = ['10.0.0.1\n10.0.0.1', kplRecord('10.0.0.1', '10.0.0.1')]
    const records = data.map((each) => ({
      each,
      number: place.stream.put(shard, each, 1668093033744),
    }))
    const places = createTransform({ format: 'srcaddr', mapping: recordMapping, index: true })
    const run = poll(place, { transform: places })
    await untilStored(run, 4)
    await run.stop()
    const ids: (readonly string[] | undefined)[] = []
    await createKinesisHandler({
      transform: places,
      deliver: async ({ events }) => ids.push(events?.ids),
      log: () => {},
    })({
      Records: records.map(({ each, number }) => {
        const { kinesis, ...rest } = kinesisRecord(each)
        return {
          ...rest,
          eventID: `${shard}:${number}`,
          kinesis: { ...kinesis, sequenceNumber: number },
        }
      }),
    })
    expect(new Set(ids.flat()).size).toBe(4)
    expect(run.stored.map(({ events }) => events?.ids)).toStrictEqual(ids)
  })

  test('is delivered in batches of bounded size, each of which is noted', async () => {
    const shard = place.stream.open()
    const arrival = Date.now() - hour
    const numbers = [1, 2, 3, 4, 5].map((port) => place.stream.put(shard, flow(port), arrival))
    const noted: unknown[] = []
    const run = poll(place, {
      maxBatchBytes: line.length,
      async deliver() {
        noted.push((await readCheckpoint(place)).shards)
      },
    })
    await until(() => run.invocations.length === 3)
    const { shards } = await readCheckpoint(place)
    await run.stop()
    expect(run.stored.map(({ ledger }) => ledger.lines)).toStrictEqual([2, 2, 1])
    const arrived = new Date(arrival).toISOString()
    expect(noted).toMatchObject([
      {},
      { [shard]: { after: numbers[1], arrived, readUntil: arrived } },
      { [shard]: { after: numbers[3], arrived, readUntil: arrived } },
    ])
    expect(shards).toMatchObject({ [shard]: { after: numbers[4], arrived, readUntil: isoTime } })
    // At the end of a page it is known that nothing else has arrived since.
    const { readUntil } = shards[shard] as { readUntil: string }
    expect(Date.parse(readUntil)).toBeGreaterThan(arrival + hour / 2)
  })
})

describe('where reading begins', () => {
  test('at the latest record: what arrived before is left out, also after a restart', async () => {
    const shard = place.stream.open()
    place.stream.put(shard, flow(1), Date.now() - hour)
    const first = poll(place, { startAt: 'latest' })
    await until(() => countOf(place, 'GetRecords') > 0)
    await first.stop()
    // Nothing had been read yet, so there is no number to go on after.
    place.stream.put(shard, flow(2))
    const second = poll(place, { startAt: 'latest' })
    await untilStored(second, 1)
    await second.stop()
    expect(portsOf([...first.stored, ...second.stored])).toStrictEqual([2])
  })

  test('at a time, without shards that were closed before it', async () => {
    const old = place.stream.open()
    place.stream.put(old, flow(1), Date.now() - 3 * hour)
    const shard = place.stream.open(old)
    place.stream.close(old, Date.now() - 2.5 * hour)
    place.stream.put(shard, flow(2), Date.now() - 2 * hour)
    place.stream.put(shard, flow(3), Date.now() - hour / 2)
    const run = poll(place, { startAt: new Date(Date.now() - hour) })
    await untilStored(run, 1)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([3])
    const iterators = place.stream.requests.filter(
      ({ operation }) => operation === 'GetShardIterator',
    )
    expect(iterators.map(({ input }) => input.ShardId)).toStrictEqual([shard])
  })

  test('after the last record that was stored, once there is a file', async () => {
    const shard = place.stream.open()
    place.stream.put(shard, flow(1))
    const first = poll(place)
    await untilStored(first, 1)
    await first.stop()
    place.stream.put(shard, flow(2))
    const second = poll(place, { startAt: 'latest' })
    await untilStored(second, 1)
    await second.stop()
    expect(portsOf(second.stored)).toStrictEqual([2])
  })
})

describe('shards that were split and merged', () => {
  test('are read parents first, and forgotten when they are gone', async () => {
    const parent = place.stream.open()
    place.stream.put(parent, flow(1))
    place.stream.put(parent, flow(2))
    const [left, right] = [place.stream.open(parent), place.stream.open(parent)]
    place.stream.put(left, flow(3))
    place.stream.put(right, flow(4))
    const merged = place.stream.open(left, right)
    place.stream.put(merged, flow(5))
    const order: number[] = []
    const run = poll(place, {
      maxBatchBytes: 1,
      async deliver(batch) {
        const [port = 0] = portsOf([batch])
        // The last record of the left half takes its time.
        if (port === 3) await new Promise((done) => setTimeout(done, 600))
        order.push(port)
      },
    })
    await untilStored(run, 5)
    // A split of a shard that is being read.
    const children = [place.stream.open(merged), place.stream.open(merged)]
    for (const [index, child] of children.entries()) place.stream.put(child, flow(6 + index))
    await untilStored(run, 7)
    await run.stop()
    expect(order.slice(0, 5)).toStrictEqual([1, 2, 4, 3, 5])
    expect(order.slice(5).sort()).toStrictEqual([6, 7])
    expect(await readCheckpoint(place)).toMatchObject({
      shards: {
        [parent]: 'finished',
        [left]: 'finished',
        [right]: 'finished',
        [merged]: 'finished',
      },
    })

    place.stream.remove(parent)
    place.stream.remove(left)
    place.stream.put(children[0] ?? '', flow(8))
    const again = poll(place)
    await untilStored(again, 1)
    await again.stop()
    expect(portsOf(again.stored)).toStrictEqual([8])
    const { shards } = await readCheckpoint(place)
    expect(Object.keys(shards)).toStrictEqual([right, merged, ...children])
    expect([...errorsOf(run), ...errorsOf(again)]).toStrictEqual([])
  })
})

test.each<[Partial<PollKinesisOptions>, string]>([
  [{ streamName: '' }, 'one of streamName and streamARN is needed'],
  [{ streamName, streamARN }, 'one of streamName and streamARN is needed'],
  [
    { startAt: new Date(Date.now() + hour) },
    "startAt must be 'latest', 'trim_horizon' or a Date that has passed",
  ],
  [
    { startAt: new Date(Number.NaN) },
    "startAt must be 'latest', 'trim_horizon' or a Date that has passed",
  ],
  [{ pollMilliseconds: 100 }, 'pollMilliseconds must be an integer of at least 200, not 100'],
  [{ maxBatchBytes: 0 }, 'maxBatchBytes must be a positive integer, not 0'],
])('%j is a configuration error', async (options, message) => {
  const run = poll(place, { ...options, ...(options.streamARN && { streamName }) })
  await expect(run.done).rejects.toThrow(
    expect.objectContaining({ name: 'ConfigurationError', message }),
  )
  expect(place.stream.requests).toStrictEqual([])
})

test('a damaged checkpoint file is a configuration error', async () => {
  await writeFile(place.checkpoint, '{"version":1')
  await expect(poll(place).done).rejects.toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      message: `the checkpoint file ${place.checkpoint} is not JSON`,
    }),
  )
})
