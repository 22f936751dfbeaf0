import { expect, test } from 'vitest'
import { pace } from './pace.ts'

test('items come no faster than told, and what is late is made up for', async () => {
  let time = 0
  const wait = async (milliseconds: number) => {
    time += milliseconds
  }
  const times: number[] = []
  for await (const item of pace([1, 2, 3, 4, 5], 10, { now: () => time, wait })) {
    times.push(time)
    // The second one takes long.
    if (item === 2) time += 150
  }
  expect(times).toEqual([0, 100, 250, 300, 400])
})
