import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGate } from './gate.ts'

const { signal } = new AbortController()

test('what does not fit waits in line, also when something narrower comes after it', async () => {
  const gate = createGate(10)
  const entered: string[] = []
  const enter = (name: string, width: number) =>
    gate.enter(width, signal).then(() => entered.push(name))
  await enter('a', 8)
  const waiting = [enter('wide', 20), enter('b', 2)]
  await Promise.resolve()
  expect(entered).toEqual(['a'])
  gate.leave(8)
  await waiting[0]
  expect(entered).toEqual(['a', 'wide'])
  gate.leave(20)
  await waiting[1]
  expect(entered).toEqual(['a', 'wide', 'b'])
})

test('who gives up leaves the line to the others', async () => {
  const gate = createGate(1)
  await gate.enter(1, signal)
  const controller = new AbortController()
  const impatient = gate.enter(1, controller.signal)
  const patient = gate.enter(1, signal)
  controller.abort(new Error('no time'))
  await expect(impatient).rejects.toThrow('no time')
  await expect(gate.enter(1, controller.signal)).rejects.toThrow('no time')
  gate.leave(1)
  await patient
})

test('never more inside than fits, unless one is alone, and all get through in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 })), async (widths) => {
      const gate = createGate(10)
      const inside: number[] = []
      const order: number[] = []
      await Promise.all(
        widths.map(async (width, index) => {
          await gate.enter(width, signal)
          order.push(index)
          inside.push(width)
          const total = inside.reduce((sum, each) => sum + each, 0)
          expect(total <= 10 || inside.length === 1).toBe(true)
          await Promise.resolve()
          inside.splice(inside.indexOf(width), 1)
          gate.leave(width)
        }),
      )
      expect(order).toEqual(widths.map((_, index) => index))
    }),
  )
})
