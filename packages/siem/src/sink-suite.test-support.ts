/** The laws that every sink keeps, whatever its receiver does. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ReceivedRequest } from './http-receiver.test-support.ts'
import type { Batch, Report, Sink } from './sink.ts'
import { describeFaults } from './sink-faults.test-support.ts'
import {
  batchFor,
  keysFor,
  losingReply,
  type SinkSubject,
  type Stage,
  splitBatch,
  useStage,
} from './sink-stage.test-support.ts'

/** Registers the tests of a kind of sink. */
export function describeSink(name: string, subject: SinkSubject): void {
  describe(`${name} keeps the laws of sinks`, () => {
    const stage = useStage(subject)
    describeDelivery(subject, stage)
    describeEnd(subject, stage)
    if (subject.createReceiver) {
      describeRefusals(subject, stage)
      describeBound(subject, stage)
      describeDeadline(subject, stage)
      describeFaults(subject, stage)
    }
  })
}

function describeDelivery(subject: SinkSubject, stage: Stage): void {
  test('every event is stored once, and each report says so', async () => {
    const whole = batchFor(subject, 60)
    const sink = await stage.open()
    const { deliver } = sink
    const reports = await Promise.all(splitBatch(whole, 10).map((part) => deliver(part)))
    expect(reports).toStrictEqual(Array(6).fill(accepted(10)))
    expect((await stage.stored(sink)).flat().sort()).toStrictEqual(
      [...keysFor(subject, whole)].sort(),
    )
  })

  test('a batch of nothing is delivered', async () => {
    const sink = await stage.open()
    expect(await sink.deliver(batchFor(subject, 0))).toStrictEqual(accepted(0))
    expect(await stage.stored(sink)).toStrictEqual([])
  })

  test('a batch keeps its bytes and its index', async () => {
    const batch = batchFor(subject, 30, ['bad'])
    const before = structuredClone(batch)
    const sink = await stage.open()
    await sink.deliver(batch)
    await sink.flush()
    expect(batch).toStrictEqual(before)
  })

  if (subject.keepsOrder ?? true) {
    test('a request or a file has the events of a batch in order', async () => {
      const whole = batchFor(subject, 200)
      const sink = await stage.open()
      const parts = splitBatch(whole, 50)
      await Promise.all(parts.map((part) => sink.deliver(part)))
      for (const keys of await stage.stored(sink)) {
        for (const part of parts) {
          const places = keysFor(subject, part).map((key) => keys.indexOf(key))
          const found = places.filter((place) => place !== -1)
          expect(found).toStrictEqual(found.toSorted((one, other) => one - other))
        }
      }
    })
  }

  test('bad lines are dead letters', async () => {
    const batch = batchFor(subject, 3, ['bad', '2 bad'])
    const sink = await stage.open({ deadLetter: stage.deadLetter })
    const report = await sink.deliver(batch)
    if (!subject.isSpool) {
      const reasons = { too_few_values: 2 }
      expect(report).toStrictEqual({ ...accepted(3), deadLettered: 2, reasons })
    }
    expect((await stage.stored(sink)).flat()).toHaveLength(3)
    expect(await stage.deadLetters()).toMatchObject([
      { reason: 'too_few_values', rejection: { line: 'bad' } },
      { reason: 'too_few_values', rejection: { line: '2 bad' } },
    ])
  })
}

function describeEnd(subject: SinkSubject, stage: Stage): void {
  test('closing stores what was taken; later batches are refused', async () => {
    const whole = batchFor(subject, 30)
    const sink = await stage.open()
    const reports = splitBatch(whole, 10).map((part) => sink.deliver(part))
    await Promise.all([sink.close(), sink.close()])
    expect(await Promise.all(reports)).toStrictEqual(Array(3).fill(accepted(10)))
    await expect(sink.deliver(whole)).rejects.toMatchObject({ code: 'closed' })
    expect((await stage.stored(sink)).flat().sort()).toStrictEqual(
      [...keysFor(subject, whole)].sort(),
    )
  })

  test('flushing waits for what is under way, and the sink goes on', async () => {
    const [first, second] = splitBatch(batchFor(subject, 20), 10)
    const sink = await stage.open()
    let isDelivered = false
    const report = sink.deliver(first!).then(() => {
      isDelivered = true
    })
    await sink.flush()
    await setTimeout(0)
    expect(isDelivered).toBe(true)
    await report
    expect(await sink.deliver(second!)).toStrictEqual(accepted(10))
  })
}

