import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepTrying, pause } from './keep-trying.ts'

const waits = vi.hoisted(() => [] as number[])

vi.mock('node:timers/promises', () => ({
  async setTimeout(milliseconds: number, _: unknown, { signal }: { signal: AbortSignal }) {
    signal.throwIfAborted()
    waits.push(milliseconds)
  },
}))

beforeEach(() => {
  waits.length = 0
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** Fails so many times before it works. */
function failing(times: number): () => Promise<string> {
  return async () => {
    if (times-- > 0) throw new Error(`${times} to go`)
    return 'done'
  }
}

test('what works at once is not waited for', async () => {
  const { signal } = new AbortController()
  const onFailure = () => expect.unreachable()
  expect(await keepTrying(failing(0), { signal, onFailure })).toBe('done')
  expect(waits).toStrictEqual([])
})

test('waits get longer, up to half a minute, and are at least half of that', async () => {
  const { signal } = new AbortController()
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  vi.spyOn(Math, 'random').mockReturnValue(1)
  expect(await keepTrying(failing(10), { signal, onFailure })).toBe('done')
  expect(waits).toStrictEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
  expect(failures).toHaveLength(10)
  vi.spyOn(Math, 'random').mockReturnValue(0)
  waits.length = 0
  await keepTrying(failing(10), { signal, onFailure })
  expect(waits).toStrictEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000])
})

test('waits stay bounded however often it failed', async () => {
  const { signal } = new AbortController()
  await keepTrying(failing(2000), { signal, onFailure: () => {} })
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
})

test('what the observer throws ends the trying', async () => {
  const { signal } = new AbortController()
  const onFailure = () => {
    throw new Error('enough')
  }
  await expect(keepTrying(failing(9), { signal, onFailure })).rejects.toThrow('enough')
})

test('a stop ends it after the attempt that is under way', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const failures: unknown[] = []
  const attempt = async () => {
    controller.abort()
    throw new Error('too late')
  }
  const onFailure = (error: unknown) => failures.push(error)
  expect(await keepTrying(attempt, { signal, onFailure })).toBeUndefined()
  expect(failures).toHaveLength(1)
  expect(await keepTrying(async () => 'done', { signal, onFailure })).toBe('done')
})

test('an attempt that the stop itself ended is no failure; one that ran into a deadline is', async () => {
  const controller = new AbortController()
  const failures: string[] = []
  let attempts = 0
  const attempt = async () => {
    if (++attempts === 2) controller.abort()
    throw new DOMException(`attempt ${attempts}`, 'AbortError')
  }
  const onFailure = (error: unknown) => failures.push(String(error))
  await keepTrying(attempt, { signal: controller.signal, onFailure })
  expect(failures).toStrictEqual(['AbortError: attempt 1'])
})

test('a pause is no longer than asked for, and over when stopped', async () => {
  const controller = new AbortController()
  await pause(5, controller.signal)
  await pause(-5, controller.signal)
  controller.abort()
  await pause(5, controller.signal)
  expect(waits).toStrictEqual([5, 0])
})
