import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'
import { deliveryError } from './delivery-error.ts'
import type { HttpReply } from './exchange.ts'
import { createAcknowledgement } from './splunk-acknowledgement.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A channel, and the polls that wait for their replies. */
function start() {
  const polls: {
    readonly acks: number[]
    readonly signal: AbortSignal | undefined
    readonly reply: (reply: HttpReply) => void
  }[] = []
  const clock = { ...systemClock, now: Date.now }
  const channel = createAcknowledgement(
    { pollInterval: 1_000, expiry: 3_500 },
    {
      send: ({ body }, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
          polls.push({ acks: JSON.parse(String(body)).acks, signal, reply: resolve })
        }),
    },
    clock,
  )
  const endings = new Map<string, unknown>()
  return {
    channel,
    polls,
    /** What became of those that waited, by the names that they were given. */
    endings,
    wait(
      name: string,
      ticket: ReturnType<typeof channel.begin>,
      ackId: number,
      signal?: AbortSignal,
    ) {
      const note = (ending: unknown) => void endings.set(name, ending)
      channel.wait(ticket, ackId, signal ?? new AbortController().signal).then(note, note)
    },
    async answer(acks: object) {
      await vi.advanceTimersByTimeAsync(1_000)
      polls.at(-1)?.reply({ status: 200, headers: {}, body: JSON.stringify({ acks }) })
      await vi.advanceTimersByTimeAsync(0)
    },
  }
}

const anew = expect.stringContaining('the server counts anew')

test('replies may come in another order than their requests', async () => {
  const { channel, wait, answer, endings, polls } = start()
  const [first, second] = [channel.begin(), channel.begin()]
  wait('second', second, 1)
  wait('first', first, 0)
  await answer({ 0: true, 1: false })
  expect(polls[0]?.acks).toStrictEqual([1, 0])
  expect([...endings]).toStrictEqual([['first', undefined]])
  await answer({ 1: true })
  expect(polls[1]?.acks).toStrictEqual([1])
  expect([...endings]).toStrictEqual([
    ['first', undefined],
    ['second', undefined],
  ])
  expect(vi.getTimerCount()).toBe(0)
})

test('a number lower than one that was known before is of a server that counts anew', async () => {
  const { channel, wait, answer, endings, polls } = start()
  wait('old', channel.begin(), 3)
  wait('new', channel.begin(), 0)
  await vi.advanceTimersByTimeAsync(0)
  expect([...endings]).toStrictEqual([['old', anew]])
  // The new server may have a request 3, too, whose reply was lost.
  await answer({ 0: true, 3: true })
  expect(polls[0]?.acks).toStrictEqual([0])
  expect(endings.get('new')).toBeUndefined()
})

test('what was sent before it counted anew does not make it count anew again', async () => {
  const { channel, wait, answer, endings } = start()
  wait('old', channel.begin(), 5)
  const [first, second, late] = [channel.begin(), channel.begin(), channel.begin()]
  wait('first', first, 0)
  wait('second', second, 1)
  // A reply of the old server, which was on its way for long.
  wait('late', late, 6)
  wait('third', channel.begin(), 2)
  await answer({ 0: true, 1: true, 2: true, 6: false })
  expect(Object.fromEntries(endings)).toStrictEqual({
    old: anew,
    first: undefined,
    second: undefined,
    third: undefined,
  })
})

test('there is one question at a time', async () => {
  const { channel, wait, answer, endings, polls } = start()
  wait('first', channel.begin(), 0)
  await vi.advanceTimersByTimeAsync(1_000)
  wait('second', channel.begin(), 1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(polls.map(({ acks }) => acks)).toStrictEqual([[0]])
  await answer({ 0: true })
  await answer({ 1: true })
  expect(polls.map(({ acks }) => acks)).toStrictEqual([[0], [1]])
  expect(Object.fromEntries(endings)).toStrictEqual({ first: undefined, second: undefined })
})

test('a number that waits already is of a server that counts anew', async () => {
  const { channel, wait, answer, endings } = start()
  const [first, second] = [channel.begin(), channel.begin()]
  wait('first', first, 0)
  wait('second', second, 0)
  await answer({ 0: true })
  expect(Object.fromEntries(endings)).toStrictEqual({ first: anew, second: undefined })
})

test('what nobody waits for any more is not asked for', async () => {
  const { channel, wait, polls } = start()
  const failure = new AbortController()
  wait('first', channel.begin(), 0, failure.signal)
  await vi.advanceTimersByTimeAsync(500)
  failure.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(polls).toStrictEqual([])
})

test('a question that was given up tells nothing to those that come later', async () => {
  const { channel, wait, answer, endings, polls } = start()
  const failure = new AbortController()
  const reason = deliveryError('deadline', 'too late')
  wait('first', channel.begin(), 0, failure.signal)
  await vi.advanceTimersByTimeAsync(1_000)
  failure.abort(reason)
  // As the first one leaves, before the question knows.
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  wait('second', channel.begin(), 1)
  await answer({ 1: true })
  expect(polls.map(({ acks, signal }) => [acks, signal?.aborted])).toStrictEqual([
    [[0], true],
    [[1], false],
  ])
  expect(Object.fromEntries(endings)).toStrictEqual({ first: reason, second: undefined })
})

test('silence ends when events expire', async () => {
  const { channel, wait, answer, endings, polls } = start()
  wait('first', channel.begin(), 0)
  for (let count = 0; count < 3; count++) await answer({ 0: false })
  expect(endings.size).toBe(0)
  await vi.advanceTimersByTimeAsync(1_000)
  polls.at(-1)?.reply({ failure: 'ECONNRESET', message: 'read ECONNRESET' })
  await vi.advanceTimersByTimeAsync(0)
  expect(endings.get('first')).toBe('not acknowledged in 3500 ms')
  expect(polls).toHaveLength(4)
})
