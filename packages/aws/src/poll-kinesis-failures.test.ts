import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  addLedger,
  createTransform,
  emptyLedger,
  isBalanced,
  recordMapping,
  type TransformResult,
} from '@flowlogs/core'
import { describe, expect, test, vi } from 'vitest'
import { createKinesisStream, streamName } from './kinesis-stream.test-support.ts'
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
import { pollKinesis } from './poll-kinesis.ts'

const place = usePlace()
const hour = 3_600_000
const transform = createTransform({ mapping: recordMapping })
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

describe('a deliver that fails', () => {
  test('gets the same batch again until it works, and nothing is noted before', async () => {
    const shard = place.stream.open()
    const [first] = [1, 2, 3].map((port) => place.stream.put(shard, flow(port)))
    const tried: number[][] = []
    const noted: unknown[] = []
    const run = poll(place, {
      maxBatchBytes: 1,
      async deliver(batch) {
        tried.push(portsOf([batch]))
        noted.push((await readCheckpoint(place)).shards)
        if (tried.length > 1 && tried.length < 4) throw new Error('the disk is full')
      },
    })
    await untilStored(run, 3)
    const ledger = await run.stop()
    expect(tried).toStrictEqual([[1], [2], [2], [2], [3]])
    expect(noted.slice(1, 4)).toMatchObject(Array(3).fill({ [shard]: { after: first } }))
    expect(ledger).toMatchObject({ lines: 3, emitted: 3 })
    expect(errorsOf(run)).toStrictEqual(Array(2).fill('not stored: the disk is full'))
    expect(run.invocations[1]).toMatchObject({ shard, ledger: emptyLedger(), bytesOut: 0 })
  })

  test('holds up no other shard', async () => {
    const [stuck, free] = [place.stream.open(), place.stream.open()]
    place.stream.put(stuck, flow(1))
    place.stream.put(free, flow(2))
    const run = poll(place, {
      async deliver(batch) {
        if (portsOf([batch]).includes(1)) throw new Error('not this one')
      },
    })
    await untilStored(run, 1)
    place.stream.put(free, flow(3))
    await untilStored(run, 2)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([2, 3])
    const { shards } = await readCheckpoint(place)
    expect(Object.keys(shards)).toStrictEqual([free])
  })

  test('may throw before it returns a promise', async () => {
    place.stream.put(place.stream.open(), flow(1))
    let tries = 0
    const controller = new AbortController()
    const ledger = await pollKinesis({
      client: place.stream.client(),
      streamName,
      transform,
      checkpoint: place.checkpoint,
      signal: controller.signal,
      log: () => {},
      deliver() {
        if (++tries === 1) throw new Error('at once')
        controller.abort()
        return Promise.resolve()
      },
    })
    expect(ledger).toMatchObject({ lines: 1, emitted: 1 })
  })
})

describe('stopping', () => {
  test('lets the batch that is being delivered end, and notes it', async () => {
    const shard = place.stream.open()
    const [number] = [1, 2].map((port) => place.stream.put(shard, flow(port)))
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    let isDelivering = false
    const run = poll(place, {
      maxBatchBytes: 1,
      async deliver() {
        isDelivering = true
        await held
      },
    })
    await until(() => isDelivering)
    const stopped = run.stop()
    release()
    expect(await stopped).toMatchObject({ lines: 1, emitted: 1 })
    expect(portsOf(run.stored)).toStrictEqual([1])
    expect(await readCheckpoint(place)).toMatchObject({ shards: { [shard]: { after: number } } })
  })

  test('gives up a batch that cannot be stored, without noting it', async () => {
    place.stream.put(place.stream.open(), flow(1))
    let tries = 0
    const run = poll(place, {
      async deliver() {
        tries++
        throw new Error('never')
      },
    })
    await until(() => tries >= 2)
    expect(await run.stop()).toStrictEqual(emptyLedger())
    expect(await readCheckpoint(place)).toMatchObject({ shards: {} })
  })

  test.each(['ListShards', 'GetShardIterator', 'GetRecords'])(
    'does not wait for an answer of %s',
    async (operation) => {
      place.stream.put(place.stream.open(), flow(1))
      place.stream.refuse(operation, 1, 'silence')
      const run = poll(place)
      await until(() => countOf(place, operation) === 1)
      const started = performance.now()
      expect(await run.stop()).toStrictEqual(emptyLedger())
      // Without a stop, it would wait for a minute.
      expect(performance.now() - started).toBeLessThan(5000)
      expect(errorsOf(run)).toStrictEqual([])
    },
  )

  test('before it began reads nothing', async () => {
    expect(await poll(place, { signal: AbortSignal.abort() }).done).toStrictEqual(emptyLedger())
    expect(place.stream.requests).toStrictEqual([])
  })
})

