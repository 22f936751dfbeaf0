import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { batchOf, goldenEvents, type LakeEvent, smallEvent } from './lake-events.test-support.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.test-support.ts'
import { createDirectoryStore } from './object-store.ts'
import { lakeVersions } from './ocsf-columns.ts'
import { readMetadata, readWithDuckdb, readWithHyparquet } from './read-parquet.test-support.ts'
import { createSecurityLakeSink, type SecurityLakeOptions } from './security-lake-sink.ts'
import type { Report, Sink } from './sink.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-lake-'))
})
afterEach(() => rm(folder, { recursive: true }))

const none: Report = { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }
const place = { source: 'flowlogs', region: 'eu-central-1' }
const a = '111111111111'
const b = '222222222222'
const noon = Date.UTC(2025, 6, 11, 12)
const midnight = Date.UTC(2025, 6, 12)

function start(options: Partial<SecurityLakeOptions> = {}): { sink: Sink; store: MemoryStore } {
  const store = createMemoryStore()
  const retry = { initialDelay: 10, deadline: 10_000 }
  const all = { store, ...place, flushInterval: 3_600_000, retry, ...options }
  return { sink: createSecurityLakeSink(all), store }
}

/** The ids and times of the events of each partition, in the order of the rows. */
async function contents(store: MemoryStore): Promise<Record<string, [number, number][][]>> {
  const found: Record<string, [number, number][][]> = {}
  for (const [key, bytes] of [...store.objects].sort()) {
    const partition = key.replace(
      /^.*accountId=(.*)\/eventDay=(.*)\/[0-9a-f]{32}\.parquet$/,
      '$1 $2',
    )
    const rows = (await readWithHyparquet(bytes)) as unknown as LakeEvent[]
    found[partition] ??= []
    found[partition].push(
      rows.map(({ metadata, time }) => [parseInt(metadata.uid, 16), Number(time)]),
    )
  }
  return found
}

