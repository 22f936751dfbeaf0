import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRoom } from './spool-room.ts'

const { signal } = new AbortController()

test('what does not fit waits, in order, and smaller ones do not overtake', async () => {
  const room = createRoom(10)
  await room.take(6, signal)
  const order: number[] = []
  const takes = [8, 1].map((bytes) => room.take(bytes, signal).then(() => order.push(bytes)))
  await setImmediate()
  expect({ order: [...order], used: room.used(), isWanted: room.isWanted() }).toStrictEqual({
    order: [],
    used: 6,
    isWanted: true,
  })
  room.giveBack(6)
  await Promise.all(takes)
  expect({ order, used: room.used(), isWanted: room.isWanted() }).toStrictEqual({
    order: [8, 1],
    used: 9,
    isWanted: false,
  })
})

test('more than all of it waits until it is empty', async () => {
  const room = createRoom(10)
  room.occupy(30)
  const taken = room.take(50, signal)
  room.giveBack(29)
  expect(room.used()).toBe(1)
  room.giveBack(1)
  await taken
  expect(room.used()).toBe(50)
})

test('whoever no longer wants to wait makes room for the next', async () => {
  const room = createRoom(10)
  await room.take(6, signal)
  const controller = new AbortController()
  const large = room.take(8, controller.signal)
  const small = room.take(2, signal)
  controller.abort(new Error('enough'))
  await expect(large).rejects.toThrow('enough')
  await small
  expect(room.used()).toBe(8)
  await expect(room.take(1, controller.signal)).rejects.toThrow('enough')
  expect(room.used()).toBe(8)
})

test('whoever gives up at the moment when there is room gives it back', async () => {
  const room = createRoom(10)
  await room.take(10, signal)
  const controller = new AbortController()
  const second = room.take(5, controller.signal)
  const third = room.take(10, signal)
  controller.abort(new Error('enough'))
  room.giveBack(10)
  await expect(second).rejects.toThrow('enough')
  await third
  expect(room.used()).toBe(10)
})

test('the bound holds and everybody gets a turn, whatever the amounts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 })), async (amounts) => {
      const room = createRoom(10)
      const turns: number[] = []
      await Promise.all(
        amounts.map(async (bytes, index) => {
          await room.take(bytes, signal)
          turns.push(index)
          expect(room.used() <= 10 || room.used() === bytes).toBe(true)
          await setImmediate()
          room.giveBack(bytes)
        }),
      )
      expect(turns).toStrictEqual(amounts.map((_, index) => index))
      expect(room.used()).toBe(0)
    }),
  )
})
