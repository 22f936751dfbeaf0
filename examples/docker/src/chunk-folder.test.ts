import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openChunkFolder } from './chunk-folder.ts'

test('chunks stay on disk, also for the next process, until they are delivered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const delivered: object[] = []
  const first = openChunkFolder(folder)
  await first.add([{ n: 1 }, { n: 2 }])
  await first.add([{ n: 3 }])
  const down = async () => Promise.reject(new Error('down'))
  await expect(first.deliver(down)).rejects.toThrow('down')
  expect(readdirSync(folder)).toHaveLength(2)

  const next = openChunkFolder(folder)
  await next.deliver(async (events) => void delivered.push(...events))
  expect(delivered).toHaveLength(3)
  expect(delivered).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }, { n: 3 }]))
  expect(readdirSync(folder)).toEqual([])
})