describe('when Kinesis fails', () => {
  test.each([
    ['ProvisionedThroughputExceededException', 400],
    ['LimitExceededException', 400],
    ['InternalFailureException', 500],
    ['ServiceUnavailable', 503],
  ])('%s passes: requests are made again', async (type, status) => {
    const shard = place.stream.open()
    place.stream.put(shard, flow(1))
    for (const operation of ['ListShards', 'GetShardIterator', 'GetRecords']) {
      place.stream.refuse(operation, 2, type, status)
    }
    const run = poll(place, { client: place.stream.client({ maxAttempts: 1 }) })
    await untilStored(run, 1)
    place.stream.put(shard, flow(2))
    await untilStored(run, 2)
    expect(await run.stop()).toMatchObject({ lines: 2, emitted: 2 })
    expect(errorsOf(run)).toStrictEqual(Array(6).fill(`${type}: as planned`))
    expect(portsOf(run.stored)).toStrictEqual([1, 2])
  })

  test('an answer that does not come is not waited for without end', async () => {
    place.stream.put(place.stream.open(), flow(1))
    const { timeout } = AbortSignal
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
      expect(milliseconds).toBe(60_000)
      return timeout.call(AbortSignal, 500)
    })
    for (const operation of ['ListShards', 'GetShardIterator', 'GetRecords']) {
      place.stream.refuse(operation, 1, 'silence')
    }
    const run = poll(place)
    await untilStored(run, 1)
    await run.stop()
    expect(errorsOf(run).length).toBeGreaterThanOrEqual(3)
    expect(new Set(errorsOf(run))).toStrictEqual(new Set(['AbortError: Request aborted']))
  })

  test('iterators that have expired are replaced, and nothing comes twice', async () => {
    const shard = place.stream.open()
    place.stream.put(shard, flow(1))
    const run = poll(place)
    await untilStored(run, 1)
    place.stream.expireIterators()
    place.stream.put(shard, flow(2))
    await untilStored(run, 2)
    place.stream.expireIterators()
    place.stream.put(shard, flow(3))
    await untilStored(run, 3)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([1, 2, 3])
    expect(errorsOf(run)).toStrictEqual([])
    expect(countOf(place, 'GetShardIterator')).toBe(3)
  })

  test.each([
    ['ListShards', 'AccessDeniedException', 'as planned'],
    ['GetShardIterator', 'AccessDeniedException', 'shardId-000000000000 cannot be read: '],
    ['GetRecords', 'KMSAccessDeniedException', 'shardId-000000000000 cannot be read: '],
  ])('%s that is refused for good ends the reading', async (operation, type, message) => {
    place.stream.put(place.stream.open(), flow(1))
    place.stream.put(place.stream.open(), flow(2))
    place.stream.refuse(operation, 1, type)
    const run = poll(place)
    await expect(run.done).rejects.toThrow(message)
    await expect(run.done).rejects.toThrow('as planned')
  })

  test('a stream that is not there ends the reading', async () => {
    const other = poll(place, { streamName: 'other', checkpoint: join(place.folder, 'other.json') })
    await expect(other.done).rejects.toThrow('Stream other under account 123456789012 not found.')
  })

  test('a position that is none of the stream ends the reading, and says which', async () => {
    const [first, second] = [place.stream.open(), place.stream.open()]
    place.stream.put(second, flow(1))
    const now = new Date().toISOString()
    const shards = { [first]: { after: '4959', arrived: now, readUntil: now } }
    const document = { version: 1, stream: streamName, start: 'trim_horizon', shards }
    await writeFile(place.checkpoint, JSON.stringify(document))
    await expect(poll(place).done).rejects.toThrow(
      `${first} cannot be read: InvalidArgumentException: StartingSequenceNumber 4959 is invalid`,
    )
    expect(await readCheckpoint(place)).toMatchObject({ shards })
  })
})

