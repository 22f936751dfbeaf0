/** `pnpm bench:bulk`: lines to a `_bulk` endpoint on this machine, in turns, and what it takes. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createTransform, type TransformResult } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createOpenSearchSink, type Sink } from '@flowlogs/siem'
import Table from 'cli-table3'
import { createCorpus, type Slice } from './corpus.ts'
import { describeMachine } from './report.ts'
import { askedRounds } from './rounds.ts'
import { spread } from './statistics.ts'

/** One way to deal with the events. */
interface Way {
  readonly name: string
  deliver(batch: TransformResult): Promise<unknown>
  close(): Promise<unknown>
}

interface Turn {
  /** Thousands of events per second. */
  readonly rate: number
  /** Thousands of events per second of CPU time, all threads of this process. */
  readonly perCore: number
  /** Thousands of events per second of CPU time of the endpoint. */
  readonly endpoint: number
  /** Bytes on the wire per event. */
  readonly bytes: number
}

const rounds = askedRounds()
const linesPerBatch = 5_000
const batchesPerTurn = 8
const batchesAtOnce = 3
const mebibyte = 1024 * 1024

const child = fork(new URL('./bulk-endpoint.ts', import.meta.url))
const [port] = (await once(child, 'message')) as [number]
const url = `http://127.0.0.1:${port}`

for (const format of ['v2', 'v5'] as const) {
  const slices = createCorpus(format, batchesPerTurn, linesPerBatch)
  const transform = createTransform({ format, mapping: createOcsfMapping(), index: true })
  const ways: readonly Way[] = [
    { name: 'transform alone', deliver: async () => {}, close: async () => {} },
    sinkWay('and _bulk, not compressed', createOpenSearchSink({ url, index: 'ocsf', gzip: false })),
    sinkWay('and _bulk, gzip', createOpenSearchSink({ url, index: 'ocsf' })),
  ]
  const turns = ways.map((): Turn[] => [])
  let resident = 0
  for (let round = -3; round < rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const index = (turn + round + 3) % ways.length
      const taken = await takeTurn(ways[index]!, transform, slices, child)
      if (round >= 0) turns[index]!.push(taken)
    }
    if (round === Math.floor(rounds / 4)) resident = process.memoryUsage().rss
  }
  for (const way of ways) await way.close()
  print(format, ways, turns)
  const grown = process.memoryUsage().rss - resident
  console.log(
    `memory: ${(resident / mebibyte).toFixed(0)} MiB after a quarter of the rounds, ${grown < 0 ? '−' : '+'}${Math.abs(grown / mebibyte).toFixed(0)} MiB since, peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB\n`,
  )
}
child.disconnect()

function sinkWay(name: string, sink: Sink): Way {
  return {
    name,
    async deliver(batch) {
      const { accepted } = await sink.deliver(batch)
      if (accepted !== batch.ledger.emitted) throw new Error(`${name}: ${accepted} accepted`)
    },
    close: sink.close,
  }
}

async function takeTurn(
  { name, deliver }: Way,
  transform: (bytes: Uint8Array) => TransformResult,
  slices: readonly Slice[],
  endpoint: ChildProcess,
): Promise<Turn> {
  globalThis.gc?.({ type: 'major', execution: 'sync' })
  await ask(endpoint)
  const before = process.cpuUsage()
  const start = performance.now()
  let made = 0
  const pending = new Set<Promise<unknown>>()
  for (const { bytes } of slices) {
    const batch = transform(bytes)
    made += batch.ledger.emitted
    const delivery: Promise<unknown> = deliver(batch).then(() => pending.delete(delivery))
    pending.add(delivery)
    if (pending.size >= batchesAtOnce) await Promise.race(pending)
    // As a shell would, this lets the sockets have their turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(pending)
  const milliseconds = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  const { events, bytes, cpu } = await ask(endpoint)
  if (events !== 0 && events !== made) throw new Error(`${name}: ${events} of ${made} arrived`)
  return {
    rate: made / milliseconds,
    perCore: made / ((user + system) / 1000),
    endpoint: events / (cpu / 1000),
    bytes: bytes / made,
  }
}

async function ask(endpoint: ChildProcess): Promise<Record<'events' | 'bytes' | 'cpu', number>> {
  endpoint.send('how much?')
  const [answer] = await once(endpoint, 'message')
  return answer
}

function print(format: string, ways: readonly Way[], turns: readonly (readonly Turn[])[]): void {
  const { cpu, cores, node } = describeMachine()
  console.log(`${cpu}, ${cores} cores; Node ${node}`)
  console.log(
    `${format} → OCSF 1.1.0, ${linesPerBatch} lines per batch, ${batchesPerTurn} batches per turn, ${rounds} rounds, medians (p10–p90)`,
  )
  const table = new Table({
    head: [
      'way',
      'events/s',
      'events/s per core',
      '× transform alone, per core',
      'events/s per core of the endpoint',
      'bytes/event',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const [index, { name }] of ways.entries()) {
    const own = turns[index]!
    const column = (of: (turn: Turn, round: number) => number, digits = 0): string => {
      const { median, p10, p90 } = spread(own.map(of))
      return `${median.toFixed(digits)} (${p10.toFixed(digits)}–${p90.toFixed(digits)})`
    }
    const isSent = own.some(({ bytes }) => bytes > 0)
    table.push([
      name,
      `${column(({ rate }) => rate)} k`,
      `${column(({ perCore }) => perCore)} k`,
      column(({ perCore }, round) => perCore / turns[0]![round]!.perCore, 2),
      isSent ? `${column(({ endpoint }) => endpoint)} k` : '',
      isSent ? column(({ bytes }) => bytes) : '',
    ])
  }
  console.log(table.toString())
}
