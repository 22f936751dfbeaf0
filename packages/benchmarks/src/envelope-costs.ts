/** `pnpm bench:envelopes`: what AWS's hosts hand over → NDJSON, the envelope included. */
import { resolve } from 'node:path'
import { crc32, gunzipSync } from 'node:zlib'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { program } from 'commander'
import { benchEvents } from './bench-event.ts'
import { benchMapping } from './bench-mapping.ts'
import { type CorpusName, createCorpus } from './corpus.ts'
import {
  compressedParts,
  type Envelope,
  type EnvelopeName,
  type EnvelopeProgram,
  handlerProgram,
  logGroup,
  naiveProgram,
  wrap,
} from './envelope-programs.ts'
import { createOcsfEvent } from './ocsf-event.ts'
import { writeResults } from './readme.ts'
import { describeMachine } from './report.ts'
import { type Spread, spread } from './statistics.ts'

interface Variant {
  readonly name: string
  readonly run: EnvelopeProgram
}

program
  .name('bench:envelopes')
  .option('--rounds <number>', 'how often each program has its turn', '40')
  .option('--only <pattern>', 'only envelopes whose name matches', '')
  .option('--write', 'put the results into the README of this package')
  .parse()
const { rounds, only, write } = program.opts<{ rounds: string; only: string; write?: true }>()

// CPU microseconds.
const turn = 80_000
// What comes before a turn, as a share of it, and does not count: whoever follows the naive program would
// pay for caches, for the heap and for code that the engine has dropped meanwhile.
const lead = 0.25
const linesOf: Readonly<Record<EnvelopeName, number>> = {
  firehose: 4_000,
  'firehose-cloudwatch': 4_000,
  cloudwatch: 4_000,
  s3: 20_000,
}
const titles: Readonly<Record<EnvelopeName, string>> = {
  firehose: 'Firehose request of `{"message"}` records',
  'firehose-cloudwatch': 'Firehose request of CloudWatch Logs payloads, gzip',
  cloudwatch: 'CloudWatch Logs event of a Lambda function, gzip',
  s3: 'S3 object, `.log.gz`',
}
const rows: string[] = []
/** What everybody gets, with the bench mapping, held to what it must reach. */
const bars: string[] = []
for (const name of Object.keys(titles) as EnvelopeName[]) {
  if (!new RegExp(only).test(name)) continue
  for (const corpus of ['v2', 'v5'] as const) rows.push(...(await compare(name, corpus)))
}

const { cpu, cores, node } = describeMachine()
const table = [
  `${cpu}, ${cores} cores; Node ${node}; ${rounds} rounds, medians (p10–p90).`,
  '',
  '| envelope | lines → events | program | ns/line | × naive | inflating |',
  '| --- | --- | --- | --: | --: | --: |',
  ...rows,
  '',
  '| bar, bench mapping | at least | measured | result |',
  '| --- | --: | --: | --- |',
  ...bars,
].join('\n')
console.log(table)
if (write) {
  writeResults(resolve(import.meta.dirname, '../README.md'), table, 'pnpm bench:envelopes --write')
}

