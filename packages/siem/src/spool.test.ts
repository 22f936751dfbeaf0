import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBatch, documentsOf } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter } from './dead-letter.ts'
import { deliveryError } from './delivery-error.ts'
import { createHttpSink, createSimpleReceiver } from './http-sink.test-support.ts'
import type { Batch, Sink } from './sink.ts'
import { splitBatch } from './sink-stage.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'
import { createSpool, type SpoolOptions } from './spool.ts'
import type { SpoolProblem } from './spool-delivery.ts'

const quick = { retry: { initialDelay: 5, maxDelay: 50 }, drainTimeout: 1_000 }

describeSink('a spool before a simple HTTP sink', {
  create: ({ folder, url, retry, exchange, deadLetter, ...settings }) =>
    createSpool({
      ...quick,
      ...settings,
      directory: folder,
      sink: createHttpSink({ url, retry, exchange, ...(deadLetter && { deadLetter }) }),
    }),
  createReceiver: createSimpleReceiver,
  isSpool: true,
})

let folder: string
const open: Sink[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-spool-'))
})
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((spool) => spool.close()))
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

interface Inner extends Sink {
  readonly got: Batch[]
  /** What each delivery waits for and does. */
  act: (batch: Batch) => Promise<unknown>
  flushes: number
}

/** A sink that does what the test says. */
function createInner(act: Inner['act'] = async () => {}): Inner {
  const inner: Inner = {
    got: [],
    act,
    flushes: 0,
    async deliver(batch) {
      inner.got.push(batch)
      await inner.act(batch)
      return { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0, reasons: {} }
    },
    async flush() {
      inner.flushes += 1
    },
    async ready() {
      throw new Error('the receiver is down')
    },
    async close() {},
  }
  return inner
}

async function start(sink: Sink, options: Partial<SpoolOptions> = {}): Promise<Sink> {
  const spool = await createSpool({ ...quick, directory: folder, sink, ...options })
  open.push(spool)
  return spool
}

/** A sink whose receiver is down. */
function createFailing(): Inner {
  return createInner(async () => {
    throw deliveryError('deadline', 'down')
  })
}

/** Lets the next process find what this one could not deliver. */
const down = { drainTimeout: 20, onProblem() {} }

function linesOf(batches: readonly Batch[]): string[] {
  return batches.flatMap((batch) => documentsOf(batch as Required<Batch>))
}

async function bytesOnDisk(): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.frames'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

describe('delivery', () => {
  test('is through when the batch is on disk, whatever the sink does', async () => {
    const batch = createBatch(5, ['bad'])
    const spool = await start(createFailing(), down)
    expect(await spool.deliver(batch)).toStrictEqual({
      accepted: 5,
      duplicates: 0,
      retried: 0,
      deadLettered: 0,
      reasons: {},
    })
    const [segment = ''] = (await readdir(folder)).filter((name) => name.endsWith('.frames'))
    expect((await readFile(join(folder, segment))).includes(Buffer.from(batch.output))).toBe(true)
  })

  test('keeps events, index, bad lines and ledger, and the order', async () => {
    const parts = [...splitBatch(createBatch(20), 5), createBatch(0, ['bad', '2 bad'])]
    const inner = createInner()
    const spool = await start(inner)
    for (const part of parts) {
      await spool.deliver(part)
      await spool.flush()
    }
    expect(inner.got.map((batch) => ({ ...batch, output: Buffer.from(batch.output) }))).toEqual(
      parts.map((batch) => ({ ...batch, output: Buffer.from(batch.output) })),
    )
  })

  test('of what has waited comes in fewer batches', async () => {
    const parts = splitBatch(createBatch(100), 1)
    const inner = createInner()
    const first = await start(createFailing(), down)
    await Promise.all(parts.map((part) => first.deliver(part)))
    await first.close()
    const spool = await start(inner)
    await spool.flush()
    expect(inner.got).toHaveLength(1)
    expect(linesOf(inner.got)).toStrictEqual(linesOf(parts))
  })

  test('goes on beside a batch that the sink holds for long', async () => {
    const parts = splitBatch(createBatch(6), 1)
    let release = () => {}
    const gathered = new Promise<void>((resolve) => {
      release = resolve
    })
    const inner = createInner(() => gathered)
    const spool = await start(inner)
    for (const part of parts) {
      await spool.deliver(part)
      await vi.waitFor(() => expect(linesOf(inner.got)).toContain(linesOf([part])[0]))
    }
    release()
    await spool.flush()
    expect(linesOf(inner.got)).toStrictEqual(linesOf(parts))
  })

  test('is tried until it succeeds', async () => {
    const problems: SpoolProblem[] = []
    const batch = createBatch(3)
    let failures = 0
    const inner = createInner(async () => {
      failures += 1
      if (failures <= 20) throw deliveryError('deadline', 'not decided')
    })
    const spool = await start(inner, { onProblem: (problem) => problems.push(problem) })
    await spool.deliver(batch)
    await spool.flush()
    expect(inner.got).toHaveLength(21)
    expect(problems).toHaveLength(20)
    expect(problems[0]).toStrictEqual({
      code: 'undelivered',
      message: 'DeliveryError: not decided',
    })
  })

  test('needs an index', async () => {
    const { events, ...batch } = createBatch(1)
    const spool = await start(createInner())
    await expect(spool.deliver(batch)).rejects.toThrow('index: true')
  })
})