test('a stream that was made anew under the same name is not taken for the old one', async () => {
  const shard = place.stream.open()
  place.stream.put(shard, flow(1))
  const document = { version: 1, stream: streamName, start: 'trim_horizon' }
  const text = JSON.stringify({ ...document, shards: { [shard]: 'finished' } })
  await writeFile(place.checkpoint, text)
  await expect(poll(place).done).rejects.toThrow(
    expect.objectContaining({
      name: 'ConfigurationError',
      message: `the checkpoint file ${place.checkpoint} is that of an earlier stream of this name: it says that ${shard}, which is open, was read to its end`,
    }),
  )
  expect(await readCheckpoint(place)).toStrictEqual(JSON.parse(text))
})

describe('records that expired', () => {
  async function writePosition(shard: string, after: string | undefined, age: number) {
    const time = new Date(Date.now() - age).toISOString()
    const position = { ...(after && { after, arrived: time }), readUntil: time }
    const document = {
      version: 1,
      stream: streamName,
      start: 'trim_horizon',
      shards: { [shard]: position },
    }
    await writeFile(place.checkpoint, JSON.stringify(document))
    return time
  }

  test('before they were read are told of; reading goes on with what is left', async () => {
    const shard = place.stream.open()
    const [first] = [1, 2, 3, 4].map((port) => place.stream.put(shard, flow(port)))
    place.stream.trim(shard, 2)
    const since = await writePosition(shard, first, 30 * hour)
    const run = poll(place)
    await untilStored(run, 2)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([3, 4])
    expect(errorsOf(run)).toStrictEqual([
      `records of ${shard} since ${since} may have expired before they were read`,
    ])
  })

  test('are not suspected while the last one that was stored is still there', async () => {
    const shard = place.stream.open()
    const numbers = [1, 2, 3, 4].map((port) => place.stream.put(shard, flow(port)))
    await writePosition(shard, numbers[1], 30 * hour)
    const run = poll(place)
    await untilStored(run, 2)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([3, 4])
    expect(errorsOf(run)).toStrictEqual([])
  })

  test('are not suspected in a shard that was read to its end all the time', async () => {
    const shard = place.stream.open()
    const number = place.stream.put(shard, flow(1))
    place.stream.trim(shard, 1)
    const arrived = new Date(Date.now() - 30 * hour).toISOString()
    const position = { after: number, arrived, readUntil: new Date().toISOString() }
    const document = { version: 1, stream: streamName, start: 'trim_horizon' }
    await writeFile(
      place.checkpoint,
      JSON.stringify({ ...document, shards: { [shard]: position } }),
    )
    const run = poll(place)
    await until(() => countOf(place, 'GetRecords') > 1)
    // From the number alone, Kinesis would never give this one out.
    place.stream.put(shard, flow(2))
    await untilStored(run, 1)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([2])
    expect(errorsOf(run)).toStrictEqual([])
  })

  test('are told of when no record of the shard had been read', async () => {
    const shard = place.stream.open()
    place.stream.put(shard, flow(1))
    const since = await writePosition(shard, undefined, 30 * hour)
    const run = poll(place)
    await untilStored(run, 1)
    await run.stop()
    expect(errorsOf(run)).toStrictEqual([
      `records of ${shard} since ${since} may have expired before they were read`,
    ])
  })

  test('with their shard are told of, and its children are read', async () => {
    const shard = place.stream.open()
    const number = place.stream.put(shard, flow(1))
    const since = await writePosition(shard, number, 30 * hour)
    const child = place.stream.open(shard)
    place.stream.put(child, flow(2))
    place.stream.remove(shard)
    const run = poll(place)
    await untilStored(run, 1)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([2])
    expect(errorsOf(run)).toStrictEqual([
      `records of ${shard} since ${since} may have expired before they were read`,
    ])
    expect(await readCheckpoint(place)).toMatchObject({ shards: { [child]: {} } })
  })
})

