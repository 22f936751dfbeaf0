import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { lockDirectory } from './directory-lock.ts'
import { startProgram } from './program.test-support.ts'

const quick = { heartbeat: 40, patience: 300 }
const busy = 'is in use by another process'
let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-lock-'))
  path = join(folder, 'lock')
})
afterEach(() => rm(folder, { recursive: true }))

/** A process that has the directory until it is killed. */
async function startHolder(): Promise<ReturnType<typeof startProgram>> {
  const child = startProgram(
    `
    import { createSpool } from '@flowlogs/siem'
    await createSpool({ directory: process.argv[2], sink: {} })
    console.log('locked')
    setInterval(() => {}, 1_000)`,
    [folder],
  )
  await once(child.stdout!, 'data')
  return child
}

test('a directory that was released can be locked again', async () => {
  const lock = await lockDirectory(folder)
  await lock.release()
  expect(await readdir(folder)).toStrictEqual([])
  await (await lockDirectory(folder)).release()
})

test('a living process keeps it, a killed one has lost it at once', async () => {
  const child = await startHolder()
  try {
    await expect(lockDirectory(folder)).rejects.toThrow(busy)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const start = performance.now()
  const lock = await lockDirectory(folder, { patience: 60_000 })
  expect(performance.now() - start).toBeLessThan(30_000)
  await lock.release()
})

test('this process keeps it from itself', async () => {
  const lock = await lockDirectory(folder, quick)
  await expect(lockDirectory(folder, quick)).rejects.toThrow(busy)
  expect(lock.lost.aborted).toBe(false)
  await lock.release()
})

describe('a holder on another machine', () => {
  const holder = JSON.stringify({ token: 'x', place: 'elsewhere', process: 1 })

  test('is alive while it touches its file', async () => {
    await writeFile(path, holder)
    const timer = setInterval(() => void utimes(path, new Date(), new Date()), 20)
    try {
      await expect(lockDirectory(folder, quick)).rejects.toThrow(busy)
    } finally {
      clearInterval(timer)
    }
    expect(await readFile(path, 'utf8')).toBe(holder)
  })

  test.each([
    ['of which nothing is known', holder],
    ['whose file was cut off', holder.slice(0, 9)],
    ['here, with the number of this process', holder.replace('elsewhere', hostname())],
  ])('is dead when it does not: one %s', async (_, text) => {
    await writeFile(path, text)
    const lock = await lockDirectory(folder, quick)
    expect(await readFile(path, 'utf8')).not.toBe(text)
    await lock.release()
  })

  test('that leaves is not waited for any longer', async () => {
    await writeFile(path, holder)
    void setTimeout(60).then(() => rm(path))
    const lock = await lockDirectory(folder, { heartbeat: 40, patience: 60_000 })
    await lock.release()
  })
})

test('of several that come at once when a holder is dead, one gets it', async () => {
  await writeFile(path, 'dead')
  const locks = await Promise.allSettled(
    Array.from({ length: 6 }, () => lockDirectory(folder, quick)),
  )
  const held = locks.filter((lock) => lock.status === 'fulfilled')
  expect(held).toHaveLength(1)
  await held[0]?.value.release()
})

test('a holder notices that another one has taken over, and leaves that one alone', async () => {
  const lock = await lockDirectory(folder, quick)
  await writeFile(path, 'another')
  await vi.waitFor(() => expect(lock.lost.aborted).toBe(true))
  expect(lock.lost.reason.message).toMatch('was taken over by another process')
  await lock.release()
  expect(await readFile(path, 'utf8')).toBe('another')
})