describe('what the sink refuses, having no dead letter', () => {
  test('goes to the dead letter of the spool, that batch and no other', async () => {
    const parts = splitBatch(createBatch(12), 3)
    const [bad] = linesOf([parts[1]!])
    const problems: SpoolProblem[] = []
    const inner = createInner(async (batch) => {
      if (linesOf([batch]).includes(bad!)) throw deliveryError('refused', '1 event was refused')
    })
    const spool = await start(inner, { onProblem: (problem) => problems.push(problem) })
    await Promise.all(parts.map((part) => spool.deliver(part)))
    await spool.flush()
    const dead = await readAll(join(folder, 'refused'))
    expect(
      dead.map((entry) => 'event' in entry && Buffer.from(entry.event).toString()),
    ).toStrictEqual(linesOf([parts[1]!]))
    expect(dead[0]).toMatchObject({
      sink: 'spool',
      reason: 'refused',
      message: 'DeliveryError: 1 event was refused',
      id: parts[1]?.events.ids[0],
    })
    expect(problems.map(({ code }) => code)).toStrictEqual(['refused'])
    expect(await bytesOnDisk()).toBeLessThanOrEqual(
      parts.reduce((sum, { output }) => sum + output.length * 3, 0),
    )
  })

  test('stays on disk as long as the dead letter cannot be written', async () => {
    await writeFile(join(folder, 'blocked'), '')
    const problems: SpoolProblem[] = []
    const inner = createInner(async () => {
      throw deliveryError('refused', 'no')
    })
    const deadLetter = createDeadLetter({ path: join(folder, 'blocked', 'dead.ndjson') })
    const spool = await start(inner, { deadLetter, onProblem: (each) => problems.push(each) })
    await spool.deliver(createBatch(2))
    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(2))
    await rm(join(folder, 'blocked'))
    await spool.flush()
    expect(new Set(problems.map(({ code }) => code))).toStrictEqual(new Set(['disk', 'refused']))
    expect(await readAll(join(folder, 'blocked'))).toHaveLength(2)
  })
})

describe('a full spool', () => {
  test('makes delivery wait, and room comes back with every delivered batch', async () => {
    const parts = splitBatch(createBatch(200), 10)
    const size = parts[0]!.output.length
    const maxBytes = size * 4
    let most = 0
    const inner = createInner(async () => {
      most = Math.max(most, await bytesOnDisk())
      await setTimeout(5)
    })
    const spool = await start(inner, { maxBytes, maxInFlightBytes: size * 2 })
    await Promise.all(parts.map((part) => spool.deliver(part)))
    await spool.flush()
    expect(linesOf(inner.got).sort()).toStrictEqual(linesOf(parts).sort())
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(maxBytes)
  })

  test('is not ready, and an empty one is, also when the receiver is down', async () => {
    const [first, second] = splitBatch(createBatch(20), 10)
    const inner = createFailing()
    const spool = await start(inner, { ...down, maxBytes: first!.output.length * 2 })
    await spool.deliver(first!)
    await spool.ready()
    const waiting = spool.deliver(second!)
    await setTimeout(20)
    await expect(spool.ready()).rejects.toThrow(/^the spool is full: \d+ bytes wait$/)
    inner.act = async () => {}
    await waiting
    await spool.flush()
    await spool.ready()
    await spool.close()
    await expect(spool.ready()).rejects.toMatchObject({ code: 'closed' })
  })

  test('takes a batch that is larger than it by itself', async () => {
    const batch = createBatch(100)
    const inner = createInner()
    const spool = await start(inner, { maxBytes: 1000 })
    await Promise.all([spool.deliver(createBatch(1)), spool.deliver(batch), spool.deliver(batch)])
    await spool.flush()
    expect(linesOf(inner.got)).toHaveLength(201)
  })

  test('makes delivery reject after the deadline, and that batch is not on disk', async () => {
    const [first, second] = splitBatch(createBatch(20), 10)
    const spool = await start(createFailing(), {
      ...down,
      maxBytes: first!.output.length * 2,
      deadline: 50,
    })
    await spool.deliver(first!)
    const before = await bytesOnDisk()
    await expect(spool.deliver(second!)).rejects.toMatchObject({
      code: 'deadline',
      message: 'the spool was full for 50 ms',
    })
    expect(await bytesOnDisk()).toBe(before)
  })

  test('stays full after a restart', async () => {
    const [first, second] = splitBatch(createBatch(20), 10)
    const maxBytes = first!.output.length * 2
    const one = await start(createFailing(), { ...down, maxBytes })
    await one.deliver(first!)
    await one.close()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const inner = createInner(() => held)
    const two = await start(inner, { maxBytes })
    let isTaken = false
    const taken = two.deliver(second!).then(() => {
      isTaken = true
    })
    await setTimeout(50)
    expect(isTaken).toBe(false)
    release()
    await taken
    await two.flush()
    expect(linesOf(inner.got)).toStrictEqual(linesOf([first!, second!]))
  })
})

