import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import type { Answer, Script } from './http-receiver.test-support.ts'
import { nothing, quick, refusing, startSplunk } from './splunk-stage.test-support.ts'

describe('of a request that is cut short', () => {
  test.each([6, 12, 13, 15])('at code %i, the rest is sent, and nothing twice', async (code) => {
    const batch = createBatch(9)
    const refuse = refusing(batch, { 0: code, 3: code, 4: code, 8: code })!
    const { sink, stored, receiver, deadLetters } = await startSplunk({}, { refuse })
    const report = await sink.deliver(batch)
    expect(report).toMatchObject({ accepted: 5, deadLettered: 4, retried: 8 + 5 + 4 })
    const documents = documentsOf(batch)
    const at = (...indexes: number[]) => indexes.map((index) => documents[index])
    expect(stored()).toStrictEqual([at(1, 2), at(5, 6, 7)])
    expect(receiver.requests).toHaveLength(4)
    expect(await deadLetters()).toMatchObject(
      [0, 3, 4, 8].map((index) => ({
        sink: 'splunk',
        reason: Object.keys(report.reasons)[0],
        message: `Splunk says 400: No (code ${code})`,
        status: 400,
        id: batch.events.ids[index],
        event: Buffer.from(documents[index]!),
      })),
    )
  })

  test('because the server is busy, the rest is sent later, and nothing twice', async () => {
    const batch = createBatch(9)
    const refuse = refusing(batch, { 0: 9, 3: 9, 8: 8 }, 2)!
    const { sink, stored } = await startSplunk({}, { refuse })
    expect(await sink.deliver(batch)).toMatchObject({ accepted: 9, deadLettered: 0 })
    expect(stored().flat()).toStrictEqual(documentsOf(batch))
  })

  test('by a server that counts from 0 when it is busy, one event is sent twice', async () => {
    const batch = createBatch(9)
    const refuse = refusing(batch, { 3: 9 }, 1)!
    const { sink, stored } = await startSplunk({}, { refuse, firstBusy: 0 })
    expect(await sink.deliver(batch)).toStrictEqual({ ...nothing, accepted: 9, retried: 7 })
    const documents = documentsOf(batch)
    expect(stored()).toStrictEqual([documents.slice(0, 3), documents.slice(2)])
  })

  test.each([undefined, 10, 99])(
    'at number %s, which tells nothing, the bad ones are found',
    async (number) => {
      const { sink, receiver, stored, answer, deadLetters } = await startSplunk()
      const batch = createBatch(10)
      const documents = documentsOf(batch)
      const bad = [documents[2]!, documents[7]!]
      // It takes all of a request or nothing, as the OpenTelemetry Collector does.
      receiver.always((request) =>
        bad.some((document) => request.text.includes(document))
          ? {
              status: 400,
              body: {
                text: 'Invalid data format',
                code: 6,
                ...(number !== undefined && { 'invalid-event-number': number }),
              },
            }
          : answer(request),
      )
      expect(await sink.deliver(batch)).toMatchObject({
        accepted: 8,
        deadLettered: 2,
        reasons: { 'Invalid data format': 2 },
      })
      expect(stored().flat()).toStrictEqual(documents.filter((each) => !bad.includes(each)))
      expect(await deadLetters()).toMatchObject(bad.map((each) => ({ event: Buffer.from(each) })))
    },
  )

  test('because it is too large, halves are sent; an event that is too large is refused', async () => {
    const { sink, receiver, stored, answer } = await startSplunk()
    const batch = createBatch(10)
    const documents = documentsOf(batch)
    receiver.always((request) =>
      request.text.includes(documents[4]!) || request.text.split('\n').length > 4
        ? { status: 413, body: '<html>Request Entity Too Large</html>' }
        : answer(request),
    )
    expect(await sink.deliver(batch)).toMatchObject({
      accepted: 9,
      deadLettered: 1,
      reasons: { 'status 413': 1 },
    })
    expect(stored().flat()).toStrictEqual(documents.filter((_, index) => index !== 4))
  })
})

