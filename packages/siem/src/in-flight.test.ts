import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'

/** Lets everything happen that can happen now. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('what does not fit waits for room, in order, and smaller ones do not overtake', async () => {
  const inFlight = createInFlight(10)
  const order: string[] = []
  const first = await inFlight.acquire(6)
  const second = await inFlight.acquire(4)
  const third = inFlight.acquire(8).then((release) => {
    order.push('third')
    return release
  })
  const fourth = inFlight.acquire(1).then((release) => {
    order.push('fourth')
    return release
  })
  await settle()
  expect({ order: [...order], amount: inFlight.amount() }).toStrictEqual({ order: [], amount: 10 })
  first()
  await settle()
  expect({ order: [...order], amount: inFlight.amount() }).toStrictEqual({ order: [], amount: 4 })
  second()
  await settle()
  expect({ order, amount: inFlight.amount() }).toStrictEqual({
    order: ['third', 'fourth'],
    amount: 9,
  })
  const releases = await Promise.all([third, fourth])
  for (const release of releases) release()
  expect(inFlight.amount()).toBe(0)
})

test('more than the limit goes alone', async () => {
  const inFlight = createInFlight(10)
  const small = await inFlight.acquire(1)
  const large = inFlight.acquire(50)
  await settle()
  expect(inFlight.amount()).toBe(1)
  small()
  await large
  expect(inFlight.amount()).toBe(50)
})

test('giving back twice is giving back once', async () => {
  const inFlight = createInFlight(10)
  const release = await inFlight.acquire(6)
  await inFlight.acquire(4)
  release()
  release()
  expect(inFlight.amount()).toBe(4)
})

describe('whoever no longer wants to wait', () => {
  test('makes room in the queue', async () => {
    const inFlight = createInFlight(10)
    await inFlight.acquire(6)
    const controller = new AbortController()
    const large = inFlight.acquire(8, controller.signal)
    const small = inFlight.acquire(2)
    controller.abort(new Error('enough'))
    await expect(large).rejects.toThrow('enough')
    await small
    expect(inFlight.amount()).toBe(8)
  })

  test('at the moment when there is room gives it back', async () => {
    const inFlight = createInFlight(10)
    const first = await inFlight.acquire(10)
    const controller = new AbortController()
    const second = inFlight.acquire(5, controller.signal)
    const third = inFlight.acquire(10)
    controller.abort(new Error('enough'))
    first()
    await expect(second).rejects.toThrow('enough')
    await third
    expect(inFlight.amount()).toBe(10)
  })

  test('before asking gets nothing', async () => {
    const inFlight = createInFlight(10)
    await expect(inFlight.acquire(1, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    )
    expect(inFlight.amount()).toBe(0)
  })
})

test('it is idle when the last one has given back, whoever waited included', async () => {
  const inFlight = createInFlight(1)
  await inFlight.idle()
  const first = await inFlight.acquire(1)
  const second = inFlight.acquire(1)
  let isIdle = false
  const idle = inFlight.idle().then(() => {
    isIdle = true
  })
  first()
  const release = await second
  await settle()
  expect(isIdle).toBe(false)
  release()
  await idle
})

test('the bound holds and everybody gets a turn, whatever the amounts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 15 })), async (amounts) => {
      const inFlight = createInFlight(10)
      let holders = 0
      const turns: number[] = []
      await Promise.all(
        amounts.map(async (amount, index) => {
          const release = await inFlight.acquire(amount)
          holders += 1
          turns.push(index)
          expect(inFlight.amount() <= 10 || holders === 1).toBe(true)
          await settle()
          holders -= 1
          release()
        }),
      )
      expect(turns).toStrictEqual(amounts.map((_, index) => index))
      expect(inFlight.amount()).toBe(0)
    }),
  )
})

test.each([0, -1, Number.NaN])('a limit of %d is refused', (limit) => {
  expect(() => createInFlight(limit)).toThrow(`the limit of what is under way is ${limit}`)
})
