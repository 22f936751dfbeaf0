/** `pnpm bench:lake`: OCSF events to Parquet, and whether more events need more memory. */
import { execFileSync } from 'node:child_process'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createSecurityLakeSink, type ObjectStore } from '@flowlogs/siem'
import { createCorpus } from './corpus.ts'

const linesPerBatch = 5_000
const sizes = [100_000, 400_000, 1_600_000]
const mebibyte = 1024 * 1024

interface Measured {
  readonly events: number
  readonly objects: number
  /** Bytes of all objects. */
  readonly stored: number
  /** CPU seconds of the whole process. */
  readonly cpu: { readonly sink: number; readonly parse: number }
  /** The longest time, in milliseconds, for which nothing else could run. */
  readonly pause: number
  /** MiB. */
  readonly peak: number
}

/** Delivers different events in batches, as many at a time as the sink takes. */
async function measure(size: number): Promise<Measured> {
  const text = createCorpus('v5', 1, linesPerBatch)
    .map(({ lines }) => lines.join('\n'))
    .join('\n')
  const transform = createTransform({ format: 'v5', mapping: createOcsfMapping(), index: true })
  const batch = (turn: number) =>
    transform(text.replace(/\b1718\d{6}\b/g, (time) => String(Number(time) + turn * 7)))
  let objects = 0
  let stored = 0
  const store: ObjectStore = {
    async put(_, bytes) {
      objects += 1
      stored += bytes.length
    },
  }
  const sink = createSecurityLakeSink({ store, source: 'flowlogs', region: 'eu-central-1' })
  const cpu = { sink: 0, parse: 0 }
  const pending = new Set<Promise<unknown>>()
  let events = 0
  let pause = 0
  let last = performance.now()
  const ticker = setInterval(() => {
    pause = Math.max(pause, performance.now() - last)
    last = performance.now()
  }, 1)
  let transforming = 0
  const start = process.cpuUsage()
  for (let turn = 0; turn * linesPerBatch < size; turn++) {
    const before = process.cpuUsage()
    const result = batch(turn)
    if (turn % 10 === 0) cpu.parse += 10 * parseSeconds(result.output)
    transforming += seconds(process.cpuUsage(before))
    events += result.ledger.emitted
    const delivery = sink.deliver(result).finally(() => pending.delete(delivery))
    pending.add(delivery)
    await (pending.size < 40 ? new Promise(setImmediate) : Promise.race(pending))
  }
  await sink.close()
  clearInterval(ticker)
  cpu.sink = seconds(process.cpuUsage(start)) - transforming
  return { events, objects, stored, cpu, pause, peak: process.resourceUsage().maxRSS / 1024 }
}

/** What it takes to parse the events, and to do nothing with them. */
function parseSeconds(output: Uint8Array): number {
  const lines = Buffer.from(output).toString().trimEnd().split('\n')
  const before = process.cpuUsage()
  for (const line of lines) JSON.parse(line)
  return seconds(process.cpuUsage(before))
}

function seconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}

const [size] = process.argv.slice(2)
if (size !== undefined) console.log(JSON.stringify(await measure(Number(size))))
else {
  console.log(`v5 → OCSF 1.1.0 → Parquet, batches of ${linesPerBatch} lines`)
  for (const each of sizes) {
    const printed = execFileSync(process.execPath, [
      ...process.execArgv,
      import.meta.filename,
      String(each),
    ])
    const { events, objects, stored, cpu, pause, peak }: Measured = JSON.parse(printed.toString())
    console.log(
      [
        `${events} events in ${objects} objects of ${(stored / objects / mebibyte).toFixed(2)} MiB`,
        `${(stored / events).toFixed(0)} bytes/event`,
        `${(events / cpu.sink / 1000).toFixed(0)} k events/s of CPU`,
        `${(cpu.sink / cpu.parse).toFixed(1)} × JSON.parse`,
        `longest pause ${pause.toFixed(0)} ms`,
        `peak ${peak.toFixed(0)} MiB`,
      ].join(', '),
    )
  }
}
