import { describe, expect, test } from 'vitest'
import { createTestClock } from './clock.test-support.ts'
import { type Attempt, createRetry, isRetryable, parseRetryAfter, type Retry } from './retry.ts'

/** Runs through the outcomes, one per attempt. */
function play<T>(retry: Retry, outcomes: readonly Attempt<T>[], signal?: AbortSignal): Promise<T> {
  const left = [...outcomes]
  return retry(async () => left.shift() ?? { again: 'the script is over' }, signal)
}

const again = { again: 'status 503' }

test('what is done at once is not waited for', async () => {
  const clock = createTestClock()
  expect(await play(createRetry({}, clock), [{ done: 7 }])).toBe(7)
  expect(clock.sleeps).toStrictEqual([])
})

describe('the wait', () => {
  test('is a random part of a bound that doubles up to a limit', async () => {
    const clock = createTestClock(0.5)
    const retry = createRetry({ initialDelay: 100, maxDelay: 500 }, clock)
    await play(retry, [again, again, again, again, again, { done: 1 }])
    expect(clock.sleeps).toStrictEqual([50, 100, 200, 250, 250])
  })

  test('may be next to nothing', async () => {
    const clock = createTestClock(0)
    await play(createRetry({}, clock), [again, { done: 1 }])
    expect(clock.sleeps).toStrictEqual([0])
  })

  test('is at least what the receiver asks for, up to the limit', async () => {
    const clock = createTestClock(0.5)
    const retry = createRetry({ initialDelay: 100, maxDelay: 5_000 }, clock)
    const asks = [3_000, 10, 86_400_000].map((after) => ({ ...again, after }))
    await play(retry, [...asks, { done: 1 }])
    expect(clock.sleeps).toStrictEqual([3_000, 100, 5_000])
  })
})

describe('the end', () => {
  test('comes when the next attempt would be after the deadline, and says why', async () => {
    const clock = createTestClock(0.5)
    const retry = createRetry({ initialDelay: 1_000, deadline: 4_000 }, clock)
    await expect(play(retry, [again, again, again, again])).rejects.toMatchObject({
      name: 'DeliveryError',
      code: 'deadline',
      message: 'not decided after 4 attempts in 4000 ms: status 503',
    })
    expect(clock.sleeps).toStrictEqual([500, 1_000, 2_000])
  })

  test('aborts an attempt that hangs', async () => {
    const retry = createRetry({ deadline: 30 })
    const hang = retry(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    await expect(hang).rejects.toMatchObject({
      code: 'deadline',
      message: 'not decided after 1 attempts in 30 ms: no reply',
    })
  })

  test('comes at the deadline, even if a wait took longer than it should', async () => {
    const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 60))
    const retry = createRetry({ deadline: 20, initialDelay: 1 }, { ...createTestClock(), sleep })
    await expect(play(retry, [again, { done: 1 }])).rejects.toMatchObject({ code: 'deadline' })
  })

  test('comes when the caller wants it, even in the middle of a wait', async () => {
    const controller = new AbortController()
    const reason = new Error('shutting down')
    const result = play(
      createRetry({ initialDelay: 60_000 }),
      [{ ...again, after: 60_000 }],
      controller.signal,
    )
    setTimeout(() => controller.abort(reason), 10)
    await expect(result).rejects.toBe(reason)
  })

  test('comes before the first attempt when the caller wants it by then', async () => {
    const reason = new Error('shutting down')
    let attempts = 0
    const result = createRetry()(async () => {
      attempts += 1
      return { done: 1 }
    }, AbortSignal.abort(reason))
    await expect(result).rejects.toBe(reason)
    expect(attempts).toBe(0)
  })

  test('comes with whatever an attempt throws', async () => {
    const bug = new Error('bug')
    let attempts = 0
    const result = createRetry()(async () => {
      attempts += 1
      throw bug
    })
    await expect(result).rejects.toBe(bug)
    expect(attempts).toBe(1)
  })
})

test.each([{ initialDelay: 0 }, { maxDelay: Number.NaN }, { deadline: Number.POSITIVE_INFINITY }])(
  '%j is refused',
  (options) => {
    expect(() => createRetry(options)).toThrow(/is to be 1 to 2147483647 milliseconds/)
  },
)

test('408, 429 and what the server lays to itself may be tried again, except 501', () => {
  const statuses = Array.from({ length: 500 }, (_, index) => index + 100)
  const retryable = statuses.filter(isRetryable)
  expect(retryable).toStrictEqual([
    408,
    429,
    500,
    ...Array.from({ length: 98 }, (_, index) => index + 502),
  ])
})

test.each([
  ['0', 0],
  ['120', 120_000],
  ['Sun, 22 Nov 2026 06:30:00 GMT', 300_000],
  ['Sun, 22 Nov 2026 06:20:00 GMT', 0],
  ['', undefined],
  ['-5', undefined],
  ['soon', undefined],
])('Retry-After: %s', (value, milliseconds) => {
  const now = Date.UTC(2026, 10, 22, 6, 25)
  expect(parseRetryAfter(value, now)).toBe(milliseconds)
})
