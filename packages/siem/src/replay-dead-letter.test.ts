import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransform, recordMapping } from '@flowlogs/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import {
  createDeadLetter,
  type DeadLetter,
  type DeadLetterEntry,
  toDeadEvent,
  toDeadLine,
} from './dead-letter.ts'
import { deliveryError } from './delivery-error.ts'
import { type ReplayReport, replayDeadLetter } from './replay-dead-letter.ts'
import type { Batch, Report, Sink } from './sink.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-replay-'))
  path = join(folder, 'dead.ndjson')
})
afterEach(() => rm(folder, { recursive: true }))

const transform = createTransform({ mapping: recordMapping, index: true })
const batch = createBatch(6, ['2 bad'])
const cause = { sink: 'opensearch', reason: 'mapper_parsing_exception', message: 'no' }
const events = documentsOf(batch).map((_, index) => toDeadEvent(batch, index, cause))
const badLine = toDeadLine('opensearch', batch.rejections[0]!)

interface Collector extends Sink {
  readonly got: Required<Batch>[]
}

/** A sink that keeps what it gets, in its dead letter what that is for. */
function createCollector(
  act: (batch: Batch) => Partial<Report> | Promise<Partial<Report>> = () => ({}),
): Collector {
  const got: Required<Batch>[] = []
  return {
    got,
    async deliver(batch) {
      const report = await act(batch)
      got.push(batch as Required<Batch>)
      const none = { duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }
      return { ...none, accepted: batch.events?.offsets.length ?? 0, ...report }
    },
    async flush() {},
    async ready() {},
    async close() {},
  }
}

async function write(entries: readonly DeadLetterEntry[], to?: DeadLetter): Promise<void> {
  await (to ?? createDeadLetter({ path })).write(entries)
}

const none: ReplayReport = {
  accepted: 0,
  duplicates: 0,
  retried: 0,
  deadLettered: 0,
  reasons: {},
  events: 0,
  lines: 0,
  rejected: 0,
  left: 0,
  earlier: 0,
  unreadable: 0,
}

describe('events', () => {
  test('come to the sink byte for byte, with id, time and account', async () => {
    const large = Buffer.from('{ "bytes":9223372036854775807,"é":"\\u00e9" }')
    await write([...events, { ...cause, id: 'large', event: large }])
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink })).toStrictEqual({
      ...none,
      accepted: 7,
      events: 7,
    })
    expect(sink.got.flatMap(documentsOf)).toStrictEqual([...documentsOf(batch), large.toString()])
    expect(sink.got[0]?.events).toStrictEqual({
      offsets: [...batch.events.offsets, batch.output.length],
      ids: [...batch.events.ids, 'large'],
      times: [...batch.events.times, undefined],
      accounts: [...batch.events.accounts, undefined],
    })
    expect(sink.got[0]?.ledger).toMatchObject({ lines: 7, emitted: 7 })
  })

  test('are not sent twice, but those that came later are sent', async () => {
    await write(events.slice(0, 4))
    await replayDeadLetter({ path, sink: createCollector() })
    await write(events.slice(4))
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink })).toStrictEqual({
      ...none,
      accepted: 2,
      events: 2,
      earlier: 4,
    })
    expect(sink.got.flatMap(({ events }) => events.ids)).toStrictEqual(batch.events.ids.slice(4))
    expect(await replayDeadLetter({ path, sink })).toStrictEqual({ ...none, earlier: 6 })
  })

  test('are sent twice if one insists', async () => {
    await write(events)
    await replayDeadLetter({ path, sink: createCollector() })
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink, again: true })).toMatchObject({ accepted: 6 })
  })

  test('of another file in the same place are sent', async () => {
    await write(events.slice(0, 3))
    await replayDeadLetter({ path, sink: createCollector() })
    await rm(path)
    await write(events.slice(3))
    expect(await replayDeadLetter({ path, sink: createCollector() })).toMatchObject({
      accepted: 3,
      earlier: 0,
    })
  })

  test('that are refused again may be written to the same dead letter', async () => {
    const deadLetter = createDeadLetter({ path })
    await write(events, deadLetter)
    const sink = createCollector(async () => {
      await write(events.slice(0, 2), deadLetter)
      return { accepted: 4, deadLettered: 2, reasons: { again: 2 } }
    })
    const reasons = { again: 2 }
    expect(await replayDeadLetter({ path, sink })).toMatchObject({ deadLettered: 2, reasons })
    const later = createCollector()
    expect(await replayDeadLetter({ path, sink: later })).toMatchObject({ accepted: 2, earlier: 6 })
    expect(later.got[0]?.events.ids).toStrictEqual(batch.events.ids.slice(0, 2))
  })

  test('of a large dead letter come in batches, and a failure in between is remembered', async () => {
    const many = Array.from({ length: 40 }, (_, index): DeadLetterEntry => {
      const event = Buffer.from(JSON.stringify({ index, pad: 'x'.repeat(100_000) }))
      return { ...cause, id: String(index), event }
    })
    await write(many)
    let calls = 0
    const failing = createCollector(async () => {
      calls += 1
      if (calls === 3) throw deliveryError('deadline', 'not decided')
      return {}
    })
    await expect(replayDeadLetter({ path, sink: failing })).rejects.toMatchObject({
      code: 'deadline',
    })
    const first = failing.got.slice(0, 2).flatMap(({ events }) => events.ids)
    const sink = createCollector()
    const report = await replayDeadLetter({ path, sink })
    expect(report.earlier).toBe(first.length)
    expect([...first, ...sink.got.flatMap(({ events }) => events.ids)]).toStrictEqual(
      many.map((entry) => 'id' in entry && entry.id),
    )
  })
})