async function compare(name: EnvelopeName, corpus: CorpusName): Promise<string[]> {
  // Nothing else of the corpus is kept, which the garbage collector would have to look at.
  const envelopes = createCorpus(corpus, 4, linesOf[name]).map((slice) => wrap(name, slice))
  const floors = envelopes.map((envelope) => compressedParts(name, envelope))
  const inflate: Variant = {
    name: 'inflating',
    run: async (envelope, write) => {
      for (const part of floors[envelopes.indexOf(envelope)] ?? []) {
        write(gunzipSync(part, { chunkSize: inflatedSize(part) }))
      }
    },
  }
  const group = name.includes('cloudwatch') ? logGroup : undefined
  const mappings = [
    ['bench mapping', benchEvents[corpus], benchMapping(corpus)],
    ['OCSF 1.1.0', createOcsfEvent(corpus, group), createOcsfMapping()],
  ] as const
  const written: string[] = []
  for (const [label, toEvent, mapping] of mappings) {
    const variants: Variant[] = [
      { name: 'naive', run: naiveProgram(name, corpus, toEvent) },
      { name: 'handler', run: handlerProgram(name, corpus, mapping) },
      ...(name.startsWith('firehose')
        ? [
            {
              name: 'handler, no replay cache',
              run: handlerProgram(name, corpus, mapping, false as const),
            },
          ]
        : []),
      ...(name === 'firehose' ? [] : [inflate]),
    ]
    const times = await measure(variants, envelopes, linesOf[name])
    const floor = times[variants.indexOf(inflate)]
    const shareOf = (index: number): number | undefined =>
      floor && spread(floor.map((value, round) => value / times[index]![round]!)).median * 100
    for (const [index, { name: variant }] of variants.entries()) {
      const own = times[index]!
      const ratio = spread(own.map((value, round) => times[0]![round]! / value))
      const cells = [titles[name], `${corpus} → ${label}`, variant]
      const share = variant === 'inflating' ? undefined : shareOf(index)
      const percent = share === undefined ? '' : `${share.toFixed(0)} %`
      const numbers = [withSpread(spread(own), 0), withSpread(ratio, 1), percent]
      written.push(`| ${[...cells, ...numbers].join(' | ')} |`)
      if (variant !== 'handler' || label !== 'bench mapping') continue
      const what = `${titles[name]}, ${corpus}`
      if (share === undefined) bars.push(barRow(`${what}: × naive`, 30, ratio.median))
      else bars.push(barRow(`${what}: % of the time spent inflating`, 60, share))
    }
  }
  return written
}

function barRow(what: string, atLeast: number, measured: number): string {
  const result = measured >= atLeast ? 'met' : 'missed'
  return `| ${what} | ${atLeast} | ${measured.toFixed(1)} | ${result} |`
}

/** CPU nanoseconds a line, by variant and round; all that write events must write the same. */
async function measure(
  variants: readonly Variant[],
  envelopes: readonly Envelope[],
  lines: number,
): Promise<number[][]> {
  for (const envelope of envelopes) {
    const prints = await Promise.all(
      variants
        .filter(({ name }) => name !== 'inflating')
        .map(({ run }) => fingerprint(run, envelope)),
    )
    if (new Set(prints).size > 1) throw new Error('the programs do not write the same')
  }
  const repeats = variants.map(() => 1)
  const times = variants.map((): number[] => [])
  for (let round = -15; round < Number(rounds); round++) {
    const at = (round + 15) % envelopes.length
    for (let each = 0; each < variants.length; each++) {
      const turned = (each + at) % variants.length
      // Every other round backwards, so that it is not always the same one that another follows.
      const index = round % 2 === 0 ? turned : variants.length - 1 - turned
      const { run } = variants[index]!
      for (let repeat = 0; repeat < repeats[index]! * lead; repeat++) {
        await run(envelopes[at]!, ignore)
      }
      globalThis.gc?.({ type: 'minor', execution: 'sync' })
      const before = process.cpuUsage()
      for (let repeat = 0; repeat < repeats[index]!; repeat++) await run(envelopes[at]!, ignore)
      const { user, system } = process.cpuUsage(before)
      const microseconds = (user + system) / repeats[index]!
      if (round < 0) repeats[index] = Math.ceil(turn / Math.max(microseconds, 1))
      else times[index]!.push((microseconds * 1000) / lines)
    }
  }
  return times
}

async function fingerprint(run: EnvelopeProgram, envelope: Envelope): Promise<number> {
  let sum = 0
  await run(envelope, (output) => {
    sum = crc32(output, sum)
  })
  return sum
}

function ignore(): void {}

/** What gzip data says at its end, and one byte more, with which zlib is fastest. */
function inflatedSize(part: Uint8Array): number {
  return new DataView(part.buffer, part.byteOffset).getUint32(part.length - 4, true) + 1
}

function withSpread({ median, p10, p90 }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${p10.toFixed(digits)}–${p90.toFixed(digits)})`
}
