import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAppendFile } from './append-file.ts'

let folder: string
let path: string
let handles: FileHandle

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-append-'))
  path = join(folder, 'file')
  const handle = await open(join(folder, 'other'), 'w')
  handles = Object.getPrototypeOf(handle)
  await handle.close()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const pieces = (...texts: string[]) => texts.map((text) => Buffer.from(text))

test('an append is through when it is on disk, not before', async () => {
  let isSynced = false
  const { datasync } = handles
  vi.spyOn(handles, 'datasync').mockImplementation(async function (this: FileHandle) {
    await setTimeout(50)
    await datasync.call(this)
    isSynced = true
  })
  const file = await createAppendFile(path)
  await file.append(pieces('one', ' two'))
  expect(isSynced).toBe(true)
  expect(file.size()).toBe(7)
  await file.close()
  expect(await readFile(path, 'utf8')).toBe('one two')
})

test('its name is on disk before anything is appended', async () => {
  const sync = vi.spyOn(handles, 'sync')
  await (await createAppendFile(path)).close()
  expect(sync).toHaveBeenCalledTimes(process.platform === 'win32' ? 0 : 1)
})

test('after a failure what came before is there, and nothing more is taken', async () => {
  const file = await createAppendFile(path)
  await file.append(pieces('one'))
  vi.spyOn(handles, 'datasync').mockRejectedValueOnce(new Error('EIO'))
  await expect(file.append(pieces(' two'))).rejects.toThrow('EIO')
  await expect(file.append(pieces(' three'))).rejects.toThrow('EIO')
  expect(file.size()).toBe(3)
  await file.close()
  expect(await readFile(path, 'utf8')).toBe('one')
})

test('what the system does not take at once is written all the same', async () => {
  const { writev } = handles
  vi.spyOn(handles, 'writev').mockImplementationOnce(function (this: FileHandle, buffers) {
    const [first] = buffers as readonly Uint8Array[]
    return writev.call(this, [first!.subarray(0, 2)]) as ReturnType<FileHandle['writev']>
  })
  const file = await createAppendFile(path)
  await file.append(pieces('one', ' two'))
  await file.close()
  expect(await readFile(path, 'utf8')).toBe('one two')
})

test('a file that is there already is left alone', async () => {
  await (await createAppendFile(path)).close()
  await expect(createAppendFile(path)).rejects.toThrow('EEXIST')
})