function describeRefusals(subject: SinkSubject, stage: Stage): void {
  test('refused events are dead letters as they were, and the others are stored', async () => {
    const batch = batchFor(subject, 10)
    const keys = keysFor(subject, batch)
    const bad = [keys[2]!, keys[3]!, keys[9]!]
    for (const key of bad) stage.refused.add(key)
    const sink = await stage.open({ deadLetter: stage.deadLetter })
    const report = await sink.deliver(batch)
    expect((await stage.stored(sink)).flat().sort()).toStrictEqual(
      keys.filter((key) => !bad.includes(key)).sort(),
    )
    if (!subject.isSpool) {
      expect(report).toMatchObject({ accepted: 7, duplicates: 0, deadLettered: 3 })
      expect(Object.values(report.reasons)).toStrictEqual([3])
    }
    const offsets = [...batch.events.offsets, batch.output.length]
    expect(await stage.deadLetters()).toMatchObject(
      [2, 3, 9].map((index) => ({
        id: batch.events.ids[index],
        eventTime: batch.events.times[index],
        account: batch.events.accounts[index],
        event: Buffer.from(batch.output.subarray(offsets[index], offsets[index + 1]! - 1)),
      })),
    )
  })

  if (!subject.isSpool) {
    test('a refused event without a dead letter makes delivery reject', async () => {
      const batch = batchFor(subject, 10)
      stage.refused.add(keysFor(subject, batch)[4]!)
      const sink = await stage.open()
      await expect(sink.deliver(batch)).rejects.toMatchObject({ code: 'refused' })
    })
  }
}

function describeBound(subject: SinkSubject, stage: Stage): void {
  test('never more is under way than the bound, and everything gets its turn', async () => {
    const whole = batchFor(subject, 120)
    const parts = splitBatch(whole, 10)
    const maxInFlightBytes = 2 * Math.max(...parts.map(({ output }) => output.length))
    const keys = keysFor(subject, whole)
    const underWay = new Set<ReceivedRequest>()
    let most = 0
    stage.http.always(async (request) => {
      underWay.add(request)
      most = Math.max(most, countIn(underWay, whole))
      await setTimeout(20)
      underWay.delete(request)
      return stage.receiver.answer(request)
    })
    const sink = await stage.open({ maxInFlightBytes })
    await Promise.all(parts.map((part) => sink.deliver(part)))
    const stored = await stage.stored(sink)
    expect(stored.flat().sort()).toStrictEqual([...keys].sort())
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(20)
  })
}

/** How many events of the batch the requests have between them. */
function countIn(requests: ReadonlySet<ReceivedRequest>, batch: Required<Batch>): number {
  const lines = Buffer.from(batch.output).toString().split('\n').filter(Boolean)
  return [...requests].reduce(
    (sum, { text }) => sum + lines.filter((line) => text.includes(line)).length,
    0,
  )
}

function describeDeadline(subject: SinkSubject, stage: Stage): void {
  const retry = { initialDelay: 5, maxDelay: 50, deadline: 400 }

  test('nothing decided in time: delivery rejects, and the same batch again makes it whole', async () => {
    const batch = batchFor(subject, 10)
    stage.http.always({ status: 503 })
    const sink = await stage.open({ retry })
    await deliverInVain(subject, sink, batch)
    expect(stage.receiver.stored()).toStrictEqual([])
    stage.http.always(stage.receiver.answer)
    if (!subject.isSpool) {
      const report = await sink.deliver(batch)
      // A request that was given up may still have been on its way.
      const { accepted: fresh, duplicates } = report
      const sum = { ...report, accepted: fresh + duplicates, duplicates: 0 }
      expect(sum).toStrictEqual(accepted(10))
    }
    expect((await stage.stored(sink)).flat()).toStrictEqual(keysFor(subject, batch))
  })

  test('stored, but no reply in time: the same batch again is harmless', async () => {
    const batch = batchFor(subject, 10)
    stage.http.always(losingReply(stage.receiver))
    const sink = await stage.open({ retry })
    await deliverInVain(subject, sink, batch)
    stage.http.always(stage.receiver.answer)
    if (!subject.isSpool) expect(sumOf(await sink.deliver(batch))).toBe(10)
    const stored = (await stage.stored(sink)).flat()
    expect(subject.storesOnce === false ? new Set(stored) : stored).toStrictEqual(
      subject.storesOnce === false ? new Set(keysFor(subject, batch)) : keysFor(subject, batch),
    )
  })
}

async function deliverInVain(
  subject: SinkSubject,
  sink: Sink,
  batch: Required<Batch>,
): Promise<void> {
  if (subject.isSpool) {
    await sink.deliver(batch)
    await setTimeout(500)
  } else {
    await expect(sink.deliver(batch)).rejects.toMatchObject({ code: 'deadline' })
  }
}

function accepted(count: number): Report {
  return { accepted: count, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }
}

function sumOf({ accepted, duplicates, deadLettered }: Report): number {
  return accepted + duplicates + deadLettered
}