describe('a person has to change something', () => {
  test.each([
    [
      { status: 403, body: { text: 'Token disabled', code: 1 } },
      'unauthorized',
      'enable the token',
    ],
    [{ status: 403, body: { text: 'Invalid token', code: 4 } }, 'unauthorized', 'this Splunk'],
    [{ status: 403, body: 'Forbidden' }, 'unauthorized', '403: Forbidden'],
    [
      { status: 400, body: { text: 'Incorrect index', code: 7, 'invalid-event-number': 1 } },
      'refused',
      'allow it for the token',
    ],
    [
      { status: 400, body: { text: 'Data channel is missing', code: 10 } },
      'refused',
      'set `acknowledgement`',
    ],
    [{ status: 404, body: 'nothing here' }, 'refused', 'is the URL'],
  ] as const)(
    'after %j: delivery rejects at once, nothing is a dead letter',
    async (answer, code, advice) => {
      const { sink, receiver, deadLetters } = await startSplunk({
        maxRequestBytes: 2_000,
        http: { concurrency: 1 },
      })
      receiver.always(answer)
      const error = await sink.deliver(createBatch(30)).catch((reason) => reason)
      expect(error).toMatchObject({ code, message: expect.stringContaining(advice) })
      expect(error.message).not.toContain('secret')
      expect(receiver.requests).toHaveLength(1)
      expect(await deadLetters()).toStrictEqual([])
    },
  )
})

const requestFault = fc.record({
  isCarriedOut: fc.boolean(),
  answer: fc.constantFrom<Answer | undefined>(
    undefined,
    'reset',
    'reset unread',
    'reset in body',
    'malformed',
    { status: 413 },
    { status: 429 },
    { status: 504 },
    { status: 503, body: { text: 'Server is busy', code: 9 } },
    { body: '{"text":"Succ' },
  ),
})
const eventFault = fc.constantFrom(undefined, undefined, undefined, 6, 8, 9, 12, 13, 15)

test.each([
  ['without acknowledgement', {}, {}],
  ['with acknowledgement', { acknowledgement: quick }, { acknowledgement: { polls: 1 } }],
] as const)(
  'whatever happens, nothing is lost, and the report adds up: %s',
  async (_, sending, receiving) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 500, max: 20_000 }),
        fc.array(requestFault, { maxLength: 10 }),
        fc.array(eventFault, { maxLength: 60 }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 2 }),
        fc.constantFrom<0 | 1>(0, 1),
        async (count, maxRequestBytes, requestFaults, eventFaults, restarts, firstBusy) => {
          const faults = [...eventFaults]
          const refuse = () => faults.pop()
          const started = await startSplunk(
            { maxRequestBytes, ...sending },
            { ...receiving, refuse, firstBusy },
          )
          const { sink, receiver, answer, stored, deadLetters, restart } = started
          const batch = createBatch(count)
          receiver.next(
            ...requestFaults.map(({ isCarriedOut, answer: fault }): Script => {
              if (!isCarriedOut && fault) return fault
              return (request) => {
                const real = answer(request)
                return fault ?? real
              }
            }),
          )
          const restartAt = 'acknowledgement' in sending ? restarts : []
          receiver.always((request) => {
            if (restartAt.includes(receiver.requests.length)) restart()
            return answer(request)
          })
          const report = await sink.deliver(batch)
          const dead = (await deadLetters()) as { id: string; event: Buffer }[]
          const documents = documentsOf(batch)
          const found = new Set([...stored().flat(), ...dead.map(({ event }) => event.toString())])
          expect([...found].sort()).toStrictEqual([...documents].sort())
          expect(report.accepted + report.deadLettered).toBe(count)
          expect(report.deadLettered).toBe(dead.length)
          expect(report.duplicates).toBe(0)
          expect(new Set(dead.map(({ id }) => id)).size).toBe(dead.length)
          // Where the protocol tells what was taken, nothing is there twice.
          const tells = requestFaults.every(
            ({ isCarriedOut, answer: fault }) => !isCarriedOut || !fault,
          )
          if (tells && firstBusy === 1 && !('acknowledgement' in sending)) {
            expect(stored().flat()).toHaveLength(report.accepted)
          }
          await sink.close()
          await receiver.close()
        },
      ),
      { numRuns: 150 },
    )
  },
)
