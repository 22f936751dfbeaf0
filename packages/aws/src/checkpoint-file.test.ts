import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCheckpointFile } from './checkpoint-file.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'))
  path = join(folder, 'flow-logs.json')
})

afterEach(() => rm(folder, { recursive: true }))

const position = {
  after: '49590338271490256608559692538361571095921575989136588898',
  arrived: '2026-11-22T06:00:00.000Z',
  readUntil: '2026-11-22T06:00:05.000Z',
}

const document = {
  version: 1,
  stream: 'flow-logs',
  start: '2026-11-21T00:00:00.000Z',
  shards: {
    'shardId-000000000000': 'finished',
    'shardId-000000000001': position,
    'shardId-000000000002': { readUntil: position.readUntil },
  },
}

describe('a file that is not there yet', () => {
  test('is made at once, so that nothing is read that could not be noted', async () => {
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    expect([file.start, file.shards.size]).toStrictEqual(['trim_horizon', 0])
    expect(await readFile(path, 'utf8')).toBe(
      '{\n  "version": 1,\n  "stream": "flow-logs",\n  "start": "trim_horizon",\n  "shards": {}\n}\n',
    )
  })

  test('cannot be in a folder that is not there', async () => {
    const nowhere = join(folder, 'no', 'file.json')
    await expect(openCheckpointFile(nowhere, 'flow-logs', 'trim_horizon')).rejects.toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: expect.stringContaining(
          `the checkpoint file ${nowhere} cannot be written: ENOENT`,
        ),
      }),
    )
  })

  test('cannot be a folder', async () => {
    await mkdir(path)
    await expect(openCheckpointFile(path, 'flow-logs', 'trim_horizon')).rejects.toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: expect.stringContaining(`the checkpoint file ${path} cannot be read: EISDIR`),
      }),
    )
  })
})

describe('a file that is there', () => {
  test('knows its shards and where the stream was begun, whatever is asked for now', async () => {
    await writeFile(path, JSON.stringify(document))
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    expect(file.start).toStrictEqual(new Date('2026-11-21T00:00:00.000Z'))
    expect(Object.fromEntries(file.shards)).toStrictEqual(document.shards)
  })

  test('is replaced by what is saved, and nothing else is left behind', async () => {
    await writeFile(path, JSON.stringify(document))
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    await file.save('shardId-000000000001', 'finished')
    await file.save('shardId-000000000003', position)
    expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual({
      ...document,
      shards: {
        ...document.shards,
        'shardId-000000000001': 'finished',
        'shardId-000000000003': position,
      },
    })
    expect(await readdir(folder)).toStrictEqual(['flow-logs.json'])
  })

  test('forgets shards that are finished and gone', async () => {
    await writeFile(path, JSON.stringify(document))
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    file.prune(new Set(['shardId-000000000000']))
    expect([...file.shards.keys()]).toHaveLength(3)
    file.prune(new Set())
    await file.save('shardId-000000000001', 'finished')
    expect(Object.keys(JSON.parse(await readFile(path, 'utf8')).shards)).toStrictEqual([
      'shardId-000000000001',
      'shardId-000000000002',
    ])
  })

  test('is whole whenever it is read, however many save at once', async () => {
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    let isSaving = true
    const saving = Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        for (let round = 1; round <= 10; round++) {
          await file.save(`shard ${index}`, { ...position, after: String(round) })
          const { shards } = JSON.parse(await readFile(path, 'utf8'))
          // What resolved is on disk.
          expect(shards[`shard ${index}`].after).toBe(String(round))
        }
      }),
    ).finally(() => {
      isSaving = false
    })
    let reads = 0
    for (; isSaving; reads++) expect(JSON.parse(await readFile(path, 'utf8')).version).toBe(1)
    await saving
    expect(reads).toBeGreaterThan(0)
  })

  test('says when it could not be written, and goes on when it can', async () => {
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    await mkdir(`${path}.tmp`)
    await expect(file.save('a', position)).rejects.toThrow('EISDIR')
    await rm(`${path}.tmp`, { recursive: true })
    await file.save('b', 'finished')
    expect(JSON.parse(await readFile(path, 'utf8')).shards).toStrictEqual({
      a: position,
      b: 'finished',
    })
  })

  test('may stand beside the rest of a write that was cut short', async () => {
    await writeFile(path, JSON.stringify(document))
    await writeFile(`${path}.tmp`, '{"version": 1, "str')
    const file = await openCheckpointFile(path, 'flow-logs', 'trim_horizon')
    expect(file.shards.size).toBe(3)
  })
})

describe('a file that cannot be right is a configuration error', () => {
  const shard = (state: unknown) => JSON.stringify({ ...document, shards: { s: state } })
  test.each([
    ['', 'is not JSON'],
    [JSON.stringify(document).slice(0, -1), 'is not JSON'],
    ['[]', 'is not a JSON object'],
    ['{}', 'has the version undefined, and this program reads version 1'],
    ['{"version":2}', 'has the version 2, and this program reads version 1'],
    [
      JSON.stringify({ ...document, stream: 'other' }),
      'is that of the stream "other", not of "flow-logs"',
    ],
    [
      JSON.stringify({ ...document, start: 'latest' }),
      'has no "start" that is "trim_horizon" or a time',
    ],
    [JSON.stringify({ ...document, shards: [] }), 'has no object "shards"'],
    [shard(null), 'has no proper state of the shard "s"'],
    [shard('done'), 'has no proper state of the shard "s"'],
    [shard({}), 'has no proper state of the shard "s"'],
    [shard({ ...position, after: 'x' }), 'has no proper state of the shard "s"'],
    [shard({ ...position, after: 5 }), 'has no proper state of the shard "s"'],
    [shard({ ...position, after: undefined }), 'has no proper state of the shard "s"'],
    [shard({ ...position, arrived: undefined }), 'has no proper state of the shard "s"'],
    [shard({ ...position, arrived: 'yesterday' }), 'has no proper state of the shard "s"'],
    [shard({ ...position, readUntil: 5 }), 'has no proper state of the shard "s"'],
  ])('%s', async (text, problem) => {
    await writeFile(path, text)
    await expect(openCheckpointFile(path, 'flow-logs', 'trim_horizon')).rejects.toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: `the checkpoint file ${path} ${problem}`,
      }),
    )
    // And it is left as it is.
    expect(await readFile(path, 'utf8')).toBe(text)
  })
})
