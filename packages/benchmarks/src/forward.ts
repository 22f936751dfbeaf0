/** `pnpm bench:forward`: lines to a Forward receiver on this machine, in turns, and what it takes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseFormat } from '@flowlogs/core'
import { createForwarder, createForwarderInWorker, type Forwarder } from '@flowlogs/fluent'
import { FluentClient } from '@fluent-org/logger'
import Table from 'cli-table3'
import { createCorpus, type Slice } from './corpus.ts'
import { createNaiveParser } from './naive.ts'
import { describeMachine } from './report.ts'
import { askedRounds } from './rounds.ts'
import { spread } from './statistics.ts'

/** Sends a slice; resolves when it counts as delivered. */
interface Sender {
  readonly name: string
  send(slice: Slice): Promise<unknown>
  close(): Promise<unknown>
}

interface Turn {
  /** Events per second. */
  readonly rate: number
  /** Microseconds of CPU time per event in this process, all threads. */
  readonly cpu: number
  /** The longest that the event loop of the main thread stood still, in milliseconds. */
  readonly blocked: number
  /** Bytes on the wire per event. */
  readonly bytes: number
}

const rounds = askedRounds()
const eventsPerTurn = 30_000
const child = fork(new URL('./forward-receiver.ts', import.meta.url))
const [port] = (await once(child, 'message')) as [number]
const slices = createCorpus('v2', 4, eventsPerTurn)
const place = { host: '127.0.0.1', port }

const senders: readonly Sender[] = [
  plain('plain client, its defaults', {}),
  plain('plain client, acknowledged', { ack: { ackTimeout: 30_000 } }),
  ours('forwarder, PackedForward', createForwarder({ ...place, tag: 'vpc.flow' })),
  ours(
    'forwarder, CompressedPackedForward',
    createForwarder({ ...place, tag: 'vpc.flow', mode: 'CompressedPackedForward' }),
  ),
  ours('forwarder, Forward', createForwarder({ ...place, tag: 'vpc.flow', mode: 'Forward' })),
  ours(
    'forwarder, PackedForward, tag by action',
    createForwarder({ ...place, tag: 'vpc.flow.${action}' }),
  ),
  ours(
    'forwarder in a worker, PackedForward',
    createForwarderInWorker({ ...place, tag: 'vpc.flow' }),
  ),
  ours(
    'forwarder in a worker, CompressedPackedForward',
    createForwarderInWorker({ ...place, tag: 'vpc.flow', mode: 'CompressedPackedForward' }),
  ),
]

const turns = senders.map((): Turn[] => [])
for (let round = -3; round < rounds; round++) {
  for (let turn = 0; turn < senders.length; turn++) {
    const index = (turn + round + 3) % senders.length
    const taken = await takeTurn(senders[index]!, slices[(round + 3) % slices.length]!)
    if (round >= 0) turns[index]!.push(taken)
  }
}
for (const sender of senders) await sender.close()
child.disconnect()
print()

async function takeTurn(sender: Sender, slice: Slice): Promise<Turn> {
  globalThis.gc?.({ type: 'major', execution: 'sync' })
  let blocked = 0
  let last = performance.now()
  const watch = setInterval(() => {
    blocked = Math.max(blocked, performance.now() - last)
    last = performance.now()
  }, 1)
  const before = process.cpuUsage()
  const start = performance.now()
  await sender.send(slice)
  child.send(eventsPerTurn)
  const [{ bytes, events }] = (await once(child, 'message')) as [{ bytes: number; events: number }]
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  blocked = Math.max(blocked, performance.now() - last)
  clearInterval(watch)
  if (events !== eventsPerTurn) throw new Error(`${sender.name} sent ${events} events`)
  return { rate: events / seconds, cpu: (user + system) / events, blocked, bytes: bytes / events }
}

function ours(name: string, forwarder: Forwarder): Sender {
  return {
    name,
    async send({ bytes }) {
      const { delivered } = await forwarder.send(bytes)
      if (delivered !== eventsPerTurn) throw new Error(`${name} delivered ${delivered}`)
    },
    close: () => forwarder.close(),
  }
}

/** What most people write first. */
function plain(name: string, options: ConstructorParameters<typeof FluentClient>[1]): Sender {
  const client = new FluentClient('vpc.flow', { ...options, socket: place })
  const parse = createNaiveParser(parseFormat('v2').columns.map(({ key }) => key))
  return {
    name,
    async send({ lines }) {
      await Promise.all(
        lines.map((line) => {
          const record = parse(line)
          return client.emit(record, new Date(Number(record.start) * 1000))
        }),
      )
    },
    close: () => client.disconnect(),
  }
}

function print(): void {
  const { cpu, cores, node } = describeMachine()
  console.log(`${cpu}, ${cores} cores; Node ${node}`)
  console.log(`v2 lines, ${eventsPerTurn} per turn, ${rounds} rounds, medians (p10–p90)`)
  const table = new Table({
    head: ['sender', 'events/s', '× plain client', 'CPU µs/event', 'blocked ms', 'bytes/event'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const [index, { name }] of senders.entries()) {
    const own = turns[index]!
    const rate = spread(own.map((turn) => turn.rate / 1000))
    const times = spread(own.map((turn, round) => turn.rate / turns[0]![round]!.rate))
    const median = (of: (turn: Turn) => number): number => spread(own.map(of)).median
    table.push([
      name,
      `${rate.median.toFixed(0)} k (${rate.p10.toFixed(0)}–${rate.p90.toFixed(0)})`,
      `${times.median.toFixed(2)} (${times.p10.toFixed(2)}–${times.p90.toFixed(2)})`,
      median((turn) => turn.cpu).toFixed(1),
      median((turn) => turn.blocked).toFixed(0),
      median((turn) => turn.bytes).toFixed(1),
    ])
  }
  console.log(table.toString())
}
