import { expect, test } from 'vitest'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts'
import { createTestClock } from './clock.test-support.ts'

type Outcome = 'good' | 'bad'

/** Requests that end when the test says so. */
function createHost(breaker: CircuitBreaker) {
  const open: ((outcome: Outcome | Error) => void)[] = []
  const results: (Outcome | string)[] = []
  return {
    open,
    results,
    send(signal?: AbortSignal) {
      const request = () =>
        new Promise<Outcome>((resolve, reject) => {
          open.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)))
        })
      breaker(request, (outcome) => outcome === 'bad', signal).then(
        (outcome) => results.push(outcome),
        (error: Error) => results.push(error.message),
      )
    },
    /** Ends the oldest request. */
    async end(outcome: Outcome | Error) {
      open.shift()?.(outcome)
      await settle()
    },
  }
}

/** Lets everything happen that can happen now. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('a host that answers gets all requests at once', async () => {
  const host = createHost(createCircuitBreaker({ failures: 2 }, createTestClock()))
  for (let count = 0; count < 5; count++) host.send()
  await settle()
  expect(host.open).toHaveLength(5)
})

test('after failures in a row one probe goes out, and the others when it has succeeded', async () => {
  const clock = createTestClock()
  const host = createHost(createCircuitBreaker({ failures: 2, cooldown: 1_000 }, clock))
  host.send()
  host.send()
  await host.end('bad')
  await host.end('bad')
  for (let count = 0; count < 3; count++) host.send()
  await settle()
  expect({ open: host.open.length, sleeps: clock.sleeps }).toEqual({ open: 1, sleeps: [1_000] })
  await host.end('bad')
  expect({ open: host.open.length, sleeps: clock.sleeps }).toEqual({
    open: 1,
    sleeps: [1_000, 1_000],
  })
  await host.end('good')
  expect(host.open).toHaveLength(1)
  await host.end('good')
  expect(host.results).toStrictEqual(['bad', 'bad', 'bad', 'good', 'good'])
  for (let count = 0; count < 3; count++) host.send()
  await settle()
  expect(host.open).toHaveLength(3)
})

test('a success in between starts the count anew', async () => {
  const host = createHost(createCircuitBreaker({ failures: 2 }, createTestClock()))
  for (const outcome of ['bad', 'good', 'bad'] as const) {
    host.send()
    await host.end(outcome)
  }
  host.send()
  host.send()
  await settle()
  expect(host.open).toHaveLength(2)
})

test('a probe that throws makes way for the next one', async () => {
  const host = createHost(createCircuitBreaker({ failures: 1 }, createTestClock()))
  host.send()
  await host.end('bad')
  host.send()
  host.send()
  await settle()
  await host.end(new Error('aborted'))
  expect(host.open).toHaveLength(1)
  await host.end('good')
  expect(host.results).toStrictEqual(['bad', 'aborted', 'good'])
})

test('whoever waits can leave', async () => {
  const host = createHost(createCircuitBreaker({ failures: 1 }, createTestClock()))
  host.send()
  await host.end('bad')
  host.send()
  const controller = new AbortController()
  host.send(controller.signal)
  await settle()
  controller.abort(new Error('enough'))
  await settle()
  expect(host.results).toStrictEqual(['bad', 'enough'])
  await host.end('good')
  expect(host.results).toStrictEqual(['bad', 'enough', 'good'])
})

test('a probe can leave before it goes out', async () => {
  const breaker = createCircuitBreaker({ failures: 1, cooldown: 60_000 })
  const host = createHost(breaker)
  host.send()
  await host.end('bad')
  const controller = new AbortController()
  host.send(controller.signal)
  await settle()
  controller.abort(new Error('enough'))
  await settle()
  expect({ results: host.results, open: host.open }).toEqual({
    results: ['bad', 'enough'],
    open: [],
  })
})

test('it takes at least one failure', () => {
  expect(() => createCircuitBreaker({ failures: 0 })).toThrow('a circuit breaker of 0 failures')
})
