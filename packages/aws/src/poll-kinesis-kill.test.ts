import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { addLedger, emptyLedger, isBalanced, type Ledger } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { streamName } from './kinesis-stream.test-support.ts'
import { readCheckpoint, usePlace } from './poll-kinesis.test-support.ts'

const place = usePlace()

/** What the program below notes of a batch that it stored. */
interface StoredBatch {
  readonly ports: readonly number[]
  readonly ids: readonly string[]
  readonly ledger: Ledger
}

// A process of its own, since it dies in the middle of its work, without a chance to tidy up.
const program = `
import { appendFileSync } from 'node:fs'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { createTransform, recordMapping } from '@flowlogs/core'
import { pollKinesis } from './src/poll-kinesis.ts'

const { endpoint, streamName, checkpoint, store, dieBefore, dieAfter, lines } = JSON.parse(process.env.SETUP)
const stop = new AbortController()
let batches = 0
let stored = 0
const ledger = await pollKinesis({
  client: new KinesisClient({ region: 'eu-central-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }),
  streamName,
  checkpoint,
  maxBatchBytes: 30,
  pollMilliseconds: 200,
  signal: stop.signal,
  // These lines do not tell one flow from another, so that ids depend on where a line is from.
  transform: createTransform({ format: 'srcport', mapping: recordMapping, index: true }),
  log: () => {},
  async deliver({ output, events, ledger }) {
    batches++
    if (batches === dieBefore) process.kill(process.pid, 'SIGKILL')
    const ports = Buffer.from(output).toString().trimEnd().split('\\n').map((each) => JSON.parse(each).srcport)
    appendFileSync(store, JSON.stringify({ ports, ids: events.ids, ledger }) + '\\n')
    if (batches === dieAfter) process.kill(process.pid, 'SIGKILL')
    stored += ports.length
    if (stored === lines) stop.abort()
  },
})
console.log(JSON.stringify(ledger))
`

/** Runs the program until it ends by itself, or dies; returns what it printed. */
async function run(setup: object): Promise<{ signal: string | null; printed: string }> {
  const child = spawn(
    process.execPath,
    ['--conditions=@flowlogs/source', '--input-type=module-typescript', '-'],
    {
      cwd: resolve(import.meta.dirname, '..'),
      env: { ...process.env, SETUP: JSON.stringify(setup), NODE_OPTIONS: '' },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 30_000,
    },
  )
  child.stdin.end(program)
  const [printed, [, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { signal, printed }
}

test('a process that is killed loses nothing, and what comes again has the same ids', async () => {
  const { stream, folder, checkpoint } = place
  const shard = stream.open()
  for (let port = 1; port <= 40; port++) stream.put(shard, `${port}\n${port + 1000}`)
  const store = join(folder, 'stored')
  const setup = { endpoint: stream.endpoint, streamName, checkpoint, store }
  const deaths = [
    { dieAfter: 1 },
    { dieBefore: 3 },
    { dieAfter: 2 },
    { dieBefore: 1 },
    { dieAfter: 3 },
  ]
  for (const death of deaths) {
    expect(await run({ ...setup, ...death })).toStrictEqual({ signal: 'SIGKILL', printed: '' })
  }
  const batches = async (): Promise<StoredBatch[]> =>
    (await readFile(store, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each))
  const known = await batches()
  // Three times a batch was stored but not noted; those come again, and no other.
  const left = 80 - new Set(known.flatMap(({ ports }) => ports)).size
  const again = known.at(-1)?.ports.length ?? 0
  const { signal, printed } = await run({ ...setup, lines: left + again })
  expect(signal).toBeNull()

  const all = await batches()
  const ids = new Map<number, Set<string>>()
  for (const { ports, ids: given } of all) {
    for (const [index, port] of ports.entries()) {
      ids.set(port, (ids.get(port) ?? new Set()).add(given[index] ?? ''))
    }
  }
  expect([...ids.keys()].sort((one, other) => one - other)).toStrictEqual(
    Array.from({ length: 40 }, (_, index) => [index + 1, index + 1001])
      .flat()
      .sort((one, other) => one - other),
  )
  expect([...ids.values()].every(({ size }) => size === 1)).toBe(true)
  expect(new Set([...ids.values()].flatMap((each) => [...each])).size).toBe(80)

  const total = emptyLedger()
  for (const { ledger } of all) addLedger(total, ledger)
  expect(isBalanced(total)).toBe(true)
  const repeated = all.flatMap(({ ports }) => ports).length - 80
  expect(total).toMatchObject({ lines: 80 + repeated, emitted: 80 + repeated })
  const tripled = all.filter(({ ports }) => ports.some((port) => port === known[0]?.ports[0]))
  expect(tripled).toHaveLength(2)
  expect(JSON.parse(printed)).toMatchObject({ lines: left + again })
  const last = stream.shards.get(shard)?.records.at(-1)?.sequenceNumber
  expect((await readCheckpoint(place)).shards).toMatchObject({ [shard]: { after: last } })
})
