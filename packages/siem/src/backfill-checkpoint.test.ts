import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BackfillFile, createBackfillCheckpoint } from './backfill-checkpoint.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-backfill-'))
  path = join(folder, 'deep', 'checkpoint')
})
afterEach(() => rm(folder, { recursive: true }))

const files: readonly BackfillFile[] = Array.from({ length: 50 }, (_, index) => ({
  path: `AWSLogs/123456789012/vpcflowlogs/é\n"${index}".log.gz`,
  size: index,
  mtimeMs: 1_763_769_540_000.25 + index,
}))

async function doneIn(path: string): Promise<BackfillFile[]> {
  const checkpoint = await createBackfillCheckpoint(path)
  const done = files.filter(checkpoint.isDone)
  await checkpoint.close()
  return done
}

test('what is done is known to the next run, and to this one', async () => {
  const checkpoint = await createBackfillCheckpoint(path)
  expect(files.filter(checkpoint.isDone)).toStrictEqual([])
  await Promise.all(files.slice(0, 30).map(checkpoint.done))
  expect(files.filter(checkpoint.isDone)).toStrictEqual(files.slice(0, 30))
  await checkpoint.close()
  expect(await doneIn(path)).toStrictEqual(files.slice(0, 30))
})

test('a file that has changed is not done', async () => {
  const checkpoint = await createBackfillCheckpoint(path)
  const [file] = files
  await checkpoint.done(file!)
  expect(checkpoint.isDone({ ...file! })).toBe(true)
  expect(checkpoint.isDone({ ...file!, size: 1 })).toBe(false)
  expect(checkpoint.isDone({ ...file!, mtimeMs: 1 })).toBe(false)
  await checkpoint.close()
})

test('cut off anywhere, it forgets no more than the end, and goes on', async () => {
  const whole = await createBackfillCheckpoint(path)
  for (const file of files.slice(0, 3)) await whole.done(file)
  await whole.close()
  const bytes = await readFile(path)
  for (let size = 0; size <= bytes.length; size++) {
    await writeFile(path, bytes.subarray(0, size))
    const before = await doneIn(path)
    expect(before).toStrictEqual(files.slice(0, before.length))
    const checkpoint = await createBackfillCheckpoint(path)
    await checkpoint.done(files[9]!)
    await checkpoint.close()
    expect(await doneIn(path)).toStrictEqual([...before, files[9]])
  }
})

test('a directory in its place is an error', async () => {
  await expect(createBackfillCheckpoint(folder)).rejects.toThrow('EISDIR')
})
