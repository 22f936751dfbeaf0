import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGroupCommit } from './group-commit.ts'

test('what comes while one group is committed is the next group', async () => {
  const groups: string[][] = []
  const doors: (() => void)[] = []
  const commit = createGroupCommit<string>((items) => {
    groups.push([...items])
    return new Promise((resolve) => doors.push(resolve))
  })
  const first = [commit('a'), commit('b')]
  await setImmediate()
  const second = [commit('c'), commit('d'), commit('e')]
  await setImmediate()
  expect(groups).toStrictEqual([['a', 'b']])
  doors[0]?.()
  await Promise.all(first)
  await setImmediate()
  expect(groups).toStrictEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
  doors[1]?.()
  await Promise.all(second)
  const third = commit('f')
  await setImmediate()
  doors[2]?.()
  await third
  expect(groups).toHaveLength(3)
})

test('a group that fails, fails for all in it and for no other', async () => {
  const commit = createGroupCommit<number>(async (items) => {
    await setImmediate()
    if (items.includes(1)) throw new Error('disk full')
  })
  const first = [commit(0), commit(1)]
  const outcomes = Promise.allSettled(first)
  await setImmediate()
  await commit(2)
  expect((await outcomes).map(({ status }) => status)).toStrictEqual(['rejected', 'rejected'])
})
