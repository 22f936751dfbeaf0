import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAdmission } from './admission.ts'

test('requests hold bytes until they leave', () => {
  const admission = createAdmission(100)
  const [first, second, third] = [admission.enter(), admission.enter(), admission.enter()]
  expect(first.hold(60)).toBe(true)
  expect(second.hold(41)).toBe(false)
  expect(second.hold(40)).toBe(true)
  expect(third.hold(1)).toBe(false)
  // It holds as much already.
  expect(first.hold(10)).toBe(true)
  expect(first.hold(61)).toBe(false)
  second.leave()
  second.leave()
  expect(first.hold(100)).toBe(true)
  expect(third.hold(1)).toBe(false)
  first.leave()
  expect(third.hold(1)).toBe(true)
})

test('one that is alone may hold more', () => {
  const admission = createAdmission(100)
  const [large, small] = [admission.enter(), admission.enter()]
  expect(large.hold(1000)).toBe(true)
  expect(large.hold(2000)).toBe(true)
  expect(small.hold(1)).toBe(false)
  large.leave()
  expect(small.hold(1)).toBe(true)
  expect(admission.enter().hold(100)).toBe(false)
})

test('never more than the limit is held, unless by one', () => {
  const steps = fc.array(
    fc.record({
      request: fc.nat(4),
      bytes: fc.integer({ min: 1, max: 200 }),
      leaves: fc.boolean(),
    }),
  )
  fc.assert(
    fc.property(steps, (all) => {
      const admission = createAdmission(100)
      const pending = Array.from({ length: 5 }, () => admission.enter())
      const held = pending.map(() => 0)
      for (const { request, bytes, leaves } of all) {
        if (leaves) {
          pending[request]?.leave()
          held[request] = 0
        } else if (pending[request]?.hold(bytes)) {
          held[request] = Math.max(held[request] ?? 0, bytes)
        }
        const holders = held.filter((each) => each > 0)
        const total = holders.reduce((sum, each) => sum + each, 0)
        expect(holders.length < 2 || total <= 100).toBe(true)
      }
    }),
  )
})
