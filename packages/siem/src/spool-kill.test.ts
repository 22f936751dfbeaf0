import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Answer,
  createHttpReceiver,
  type HttpReceiver,
  type ReceivedRequest,
} from './http-receiver.test-support.ts'
import { createHttpSink, createSimpleReceiver } from './http-sink.test-support.ts'
import { runUntilKilled } from './program.test-support.ts'
import type { SinkReceiver } from './sink-stage.test-support.ts'
import { createSpool } from './spool.ts'

/** Delivers for ever, eight batches at a time, and prints the lines of each as soon as it was taken. */
const program = `
  import { writeSync } from 'node:fs'
  import { createTransform, recordMapping } from '@flowlogs/core'
  import { createSpool } from '@flowlogs/siem'
  import { createHttpSink } from './src/http-sink.test-support.ts'

  const [run, directory, url, maxBytes] = process.argv.slice(2)
  const retry = { initialDelay: 1, maxDelay: 20, deadline: 200 }
  const spool = await createSpool({
    directory,
    maxBytes: Number(maxBytes),
    sink: createHttpSink({ url, retry }),
    retry: { initialDelay: 1, maxDelay: 50 },
    onProblem() {},
  })
  const transform = createTransform({ format: 'version bytes packets', mapping: recordMapping, index: true })
  let next = 0
  async function work(size) {
    for (;;) {
      const lines = Array.from({ length: size }, () => \`2 \${++next} \${run}\`)
      await spool.deliver(transform(lines.join('\\n')))
      writeSync(1, lines.join('\\n') + '\\n')
    }
  }
  await Promise.all([1, 2, 3, 5, 8, 40, 200, 1000].map(work))
`

let folder: string
let http: HttpReceiver
let receiver: SinkReceiver

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-kill-'))
  receiver = createSimpleReceiver(() => false)
  http = await createHttpReceiver()
})
afterEach(async () => {
  await http.close()
  await rm(folder, { recursive: true })
})

/** A receiver that is well, down, or now this and now that. */
const moods: Readonly<Record<string, (request: ReceivedRequest) => Answer | Promise<Answer>>> = {
  well: (request) => receiver.answer(request),
  down: () => ({ status: 503 }),
  moody: async (request) => {
    const chance = Math.random()
    if (chance < 0.2) return { status: 429 }
    if (chance < 0.3) return 'reset'
    const answer = await receiver.answer(request)
    return chance < 0.4 ? 'reset in body' : answer
  },
}

test.each([
  ['with room', 1024 ** 3],
  ['that is often full', 300_000],
])(
  'a spool %s loses nothing of what it took when it is killed ten times',
  async (_, maxBytes) => {
    const acknowledged: string[] = []
    const lives = fc.sample(
      fc.tuple(fc.constantFrom(...Object.keys(moods)), fc.integer({ min: 0, max: 400 })),
      9,
    )
    // At least one of them leaves much behind.
    for (const [run, [mood, milliseconds]] of [['down', 300] as const, ...lives].entries()) {
      http.always(moods[mood]!)
      const values = [String(run), folder, http.url, String(maxBytes)]
      for (const line of await runUntilKilled(milliseconds, program, values))
        acknowledged.push(line)
    }
    expect((await readdir(folder)).filter((name) => name.endsWith('.frames'))).not.toStrictEqual([])

    http.always(moods.well!)
    const problems: unknown[] = []
    const spool = await createSpool({
      directory: folder,
      sink: createHttpSink({ url: http.url }),
      onProblem: (problem) => problems.push(problem),
    })
    await spool.flush()
    await spool.close()
    // A frame that was cut off was never acknowledged, and is no damage.
    expect(problems).toStrictEqual([])
    expect(await readdir(folder)).toStrictEqual([])

    const stored = new Map<string, number>()
    for (const document of receiver.stored().flat()) {
      const { packets, bytes } = JSON.parse(document)
      const line = `2 ${bytes} ${packets}`
      stored.set(line, (stored.get(line) ?? 0) + 1)
    }
    expect(acknowledged.length).toBeGreaterThan(1_000)
    expect(acknowledged.filter((line) => !stored.has(line))).toStrictEqual([])
    expect([...stored].filter(([, times]) => times !== 1)).toStrictEqual([])
  },
  180_000,
)
