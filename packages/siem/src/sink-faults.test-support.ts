/** Receivers that break, and sinks that lose nothing over it. */
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCertificate } from './certificate.test-support.ts'
import { createHttpReceiver, type Script } from './http-receiver.test-support.ts'
import type { Batch, Sink } from './sink.ts'
import {
  batchFor,
  keysFor,
  losingReply,
  type SinkSubject,
  type Stage,
  splitBatch,
} from './sink-stage.test-support.ts'

/** Faults before which the receiver has stored nothing. */
const faults: readonly (readonly [string, readonly Script[]])[] = [
  ['hangs', ['hang']],
  ['hangs before it has read the request', ['hang unread']],
  ['resets the connection', ['reset', 'reset']],
  ['resets the connection before it has read the request', ['reset unread', 'reset unread']],
  ['resets the connection in the middle of the reply', ['reset in body', 'reset in body']],
  ['has too many requests', Array(4).fill({ status: 429 })],
  ['asks for patience', [{ status: 429, headers: { 'retry-after': '0' } }]],
  ['answers too early that it is busy', Array(2).fill({ status: 503, unread: true })],
  ['has failed', [{ status: 500 }, { status: 502 }, { status: 503 }, { status: 504 }]],
  ['has a proxy that ran out of time', [{ status: 408 }]],
  ['does not speak HTTP', ['malformed', 'malformed']],
  ['says 200 with half a document', [{ body: '{"took":3,"items":[{"cre' }]],
  ['says 200 with a page of some proxy', [{ body: '<html>Welcome</html>' }]],
  ['says 200 and nothing else', [{}]],
  ['says 200 with another document', [{ body: [] }, { body: 'null' }, { body: '{}' }]],
]

/** Registers a test for each fault. */
export function describeFaults(subject: SinkSubject, stage: Stage): void {
  describe('nothing is lost when the receiver', () => {
    test.each(faults)('%s', async (_, scripts) => {
      stage.http.next(...scripts)
      await deliverAndCheck(subject, stage, (report) => {
        if (!subject.isSpool) expect(report.retried).toBeGreaterThan(0)
      })
    })

    test('is not there', async () => {
      await stage.http.refuse()
      void setTimeout(150).then(() => stage.http.accept())
      await deliverAndCheck(subject, stage, (report) => {
        if (!subject.isSpool) expect(report.retried).toBeGreaterThan(0)
      })
    })

    test('is slow', async () => {
      const slowly: Script = async (request) => {
        const answer = await stage.receiver.answer(request)
        return typeof answer === 'object' ? { ...answer, delay: 300, pause: 300 } : answer
      }
      stage.http.next(slowly, slowly)
      await deliverAndCheck(subject, stage)
    })

    test('stores events, and its reply is lost', async () => {
      stage.http.next(losingReply(stage.receiver))
      const batch = batchFor(subject, 20)
      const sink = await stage.open()
      const { accepted, duplicates } = await sink.deliver(batch)
      expect(accepted + duplicates).toBe(20)
      await expectStored(subject, stage, sink, batch, subject.storesOnce ?? true)
    })

    test('does all of this in any order', { timeout: 120_000 }, async () => {
      const quick = faults
        .filter(([name]) => !name.startsWith('hangs'))
        .map(([, [script]]) => script)
      const script = fc.constantFrom<Script>(
        losingReply(stage.receiver),
        (request) => stage.receiver.answer(request),
        ...quick.filter((each) => each !== undefined),
      )
      const sink = await stage.open()
      const parts = splitBatch(batchFor(subject, 400), 4)
      const sent: Required<Batch>[] = []
      await fc.assert(
        fc.asyncProperty(fc.array(script, { maxLength: 12 }), async (scripts) => {
          stage.http.next(...scripts)
          const share = parts.splice(0, 5)
          sent.push(...share)
          const reports = await Promise.all(share.map((part) => sink.deliver(part)))
          for (const { accepted, duplicates } of reports) expect(accepted + duplicates).toBe(4)
        }),
        { numRuns: 20, endOnFailure: true },
      )
      const stored = (await stage.stored(sink)).flat()
      const keys = sent.flatMap((part) => keysFor(subject, part))
      expect(new Set(stored)).toStrictEqual(new Set(keys))
      if (subject.storesOnce ?? true) expect(stored).toHaveLength(keys.length)
    })
  })

  describe('closing', () => {
    // Longer than a test may take.
    const retry = { initialDelay: 5, maxDelay: 50, deadline: 600_000 }

    test.each([
      ['not there', []],
      ['hanging', Array<Script>(10).fill('hang unread')],
      ['busy', Array<Script>(1_000).fill({ status: 503 })],
    ])('gives up in time when the receiver is %s', async (_, scripts) => {
      stage.http.next(...scripts)
      if (scripts.length === 0) await stage.http.refuse()
      const timeouts = { headers: 600_000, body: 600_000 }
      const sink = await stage.open({ retry, exchange: { timeouts } })
      const report = sink.deliver(batchFor(subject, 5))
      const outcome = report.then(
        () => 'stored',
        ({ code }) => code,
      )
      if (subject.isSpool) await report
      await sink.close(AbortSignal.timeout(200))
      expect(await outcome).toBe(subject.isSpool ? 'stored' : 'closed')
      expect(stage.receiver.stored()).toStrictEqual([])
    })
  })

  describe('over TLS', () => {
    test('an unknown certificate gets no events, a known one all of them', async () => {
      const certificate = createCertificate()
      const always: Script = (request) => stage.receiver.answer(request)
      const http = await createHttpReceiver({ tls: certificate, always })
      try {
        const batch = batchFor(subject, 5)
        // The first answer is the last: the next attempt would be after the deadline.
        const retry = { initialDelay: 3_600_000, maxDelay: 3_600_000, deadline: 5_000 }
        const sink = await stage.open({ url: http.url, retry })
        const { code, message } = await sink.deliver(batch).then(
          () => ({ code: 'none', message: '' }),
          (error) => error,
        )
        if (!subject.isSpool) {
          expect(code).toBe('deadline')
          expect(message).toMatch(/certificate/i)
        }
        await setTimeout(100)
        expect(http.requests).toStrictEqual([])
        expect(stage.receiver.stored()).toStrictEqual([])
        await sink.close()
        const tls = { ca: certificate.cert }
        const trusting = await stage.open({ url: http.url, exchange: { tls } })
        if (!subject.isSpool) await trusting.deliver(batch)
        await expectStored(subject, stage, trusting, batch, true)
      } finally {
        await http.close()
      }
    })
  })
}

async function deliverAndCheck(
  subject: SinkSubject,
  stage: Stage,
  check: (report: Awaited<ReturnType<Sink['deliver']>>) => void = () => {},
): Promise<void> {
  const batch = batchFor(subject, 20)
  const sink = await stage.open()
  const report = await sink.deliver(batch)
  expect(report).toMatchObject({ accepted: 20, duplicates: 0, deadLettered: 0, reasons: {} })
  check(report)
  await expectStored(subject, stage, sink, batch, true)
}

async function expectStored(
  subject: SinkSubject,
  stage: Stage,
  sink: Sink,
  batch: Required<Batch>,
  isOnce: boolean,
): Promise<void> {
  const stored = (await stage.stored(sink)).flat()
  const keys = [...keysFor(subject, batch)].sort()
  expect(isOnce ? stored.sort() : [...new Set(stored)].sort()).toStrictEqual(keys)
}