describe('the end', () => {
  test('of a spool whose sink does not answer comes in time, and nothing is lost', async () => {
    const batch = createBatch(5)
    const spool = await start(createFailing(), { drainTimeout: 50, onProblem: () => {} })
    await spool.deliver(batch)
    await spool.close()
    await expect(spool.flush()).rejects.toMatchObject({ code: 'closed' })
    const inner = createInner()
    const next = await start(inner)
    await next.flush()
    expect(linesOf(inner.got)).toStrictEqual(linesOf([batch]))
  })

  test('leaves an empty directory when all is delivered', async () => {
    const inner = createInner()
    const spool = await start(inner)
    await Promise.all(splitBatch(createBatch(50), 5).map((part) => spool.deliver(part)))
    await spool.close()
    expect(await readdir(folder)).toStrictEqual([])
  })

  test('of waiting for room is a rejection', async () => {
    const [first, second] = splitBatch(createBatch(20), 10)
    const spool = await start(createFailing(), {
      maxBytes: first!.output.length * 2,
      drainTimeout: 50,
      onProblem: () => {},
    })
    await spool.deliver(first!)
    const waiting = expect(spool.deliver(second!)).rejects.toMatchObject({ code: 'closed' })
    await spool.close()
    await waiting
  })

  test('flushing hurries the sink, also for what comes meanwhile', async () => {
    const parts = splitBatch(createBatch(2), 1)
    let release = () => {}
    const inner = createInner(
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    const spool = await start(inner)
    await spool.deliver(parts[0]!)
    const flushed = spool.flush()
    await vi.waitFor(() => expect(inner.got).toHaveLength(1))
    const before = inner.flushes
    expect(before).toBeGreaterThan(0)
    await spool.deliver(parts[1]!)
    release()
    await vi.waitFor(() => expect(inner.got).toHaveLength(2))
    await vi.waitFor(() => expect(inner.flushes).toBeGreaterThan(before))
    release()
    await flushed
  })
})

describe('damage', () => {
  test('is told, and set aside; everything else is delivered; it is told once', async () => {
    const parts = splitBatch(createBatch(30), 10)
    const one = await start(createFailing(), { ...down })
    for (const part of parts) await one.deliver(part)
    await one.close()
    const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('.frames'))
    const path = join(folder, name)
    const bytes = await readFile(path)
    const at = bytes.indexOf(Buffer.from(parts[1]!.output))
    bytes[at + 100]! ^= 4
    await writeFile(path, bytes)
    const problems: SpoolProblem[] = []
    const inner = createInner()
    const spool = await start(inner, { onProblem: (problem) => problems.push(problem) })
    await spool.flush()
    expect(linesOf(inner.got)).toStrictEqual(linesOf([parts[0]!, parts[2]!]))
    expect(problems).toStrictEqual([
      { code: 'damaged', message: expect.stringMatching(/^\d+ bytes of .* are damaged: see .*/) },
    ])
    const [copy = ''] = (await readdir(folder)).filter((each) => each.startsWith('damaged-'))
    const damaged = await readFile(join(folder, copy))
    expect(damaged.includes(Buffer.from(parts[1]!.output.subarray(101)))).toBe(true)
    await spool.close()
    expect(await readdir(folder)).toStrictEqual([copy])
  })

  test('is a warning of the process if nobody listens', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await writeFile(join(folder, '000000000001.frames'), 'x'.repeat(100))
    const spool = await start(createInner())
    await spool.flush()
    expect(warn.mock.calls).toStrictEqual([
      [expect.stringContaining('100 bytes of'), { type: 'SpoolWarning', code: 'damaged' }],
    ])
  })
})

test('a directory has one spool at a time', async () => {
  await start(createInner())
  await expect(start(createInner())).rejects.toThrow('is in use by another process')
})

test('a spool whose directory was taken over stops', async () => {
  const problems: SpoolProblem[] = []
  const spool = await start(createInner(), { onProblem: (problem) => problems.push(problem) })
  await writeFile(join(folder, 'lock'), 'somebody else')
  await vi.waitFor(() => expect(problems).toMatchObject([{ code: 'lost' }]), { timeout: 5_000 })
  await expect(spool.deliver(createBatch(1))).rejects.toThrow('was taken over')
})

test.each([
  [{ maxBytes: 0 }, 'a spool of 0 bytes'],
  [{ deadline: 0 }, 'deadline is to be'],
  [{ drainTimeout: 2 ** 31 }, 'drainTimeout is to be'],
  [{ retry: { initialDelay: -1 } }, 'initialDelay is to be'],
  [{ maxInFlightBytes: 0 }, 'the limit of what is under way is 0'],
])('options %j are refused', async (options, message) => {
  await expect(start(createInner(), options)).rejects.toThrow(message)
})
