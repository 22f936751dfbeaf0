import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBatch } from './batch.test-support.ts'
import type { Batch } from './sink.ts'
import { splitBatch } from './sink-stage.test-support.ts'
import { toFrame } from './spool-frame.ts'
import { createSegment, openSegment, type Segment, type Span } from './spool-segment.ts'

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-segment-'))
  path = join(folder, 'segment')
})
afterAll(() => rm(folder, { recursive: true }))

const batches = [...splitBatch(createBatch(9), 3), createBatch(1, ['bad', '\u2028 é'])]
const frames = batches.map(toFrame)
const whole = Buffer.concat(frames.flatMap(({ pieces }) => pieces))
/** Where each frame ends. */
const ends = frames.map((_, index) =>
  frames.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0),
)

/** Everything in a segment, read in steps of some size. */
async function readAll(segment: Segment, step: number): Promise<Span[]> {
  const spans: Span[] = []
  for (let reads = 0; segment.hasMore(); reads++) {
    expect(reads).toBeLessThan(10_000)
    spans.push(...(await segment.read(step)))
  }
  return spans
}

function batchesOf(spans: readonly Span[]): Batch[] {
  return spans.flatMap(({ content }) => ('batch' in content ? [content.batch] : []))
}

function damageOf(spans: readonly Span[]): Buffer[] {
  return spans.flatMap(({ content }) => ('damaged' in content ? [content.damaged] : []))
}

/** What is plain data in a batch, whatever kind of bytes it has. */
function plain(each: Batch): unknown {
  return JSON.parse(JSON.stringify({ ...each, output: Buffer.from(each.output).toString() }))
}

async function readBytes(bytes: Uint8Array, step = 1024 * 1024): Promise<Span[]> {
  await writeFile(path, bytes)
  const segment = await openSegment(path)
  const spans = await readAll(segment, step)
  await segment.close()
  return spans
}

describe('frames', () => {
  test.each([1, 16, 100, 1024 * 1024])(
    'are read back as they were, %d bytes at once',
    async (step) => {
      const read = batchesOf(await readBytes(whole, step))
      expect(read.map(plain)).toStrictEqual(batches.map(plain))
      expect(read[0]?.events).toStrictEqual(batches[0]?.events)
    },
  )

  test('keep what is not known of an event', async () => {
    const batch = createBatch(2)
    const events = { ...batch.events, times: [undefined, 5], accounts: [undefined, '1'] }
    const [read] = batchesOf(await readBytes(Buffer.concat(toFrame({ ...batch, events }).pieces)))
    expect(read?.events).toStrictEqual(events)
  })

  test('are read while more is appended', async () => {
    await rm(path, { force: true })
    const segment = await createSegment(path)
    const read: Span[] = []
    for (const { pieces } of frames) {
      expect(segment.hasMore()).toBe(false)
      await segment.append(pieces)
      read.push(...(await segment.read(10)))
    }
    expect(batchesOf(read).map(plain)).toStrictEqual(batches.map(plain))
    await segment.seal()
    await segment.remove()
  })
})

describe('a file that was cut off', () => {
  test('at any byte has exactly the frames that were whole, and no damage', async () => {
    for (let size = 0; size <= whole.length; size++) {
      const spans = await readBytes(whole.subarray(0, size), size % 2 ? 64 : 1024 * 1024)
      const count = ends.filter((end) => end <= size).length
      expect(damageOf(spans)).toStrictEqual([])
      expect(batchesOf(spans)).toHaveLength(count)
    }
  })
})

describe('a file with changed bytes', () => {
  const change = fc.record({
    at: fc.nat({ max: whole.length - 1 }),
    bits: fc.integer({ min: 1, max: 255 }),
  })

  test('tells of every frame that it lost, and has all others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(20, 300, 1024 * 1024),
        async (changes, step) => {
          const bytes = Buffer.from(whole)
          for (const { at, bits } of changes) bytes[at]! ^= bits
          const hit = frames.map(({ length }, index) => {
            const start = ends[index]! - length
            return !bytes.subarray(start, ends[index]).equals(whole.subarray(start, ends[index]))
          })
          const spans = await readBytes(bytes, step)
          expect(batchesOf(spans).map(plain)).toStrictEqual(
            batches.filter((_, index) => !hit[index]).map(plain),
          )
          // Not one byte of them is skipped.
          const lost = frames.reduce((sum, { length }, index) => sum + (hit[index] ? length : 0), 0)
          expect(damageOf(spans).reduce((sum, { length }) => sum + length, 0)).toBe(lost)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('at every single position', async () => {
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= 1 << (at % 8)
      const spans = await readBytes(bytes)
      expect(batchesOf(spans)).toHaveLength(frames.length - 1)
      expect(damageOf(spans).length).toBeGreaterThan(0)
    }
  })

  test('of the kind that a power cut leaves: zeros, or something of another file', async () => {
    for (const tail of [Buffer.alloc(500), Buffer.from('x'.repeat(500))]) {
      const spans = await readBytes(Buffer.concat([whole, tail]), 64)
      expect(batchesOf(spans)).toHaveLength(frames.length)
      // The last bytes are fewer than a header, as if one had been cut off.
      const damaged = damageOf(spans).reduce((sum, { length }) => sum + length, 0)
      expect(damaged).toBeGreaterThan(500 - 16)
    }
  })
})

describe('what is ticked off', () => {
  async function tick(count: number): Promise<void> {
    await rm(`${path}.done`, { force: true })
    await writeFile(path, whole)
    const segment = await openSegment(path)
    const spans = await readAll(segment, 1024 * 1024)
    segment.done(spans.slice(0, count))
    expect(segment.isDone()).toBe(false)
    await segment.close()
  }

  test('does not come again', async () => {
    await tick(2)
    const segment = await openSegment(path)
    const spans = await readAll(segment, 1024 * 1024)
    expect(batchesOf(spans).map(plain)).toStrictEqual(batches.slice(2).map(plain))
    segment.done(spans)
    expect(segment.isDone()).toBe(true)
    await segment.remove()
    expect(await readdir(folder)).not.toContain('segment')
    expect(await readdir(folder)).not.toContain('segment.done')
  })

  test('comes again when ticks were cut off or changed, and nothing else is missing', async () => {
    await tick(3)
    const marks = await readFile(`${path}.done`)
    for (let size = 0; size <= marks.length; size++) {
      await writeFile(`${path}.done`, marks.subarray(0, size))
      const segment = await openSegment(path)
      const left = batchesOf(await readAll(segment, 1024 * 1024))
      expect(left.length).toBeLessThanOrEqual(batches.length)
      expect(left.slice(-1).map(plain)).toStrictEqual(batches.slice(-1).map(plain))
      await segment.close()
    }
    for (let at = 0; at < marks.length; at++) {
      const changed = Buffer.from(marks)
      changed[at]! ^= 1
      await writeFile(`${path}.done`, changed)
      const segment = await openSegment(path)
      const left = batchesOf(await readAll(segment, 1024 * 1024))
      expect(left.slice(-1).map(plain)).toStrictEqual(batches.slice(-1).map(plain))
      await segment.close()
    }
  })

  test('after ticks that were cut off is ticked off all the same', async () => {
    await tick(1)
    await appendFile(`${path}.done`, '12')
    const segment = await openSegment(path)
    const spans = await readAll(segment, 1024 * 1024)
    expect(spans).toHaveLength(3)
    segment.done(spans.slice(0, 1))
    await segment.close()
    const again = await openSegment(path)
    expect(await readAll(again, 1024 * 1024)).toHaveLength(2)
    await again.close()
  })
})
