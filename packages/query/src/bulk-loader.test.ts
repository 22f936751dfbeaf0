import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createBulkLoader } from './bulk-loader.ts'

const folder = mkdtempSync(join(tmpdir(), 'flowlogs-bulk-'))
afterAll(() => rmSync(folder, { recursive: true }))

let loaded: string[]
beforeEach(() => {
  loaded = []
})

test('files are loaded in order, one at a time, and deleted', async () => {
  let active = 0
  const loader = createBulkLoader(
    join(folder, 'lines'),
    async (path) => {
      expect(++active).toBe(1)
      await new Promise((done) => setTimeout(done, 5))
      loaded.push(readFileSync(path, 'utf8'))
      active--
    },
    10,
  )
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n', 'five\n']) {
    await loader.write(Buffer.from(line))
  }
  await loader.write(new Uint8Array())
  await loader.flush()
  await loader.flush()
  expect(loaded).toEqual(['one\ntwo\nthree\n', 'four\nfive\n'])
  expect(readdirSync(folder)).toEqual([])
})

test('what cannot be loaded is told by the next step', async () => {
  const loader = createBulkLoader(
    join(folder, 'lines'),
    () => Promise.reject(new Error('not like this')),
    1,
  )
  await loader.write(Buffer.from('one\n'))
  await expect(loader.write(Buffer.from('two\n'))).rejects.toThrow('not like this')
  expect(readdirSync(folder)).toHaveLength(1)
})