/** Lets everything happen that can happen without anything new. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setTimeout(0)
}

describe('objects', () => {
  test('have one account and one UTC day', async () => {
    const { sink, store } = start()
    const report = sink.deliver(
      batchOf([
        smallEvent(1, midnight - 1, a),
        smallEvent(2, midnight, a),
        smallEvent(3, midnight - 1, b),
        smallEvent(4, midnight + 86_399_999, a),
        smallEvent(5, midnight + 86_400_000, a),
        smallEvent(6, midnight - 1),
        smallEvent(7, midnight - 1, 'unknown'),
      ]),
    )
    await sink.flush()
    expect(await report).toStrictEqual({ ...none, accepted: 7 })
    expect(await contents(store)).toStrictEqual({
      [`${a} 20250711`]: [[[1, midnight - 1]]],
      [`${a} 20250712`]: [
        [
          [2, midnight],
          [4, midnight + 86_399_999],
        ],
      ],
      [`${a} 20250713`]: [[[5, midnight + 86_400_000]]],
      [`${b} 20250711`]: [[[3, midnight - 1]]],
      'external 20250711': [
        [
          [6, midnight - 1],
          [7, midnight - 1],
        ],
      ],
    })
  })

  test('are sorted by time, then by id', async () => {
    const { sink, store } = start()
    const reports = [
      sink.deliver(batchOf([smallEvent(9, noon, a), smallEvent(3, noon + 2, a)])),
      sink.deliver(batchOf([smallEvent(4, noon, a), smallEvent(7, noon - 1, a)])),
    ]
    await sink.flush()
    await Promise.all(reports)
    expect(await contents(store)).toStrictEqual({
      [`${a} 20250711`]: [
        [
          [7, noon - 1],
          [4, noon],
          [9, noon],
          [3, noon + 2],
        ],
      ],
    })
  })

  test('have row groups of limited size', async () => {
    const { sink, store } = start({ flushInterval: 0 })
    const events = Array.from({ length: 20_001 }, (_, index) => smallEvent(index, noon + index, a))
    expect(await sink.deliver(batchOf(events))).toStrictEqual({ ...none, accepted: 20_001 })
    const [bytes] = [...store.objects.values()]
    const { row_groups } = readMetadata(bytes!)
    expect(row_groups.map(({ num_rows }) => num_rows)).toStrictEqual([10_000n, 10_000n, 1n])
  })

  test('have smaller row groups when events are large', async () => {
    const { sink, store } = start({ flushInterval: 0 })
    const raw_data = 'x'.repeat(65_000)
    const events = Array.from({ length: 1050 }, (_, index) => ({
      ...smallEvent(index, noon + index, a),
      raw_data,
    }))
    await sink.deliver(batchOf(events))
    const [bytes] = [...store.objects.values()]
    const { row_groups } = readMetadata(bytes!)
    expect(row_groups.map(({ num_rows }) => num_rows)).toStrictEqual([1030n, 20n])
  })

  test('hold an event once', async () => {
    const { sink, store } = start()
    const reports = [
      sink.deliver(batchOf([smallEvent(1, noon, a), smallEvent(2, noon, a)])),
      sink.deliver(
        batchOf([smallEvent(2, noon, a), smallEvent(2, noon, a), smallEvent(3, noon, a)]),
      ),
    ]
    await sink.flush()
    expect(await Promise.all(reports)).toStrictEqual([
      { ...none, accepted: 2 },
      { ...none, accepted: 1, duplicates: 2 },
    ])
    expect(await contents(store)).toStrictEqual({
      [`${a} 20250711`]: [
        [
          [1, noon],
          [2, noon],
          [3, noon],
        ],
      ],
    })
  })

  test('are of one batch alone if nothing is gathered', async () => {
    const { sink, store } = start({ flushInterval: 0 })
    await Promise.all([1, 2].map((seed) => sink.deliver(batchOf([smallEvent(seed, noon, a)]))))
    expect(await contents(store)).toStrictEqual({
      [`${a} 20250711`]: expect.arrayContaining([[[1, noon]], [[2, noon]]]),
    })
  })

  test('of a batch that comes again replace those of the first time', async () => {
    const { sink, store } = start({ flushInterval: 0 })
    const events = [smallEvent(1, noon, a), smallEvent(2, midnight, a), smallEvent(3, noon, b)]
    await sink.deliver(batchOf(events))
    const before = new Map(store.objects)
    await sink.deliver(batchOf(events.toReversed()))
    expect(store.attempts).toHaveLength(6)
    expect(store.objects).toStrictEqual(before)
  })

  test('property: are the same, however the events come in batches', async () => {
    const event = fc
      .tuple(fc.nat(200), fc.constantFrom(-1, 0, 1, 5), fc.constantFrom(a, b, undefined))
      .map(([seed, offset, account]) =>
        smallEvent(seed * 10 + offset + 1, midnight + offset, account),
      )
    const events = fc.uniqueArray(event, { selector: ({ metadata }) => metadata.uid, minLength: 1 })
    await fc.assert(
      fc.asyncProperty(
        events.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1 }),
        async (orders, sizes) => {
          const [whole, split] = [start(), start()]
          const reports = [
            whole.sink.deliver(batchOf(orders[0])),
            ...batches(orders[1], sizes).map((each) => split.sink.deliver(batchOf(each))),
          ]
          await Promise.all([whole.sink.flush(), split.sink.flush(), ...reports])
          expect(split.store.objects).toStrictEqual(whole.store.objects)
          const rows = Object.values(await contents(whole.store)).flat(2)
          expect(rows.sort()).toStrictEqual(
            orders[0].map(({ metadata, time }) => [parseInt(metadata.uid, 16), time]).sort(),
          )
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe.each(lakeVersions)('the corpus in OCSF %s', (version) => {
  test('is in the directory as it went in', async () => {
    const store = createDirectoryStore(folder)
    const sink = createSecurityLakeSink({ store, ...place, version, flushInterval: 0 })
    const events = goldenEvents(version)
    const once = new Map(events.map((event) => [event.metadata.uid, event]))
    expect(await sink.deliver(batchOf(events))).toStrictEqual({
      ...none,
      accepted: once.size,
      duplicates: events.length - once.size,
    })
    await sink.close()
    const rows = (await readWithDuckdb(`${folder}/**/*.parquet`)) as unknown as LakeEvent[]
    expect(new Map(rows.map((row) => [row.metadata.uid, row]))).toStrictEqual(once)
    expect(rows).toHaveLength(once.size)
    const day = await readWithDuckdb(
      `${folder}/ext/flowlogs/region=eu-central-1/accountId=123456789010/eventDay=20141214/*.parquet`,
    )
    expect(day.length).toBeGreaterThan(1)
    expect(day).toStrictEqual(
      [...once.values()]
        .filter(({ cloud }) => cloud.account?.uid === '123456789010')
        .filter(({ time }) => new Date(time).toISOString().startsWith('2014-12-14'))
        .sort(
          (one, other) => one.time - other.time || (one.metadata.uid < other.metadata.uid ? -1 : 1),
        ),
    )
  })
})

describe('delivery', () => {
  test('waits until events are stored, together', async () => {
    const { sink, store } = start({ flushInterval: 50 })
    const batch = batchOf([smallEvent(1, noon, a)])
    expect(
      await Promise.all([sink.deliver(batch), sink.deliver(batchOf([smallEvent(2, noon, a)]))]),
    ).toStrictEqual([
      { ...none, accepted: 1 },
      { ...none, accepted: 1 },
    ])
    expect(store.attempts).toHaveLength(1)
    await sink.deliver(batch)
    expect(store.attempts).toHaveLength(2)
  })

  test('does not wait for the interval when half of what may be under way is gathered', async () => {
    const batches = [1, 2, 3, 4, 5].map((seed) => batchOf([smallEvent(seed, noon, a)]))
    const { sink, store } = start({ maxInFlightBytes: batches[0]!.output.length * 4 })
    const held: (() => void)[] = []
    store.before = () => new Promise<void>((resolve) => held.push(resolve))
    const reports = batches.map((batch) => sink.deliver(batch))
    await settle()
    // Two objects of two events each are on their way, and the fifth event waits outside.
    expect(held).toHaveLength(2)
    const closed = sink.close()
    await settle()
    expect(held).toHaveLength(2)
    held[0]?.()
    await settle()
    // Now the sink is closing, so that nothing is gathered any more.
    expect(held).toHaveLength(3)
    held[1]?.()
    held[2]?.()
    await closed
    expect(await Promise.all(reports)).toStrictEqual(batches.map(() => ({ ...none, accepted: 1 })))
    expect(await contents(store)).toStrictEqual({
      [`${a} 20250711`]: expect.arrayContaining([
        [
          [1, noon],
          [2, noon],
        ],
        [
          [3, noon],
          [4, noon],
        ],
        [[5, noon]],
      ]),
    })
  })

  test('sends events again whose object was not stored, and counts them', async () => {
    const { sink, store } = start()
    const failures = ['SlowDown', 'ECONNRESET']
    store.before = (key) => {
      if (!key.includes(a)) return
      const failure = failures.shift()
      if (failure === 'SlowDown') throw Object.assign(new Error(failure), metadataOf(503))
      if (failure) throw Object.assign(new Error(failure), { code: failure })
    }
    const reports = [
      sink.deliver(
        batchOf([smallEvent(1, noon, a), smallEvent(2, noon, b), smallEvent(4, noon, a)]),
      ),
      sink.deliver(batchOf([smallEvent(3, noon, b)])),
    ]
    await sink.flush()
    expect(await Promise.all(reports)).toStrictEqual([
      { ...none, accepted: 3, retried: 4 },
      { ...none, accepted: 1 },
    ])
    expect(store.attempts.filter((key) => key.includes(a))).toHaveLength(3)
  })

  test.each<[string, object, object]>([
    ['the deadline', { code: 'ENOSPC' }, { code: 'deadline' }],
    ['no permission', metadataOf(403), { code: 'unauthorized', message: 'Error: no' }],
    ['a wrong bucket', metadataOf(404), { message: 'no', ...metadataOf(404) }],
  ])('rejects only batches of which events were not stored: %s', async (_, failure, error) => {
    const { sink, store } = start({ retry: { initialDelay: 10, deadline: 100 } })
    store.before = (key) => {
      if (key.includes(a)) throw Object.assign(new Error('no'), failure)
    }
    const failing = sink.deliver(batchOf([smallEvent(1, noon, a), smallEvent(2, noon, b)]))
    const succeeding = sink.deliver(batchOf([smallEvent(3, noon, b)]))
    await Promise.all([expect(failing).rejects.toMatchObject(error), sink.flush()])
    expect(await succeeding).toStrictEqual({ ...none, accepted: 1 })
    expect(await contents(store)).toStrictEqual({
      [`${b} 20250711`]: [
        [
          [2, noon],
          [3, noon],
        ],
      ],
    })
  })

  test('rejects when the store hangs', async () => {
    const store = createMemoryStore()
    store.before = () => new Promise(() => {})
    const sink = createSecurityLakeSink({
      store,
      ...place,
      flushInterval: 0,
      retry: { deadline: 100 },
    })
    const report = sink.deliver(batchOf([smallEvent(1, noon, a)]))
    await expect(report).rejects.toMatchObject({ code: 'deadline' })
    await sink.close()
  })
})

describe('dead letters', () => {
  test('are events that belong in no object, and bad lines', async () => {
    const path = join(folder, 'dead')
    const { sink, store } = start({ flushInterval: 0, deadLetter: createDeadLetter({ path }) })
    const wrong = { ...smallEvent(2, noon, a), metadata: { version: '1.5.0', uid: 'two' } }
    const batch = batchOf([smallEvent(1, noon, a), wrong, smallEvent(3, noon, a)])
    const times = [noon, noon, undefined]
    const rejections = [{ code: 'too_few_values', line: 'bad', field: 'version' }] as const
    const report = await sink.deliver({ ...batch, rejections, events: { ...batch.events, times } })
    expect(report).toStrictEqual({
      ...none,
      accepted: 1,
      deadLettered: 3,
      reasons: { no_time: 1, other_schema: 1, too_few_values: 1 },
    })
    expect(await contents(store)).toStrictEqual({ [`${a} 20250711`]: [[[1, noon]]] })
    expect(await readAll(path)).toMatchObject([
      { sink: 'security-lake', reason: 'no_time', id: smallEvent(3, noon).metadata.uid },
      {
        reason: 'other_schema',
        message: 'not an event of class 4001 and OCSF 1.1.0, but of class 4001 and version 1.5.0',
        id: 'two',
        event: Buffer.from(JSON.stringify(wrong)),
      },
      { rejection: { line: 'bad' } },
    ])
  })

  test('without a place to go keep their batch from being delivered', async () => {
    const { sink, store } = start({ flushInterval: 0, version: '1.3.0' })
    await expect(sink.deliver(batchOf([smallEvent(1, noon, a)]))).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('other_schema'),
    })
    expect(store.objects.size).toBe(0)
  })
})

test('closing stores what is gathered', async () => {
  const { sink, store } = start()
  const report = sink.deliver(batchOf([smallEvent(1, noon, a)]))
  await settle()
  expect(store.objects.size).toBe(0)
  await sink.close()
  expect(await report).toStrictEqual({ ...none, accepted: 1 })
  await expect(sink.deliver(batchOf([]))).rejects.toMatchObject({ code: 'closed' })
})

test.each<[object, string]>([
  [{ version: '1.5.0' }, "Security Lake's version is one of 1.1.0, 1.3.0, not 1.5.0"],
  [{ flushInterval: -1 }, 'flushInterval'],
  [{ flushInterval: Number.NaN }, 'flushInterval'],
  [{ source: 'a b' }, 'custom source'],
])('%j is refused', (wrong, message) => {
  expect(() => start(wrong)).toThrow(message)
})

function metadataOf(httpStatusCode: number): object {
  return { $metadata: { httpStatusCode } }
}

function batches<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const found: Item[][] = []
  for (let start = 0, turn = 0; start < items.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    found.push(items.slice(start, start + size))
    start += size
  }
  return found
}
