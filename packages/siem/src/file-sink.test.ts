import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import type { Compression } from './file-encoder.ts'
import { createFileSink } from './file-sink.ts'
import { runProgram, runUntilKilled } from './program.test-support.ts'
import { recoverFiles } from './recover-files.ts'
import { splitBatch } from './sink-stage.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'

const compressions: readonly Compression[] = ['none', 'gzip', 'zstd']

/** The lines of a file, which has to be whole. */
async function linesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path)
  const decode = path.endsWith('.gz') ? gunzipSync : path.endsWith('.zst') && zstdDecompressSync
  const text = (decode ? decode(bytes) : bytes).toString()
  expect(text).toMatch(/\n$/)
  return text.split('\n').slice(0, -1)
}

/** The lines of all files, which all have to be complete. */
async function readStored(folder: string): Promise<string[][]> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) expect(name).toMatch(/\.ndjson(\.gz|\.zst)?$/)
  return Promise.all(names.sort().map((name) => linesOf(join(folder, name))))
}

describe.each(compressions)('compression %s', (compression) => {
  describeSink(`a file sink`, {
    create: ({ folder, ...settings }) =>
      createFileSink({ ...settings, directory: folder, compression }),
    readStored,
  })
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-files-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

describe('a file is closed', () => {
  test('when it is full; names sort in the order of writing', async () => {
    const parts = splitBatch(createBatch(50), 10)
    const maxFileBytes = parts[0]!.output.length + 1
    const sink = createFileSink({ directory: folder, maxFileBytes })
    for (const part of parts) await sink.deliver(part)
    await sink.close()
    expect((await readStored(folder)).map((lines) => lines.length)).toStrictEqual([20, 20, 10])
    expect((await readStored(folder)).flat()).toStrictEqual(parts.flatMap(documentsOf))
  })

  test('as soon as it is full', async () => {
    const sink = createFileSink({ directory: folder, maxFileBytes: 1 })
    await sink.deliver(createBatch(1))
    await vi.waitFor(async () => expect(await readStored(folder)).toHaveLength(1))
    await sink.close()
  })

  test('when it is old, also if nothing more comes', async () => {
    const sink = createFileSink({ directory: folder, maxFileAge: 100 })
    await sink.deliver(createBatch(3))
    expect(await readdir(folder)).toStrictEqual([expect.stringMatching(/\.ndjson\.partial$/)])
    await vi.waitFor(async () => expect(await readStored(folder)).toHaveLength(1))
    await sink.deliver(createBatch(3))
    await sink.close()
    expect((await readStored(folder)).map((lines) => lines.length)).toStrictEqual([3, 3])
  })

  test('and its name tells when it was begun, whatever the clock does', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-22T06:25:00.123Z') })
    const sink = createFileSink({ directory: folder, maxFileBytes: 1 })
    await sink.deliver(createBatch(1))
    vi.setSystemTime(Date.parse('2026-11-22T06:24:00Z'))
    await sink.deliver(createBatch(1))
    await sink.close()
    const name = /^flowlogs-20261122T062500123Z-[0-9a-f]{8}-00000([12])\.ndjson$/
    expect((await readdir(folder)).sort().map((each) => name.exec(each)?.[1])).toStrictEqual([
      '1',
      '2',
    ])
  })
})

describe.each(compressions)(
  'what was delivered is durable before a file is closed: %s',
  (compression) => {
    /** What a crash would leave, after each of some deliveries. */
    async function crash(): Promise<{
      path: string
      bytes: Buffer
      ends: number[]
      parts: string[][]
    }> {
      const sink = createFileSink({ directory: folder, compression })
      const parts = splitBatch(createBatch(40), 10)
      const ends: number[] = []
      let path = ''
      for (const part of parts) {
        await sink.deliver(part)
        path = join(folder, (await readdir(folder))[0]!)
        ends.push((await readFile(path)).length)
      }
      const bytes = await readFile(path)
      await sink.close()
      return { path, bytes, ends, parts: parts.map(documentsOf) }
    }

    test('and is completed after a crash, wherever the file was cut off', async () => {
      const { path, bytes, ends, parts } = await crash()
      const directory = join(path, '..')
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: bytes.length }), async (size) => {
          await rm(directory, { recursive: true, force: true })
          await mkdir(directory)
          await writeFile(path, bytes.subarray(0, size))
          const paths = await recoverFiles(directory)
          const lines = (await readStored(directory)).flat()
          const delivered = parts.filter((_, index) => ends[index]! <= size).flat()
          expect(lines.slice(0, delivered.length)).toStrictEqual(delivered)
          expect(lines).toStrictEqual(parts.flat().slice(0, lines.length))
          expect(paths).toStrictEqual(lines.length > 0 ? [path.replace('.partial', '')] : [])
        }),
        { numRuns: 60, examples: [[0], [bytes.length], [ends[0]!], [ends[2]! + 1]] },
      )
    })

    const tools = { none: 'cat', gzip: 'gzip -dcq', zstd: 'zstd -dcq' }
    const tool = tools[compression].split(' ')[0]!
    const isThere = (() => {
      try {
        execFileSync('which', [tool])
        return true
      } catch {
        return false
      }
    })()

    test.skipIf(!isThere)(`and ${tool} reads it`, async () => {
      const { path, bytes, parts } = await crash()
      const text = execFileSync('sh', ['-c', `${tools[compression]} || true`], {
        input: bytes,
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      expect(path).toMatch(/\.partial$/)
      expect(text.toString().split('\n').slice(0, -1)).toStrictEqual(parts.flat())
    })
  },
)

