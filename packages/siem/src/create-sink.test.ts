import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { type Backend, createSink, type SinkOptions, type Stored } from './create-sink.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import type { Metrics } from './metrics.ts'
import type { IndexedOutput, Sink } from './sink.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-sink-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Held {
  readonly events: IndexedOutput
  readonly resolve: (stored: Partial<Stored>) => void
  readonly reject: (error: Error) => void
}

/** A sink whose backend does what the test says, and everything that it told. */
function start(options: SinkOptions = {}): {
  sink: Sink
  held: Held[]
  said: unknown[]
  deadLetters: () => Promise<unknown[]>
} {
  const held: Held[] = []
  const said: unknown[] = []
  const note =
    (name: string) =>
    (...values: unknown[]) =>
      void said.push([name, ...values])
  const backend: Backend = {
    name: 'test',
    store: (events) =>
      new Promise((resolve, reject) => {
        const none = { accepted: 0, duplicates: 0, retried: 0, refused: [] }
        held.push({ events, resolve: (stored) => resolve({ ...none, ...stored }), reject })
      }),
    hurry: note('hurry'),
    close: async () => note('close')(),
  }
  const metrics: Metrics = {
    events: note('events'),
    retried: note('retried'),
    request: note('request'),
    queue: note('queue'),
  }
  return {
    sink: createSink(backend, options, metrics),
    held,
    said,
    deadLetters: () => readAll(join(folder, 'dead')),
  }
}

/** Lets everything happen that can happen now. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a report', () => {
  test('adds up, with dead letters for refused events and bad lines', async () => {
    const deadLetter = createDeadLetter({ path: join(folder, 'dead') })
    const { sink, held, said, deadLetters } = start({ deadLetter })
    const batch = createBatch(5, ['bad', '2 bad'])
    const { deliver } = sink
    const report = deliver(batch)
    await settle()
    expect(held[0]?.events).toStrictEqual({ output: batch.output, events: batch.events })
    held[0]?.resolve({
      accepted: 3,
      duplicates: 1,
      retried: 4,
      refused: [{ index: 2, reason: '__proto__', message: 'no', status: 400 }],
    })
    expect(await report).toStrictEqual({
      accepted: 3,
      duplicates: 1,
      retried: 4,
      deadLettered: 3,
      reasons: Object.fromEntries([
        ['__proto__', 1],
        ['too_few_values', 2],
      ]),
    })
    expect(await deadLetters()).toMatchObject([
      {
        sink: 'test',
        reason: '__proto__',
        message: 'no',
        status: 400,
        id: batch.events.ids[2],
        event: Buffer.from(documentsOf(batch)[2]!),
      },
      { sink: 'test', rejection: { line: 'bad' } },
      { sink: 'test', rejection: { line: '2 bad' } },
    ])
    expect(said).toStrictEqual([
      ['queue', batch.output.length],
      ['events', 'accepted', 3],
      ['events', 'duplicate', 1],
      ['retried', 4],
      ['events', 'dead_lettered', 1, '__proto__'],
      ['events', 'dead_lettered', 2, 'too_few_values'],
      ['queue', 0],
    ])
  })

  test('of nothing is made without the backend', async () => {
    const { sink, held } = start()
    expect(await sink.deliver(createBatch(0, ['bad']))).toStrictEqual({
      accepted: 0,
      duplicates: 0,
      retried: 0,
      deadLettered: 0,
      reasons: {},
    })
    expect(held).toStrictEqual([])
  })

  test('that does not add up is an error', async () => {
    const { sink, held } = start()
    const report = sink.deliver(createBatch(2))
    await settle()
    held[0]?.resolve({ accepted: 1 })
    await expect(report).rejects.toThrow('the test sink lost count of the events of a batch')
  })
})

describe('delivery rejects', () => {
  test('when the backend does, and nothing is a dead letter then', async () => {
    const deadLetter = createDeadLetter({ path: join(folder, 'dead') })
    const { sink, held, said, deadLetters } = start({ deadLetter })
    const report = sink.deliver(createBatch(2, ['bad']))
    await settle()
    held[0]?.reject(new Error('too late'))
    await expect(report).rejects.toThrow('too late')
    await expect(deadLetters()).rejects.toThrow('ENOENT')
    expect(said.slice(1)).toStrictEqual([
      ['events', 'failed', 2],
      ['queue', 0],
    ])
  })

  test('when an event was refused and there is no dead letter', async () => {
    const { sink, held } = start()
    const report = sink.deliver(createBatch(2))
    await settle()
    held[0]?.resolve({ accepted: 1, refused: [{ index: 0, reason: '6', message: 'Invalid data' }] })
    await expect(report).rejects.toMatchObject({
      code: 'refused',
      message: '1 events were refused, and there is no dead letter: 6: Invalid data',
    })
  })

  test('when the dead letter cannot be written', async () => {
    const deadLetter = createDeadLetter({ path: folder })
    const { sink } = start({ deadLetter })
    await expect(sink.deliver(createBatch(0, ['bad']))).rejects.toThrow('EISDIR')
  })

  test('when the transform made no index', async () => {
    const { events, ...batch } = createBatch(1)
    await expect(start().sink.deliver(batch)).rejects.toThrow('index: true')
  })
})

test('what is too much waits', async () => {
  const batch = createBatch(3)
  const { sink, held } = start({ maxInFlightBytes: batch.output.length * 2 })
  const reports = [1, 2, 3].map(() => sink.deliver(batch))
  await settle()
  expect(held).toHaveLength(2)
  held[0]?.reject(new Error('too late'))
  await expect(reports[0]).rejects.toThrow('too late')
  await settle()
  expect(held).toHaveLength(3)
})

describe('the end', () => {
  test('flushing hurries what is there and what comes meanwhile', async () => {
    const batch = createBatch(3)
    const { sink, held, said } = start({ maxInFlightBytes: batch.output.length })
    const reports = [sink.deliver(batch), sink.deliver(batch)]
    await settle()
    const flushed = sink.flush()
    held[0]?.resolve({ accepted: 3 })
    await settle()
    held[1]?.resolve({ accepted: 3 })
    await Promise.all([...reports, flushed])
    expect(said.filter((each) => `${each}` === 'hurry')).toHaveLength(2)
    const later = sink.deliver(batch)
    await settle()
    held[2]?.resolve({ accepted: 3 })
    await later
    expect(said.filter((each) => `${each}` === 'hurry')).toHaveLength(2)
  })

  test('closing lets deliveries end, then closes the backend, once; later ones reject', async () => {
    const { sink, held, said } = start()
    const report = sink.deliver(createBatch(3))
    await settle()
    const closed = [sink.close(), sink.close()]
    await settle()
    expect(said).not.toContainEqual(['close'])
    await expect(sink.deliver(createBatch(1))).rejects.toMatchObject({ code: 'closed' })
    held[0]?.resolve({ accepted: 3 })
    await Promise.all([report, ...closed])
    expect(said.filter((each) => `${each}` === 'close')).toHaveLength(1)
  })
})