describe('bad lines', () => {
  const good =
    '2 123456789012 eni-1 10.0.0.5 203.0.113.7 1024 443 6 10 5000 1763769540 1763769600 ACCEPT OK'
  const origin = { account: '1', key: 'a.log', line: 7 }

  test('are left alone without a transform, and are read when there is one', async () => {
    await write([badLine, ...events])
    expect(await replayDeadLetter({ path, sink: createCollector() })).toMatchObject({
      accepted: 6,
      left: 1,
    })
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink, transform })).toStrictEqual({
      ...none,
      lines: 1,
      rejected: 1,
      earlier: 6,
    })
    expect(sink.got[0]?.rejections).toStrictEqual(batch.rejections)
    expect(await replayDeadLetter({ path, sink, transform })).toMatchObject({ earlier: 7 })
  })

  test('that are good now become events, with their origin', async () => {
    const rejection = { code: 'bad_integer', field: 'x', value: 'y', line: good, origin } as const
    await write([toDeadLine('splunk', rejection)])
    const sink = createCollector()
    const reusing = createTransform({ mapping: recordMapping, index: true, reuseOutput: true })
    expect(await replayDeadLetter({ path, sink, transform: reusing })).toStrictEqual({
      ...none,
      accepted: 1,
      lines: 1,
    })
    const expected = transform(good, origin)
    expect(sink.got.flatMap(documentsOf)).toStrictEqual(
      documentsOf({ ...expected, events: expected.events! }),
    )
    expect(sink.got[0]?.events.ids).toStrictEqual(expected.events?.ids)
  })

  test('that are not UTF-8 are read from their bytes', async () => {
    const bytes = Buffer.from('2 \xff', 'latin1')
    const [rejection] = transform(bytes).rejections
    await write([toDeadLine('splunk', rejection!)])
    const sink = createCollector()
    await replayDeadLetter({ path, sink, transform })
    expect(sink.got[0]?.rejections).toStrictEqual([rejection])
  })

  test('of which the entry has only a part are left alone', async () => {
    await write([
      toDeadLine('splunk', { code: 'line_too_long', line: good }),
      toDeadLine('splunk', { code: 'unknown_shape', line: '{"messages":[]}' }),
    ])
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink, transform })).toStrictEqual({ ...none, left: 2 })
    expect(sink.got).toStrictEqual([])
  })

  test('need a transform with an index', async () => {
    await write([badLine])
    const sink = createCollector()
    const plain = createTransform({ mapping: recordMapping })
    await expect(replayDeadLetter({ path, sink, transform: plain })).rejects.toThrow('index: true')
  })
})

describe('what cannot be read', () => {
  test('is told, and the rest is sent', async () => {
    await write(events.slice(0, 3))
    await appendFile(path, '{"v":1,"time":"2026-')
    const told: unknown[] = []
    const onUnreadable = (...values: unknown[]) => told.push(values)
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink, onUnreadable })).toStrictEqual({
      ...none,
      accepted: 3,
      events: 3,
      unreadable: 1,
    })
    expect(told).toStrictEqual([['{"v":1,"time":"2026-', path]])
    await write(events.slice(3))
    expect(await replayDeadLetter({ path, sink })).toMatchObject({
      accepted: 3,
      earlier: 3,
      unreadable: 1,
    })
  })

  test('at the end may be a line that is being written', async () => {
    await write(events.slice(0, 3))
    const whole = createDeadLetter({ path: join(folder, 'other') })
    await write(events.slice(3, 4), whole)
    const line = await readFile(join(folder, 'other'))
    await appendFile(path, line.subarray(0, 50))
    await replayDeadLetter({ path, sink: createCollector() })
    await appendFile(path, line.subarray(50))
    const sink = createCollector()
    expect(await replayDeadLetter({ path, sink })).toMatchObject({ accepted: 1, earlier: 3 })
    expect(sink.got[0]?.events.ids).toStrictEqual(batch.events.ids.slice(3, 4))
  })

  test('of the notes about an earlier replay means that everything is sent', async () => {
    await write(events)
    await replayDeadLetter({ path, sink: createCollector() })
    await writeFile(`${path}.replayed`, '{"eve')
    expect(await replayDeadLetter({ path, sink: createCollector() })).toMatchObject({ accepted: 6 })
  })

  test('because it is not there is an error', async () => {
    await expect(replayDeadLetter({ path, sink: createCollector() })).rejects.toThrow('ENOENT')
  })
})

test('a directory is replayed file by file, each with its own notes', async () => {
  const directory = join(folder, 'dead')
  const deadLetter = createDeadLetter({ directory, maxFileBytes: 1 })
  for (const event of events.slice(0, 4)) await write([event], deadLetter)
  const sink = createCollector()
  expect(await replayDeadLetter({ path: directory, sink })).toMatchObject({ accepted: 4 })
  await write(events.slice(4), deadLetter)
  expect(await replayDeadLetter({ path: directory, sink })).toMatchObject({
    accepted: 2,
    earlier: 4,
  })
  expect(sink.got.flatMap(({ events }) => events.ids)).toStrictEqual(batch.events.ids)
  expect((await readdir(directory)).filter((name) => name.endsWith('.replayed'))).toHaveLength(5)
  expect(await readAll(directory)).toHaveLength(6)
})