describe('the checkpoint file', () => {
  test('that cannot be written for a while holds up the shard, and loses nothing', async () => {
    const shard = place.stream.open()
    place.stream.put(shard, flow(1))
    const blocker = `${place.checkpoint}.tmp`
    const run = poll(place, {
      async deliver(batch) {
        if (portsOf([batch]).includes(1)) await mkdir(blocker)
      },
    })
    await until(() => errorsOf(run).length > 0)
    expect(errorsOf(run)[0]).toContain('the checkpoint was not written: EISDIR')
    place.stream.put(shard, flow(2))
    await rm(blocker, { recursive: true })
    await untilStored(run, 2)
    await run.stop()
    expect(portsOf(run.stored)).toStrictEqual([1, 2])
  })

  test('notes how far a shard without records was read, when stopped', async () => {
    const shard = place.stream.open()
    const run = poll(place)
    await until(() => countOf(place, 'GetRecords') > 1)
    await run.stop()
    expect(await readCheckpoint(place)).toMatchObject({
      shards: { [shard]: { readUntil: isoTime } },
    })
  })
})

describe('laws', () => {
  test('whatever fails in between, everything is stored in order, and counted once', async () => {
    await place.stream.stop()
    place.stream = await createKinesisStream({ pageRecords: 3 })
    const root = place.stream.open()
    let port = 0
    const shardOf = new Map<number, string>()
    const put = (shard: string, count: number) => {
      for (let index = 0; index < count; index++) {
        port++
        shardOf.set(port, shard)
        place.stream.put(shard, flow(port), Date.now() - 1000)
      }
    }
    put(root, 7)
    const stored: TransformResult[] = []
    const total = emptyLedger()
    for (let round = 0; round < 4; round++) {
      const open = [...place.stream.shards.values()].filter(
        ({ closedAt }) => closedAt === undefined,
      )
      for (const { id } of open) put(id, round + 1)
      const [split] = open
      if (split && round % 2 === 0) {
        const children = [place.stream.open(split.id), place.stream.open(split.id)]
        for (const child of children) put(child, 2)
      }
      place.stream.expireIterators()
      place.stream.refuse('GetRecords', round, 'ProvisionedThroughputExceededException')
      place.stream.refuse('GetShardIterator', 1, 'InternalFailureException', 500)
      let calls = 0
      const run = poll(place, {
        maxBatchBytes: line.length,
        async deliver() {
          if (++calls % 3 === 0) throw new Error('now and then')
        },
      })
      // Mostly in the middle of it; to the end in the last round.
      const want = round < 3 ? 3 : port - stored.flatMap((each) => portsOf([each])).length
      await untilStored(run, want)
      addLedger(total, await run.stop())
      stored.push(...run.stored)
    }
    const ports = portsOf(stored)
    expect([...ports].sort((one, other) => one - other)).toStrictEqual(
      Array.from({ length: port }, (_, index) => index + 1),
    )
    expect(total).toMatchObject({ lines: port, emitted: port })
    expect(isBalanced(total)).toBe(true)
    for (const shard of place.stream.shards.keys()) {
      const ofShard = ports.filter((each) => shardOf.get(each) === shard)
      expect(ofShard).toStrictEqual([...ofShard].sort((one, other) => one - other))
      const parents: readonly string[] = place.stream.shards.get(shard)?.parents ?? []
      const before = ports.findLastIndex((each) => parents.includes(shardOf.get(each) ?? ''))
      expect(ports.findIndex((each) => shardOf.get(each) === shard)).toBeGreaterThan(before)
    }
  })
})

test('a transform that throws ends the reading: it is a defect', async () => {
  place.stream.put(place.stream.open(), flow(1))
  const broken: typeof transform = Object.assign(() => {
    throw new RangeError('a defect')
  }, transform)
  await expect(poll(place, { transform: broken }).done).rejects.toThrow('a defect')
  expect(await readCheckpoint(place)).toMatchObject({ shards: {} })
})