test.each(compressions)(
  'a kill at any moment loses nothing: %s',
  { timeout: 120_000 },
  async (compression) => {
    const program = `
    import { writeSync } from 'node:fs'
    import { createTransform, recordMapping } from '@flowlogs/core'
    import { createFileSink } from '@flowlogs/siem'
    const [run, directory, compression] = process.argv.slice(2)
    const sink = createFileSink({ directory, compression, maxFileBytes: 100_000, maxFileAge: 100 })
    const transform = createTransform({ format: 'bytes packets', mapping: recordMapping, index: true })
    let next = 0
    async function work(size) {
      for (;;) {
        const lines = Array.from({ length: size }, () => \`\${++next} \${run}\`)
        const batch = transform(lines.join('\\n'))
        await sink.deliver(batch)
        writeSync(1, batch.output)
      }
    }
    await Promise.all([1, 2, 30, 500].map(work))`
    const acknowledged: string[] = []
    for (const [run, milliseconds] of [5, 50, 110, 180, 260].entries()) {
      const values = [String(run), folder, compression]
      acknowledged.push(...(await runUntilKilled(milliseconds, program, values)))
    }
    await recoverFiles(folder)
    const lines = (await readStored(folder)).flat()
    const stored = new Set(lines)
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(acknowledged.filter((line) => !stored.has(line))).toStrictEqual([])
    expect(stored.size).toBe(lines.length)
  },
)

test('recovery leaves everything else alone', async () => {
  await writeFile(join(folder, 'notes.txt.partial'), 'mine')
  await writeFile(join(folder, 'a.ndjson'), '{}\n')
  expect(await recoverFiles(folder)).toStrictEqual([])
  expect((await readdir(folder)).sort()).toStrictEqual(['a.ndjson', 'notes.txt.partial'])
})

test('recovery of a damaged file says so, and leaves it', async () => {
  const name = 'a.ndjson.gz.partial'
  await writeFile(join(folder, name), 'not gzip at all')
  await expect(recoverFiles(folder)).rejects.toThrow('incorrect header check')
  expect(await readdir(folder)).toContain(name)
})

describe('failures', () => {
  test('a directory that cannot be made makes delivery reject; later it is tried again', async () => {
    const directory = join(folder, 'blocked')
    await appendFile(directory, '')
    const sink = createFileSink({ directory })
    await expect(sink.deliver(createBatch(1))).rejects.toThrow(/EEXIST|ENOTDIR/)
    await rm(directory)
    await sink.deliver(createBatch(1))
    await sink.close()
    expect((await readStored(directory)).flat()).toHaveLength(1)
  })

  test.each([
    [{ compression: 'brotli' as 'none' }, 'the compression of files is one of'],
    [{ maxFileBytes: 0 }, 'files of 0 bytes'],
    [{ maxFileAge: 2 ** 31 }, 'maxFileAge is to be'],
  ])('options %j are refused', (options, message) => {
    expect(() => createFileSink({ directory: folder, ...options })).toThrow(message)
  })

  test('a write that fails spoils nothing that was written before', async () => {
    // Files of 64 KiB are all that this process may write.
    const program = `
      import { createFileSink } from '@flowlogs/siem'
      import { createBatch } from './src/batch.test-support.ts'
      const sink = createFileSink({ directory: process.argv[2] })
      await sink.deliver(createBatch(20))
      await sink.deliver(createBatch(2_000)).catch(({ code }) => console.log(code))
      await sink.deliver(createBatch(20))
      await sink.close()`
    const { printed } = await runProgram(program, [folder], { limit: 'ulimit -f 64' })
    expect(printed).toBe('EFBIG\n')
    expect(await recoverFiles(folder)).toHaveLength(1)
    const lines = documentsOf(createBatch(20))
    expect(await readStored(folder)).toStrictEqual([lines, lines])
  })
})
