/** `pnpm bench:process`: `flowlogs convert` as whole processes, start-up included. */
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { program } from 'commander'
import { timeCommand } from './command-time.ts'
import { createCorpus } from './corpus.ts'
import { writeResults } from './readme.ts'
import { describeMachine } from './report.ts'
import { type Spread, spread } from './statistics.ts'

interface Row {
  readonly name: string
  readonly command: string
  readonly sink?: string
  readonly lines: number
}

program
  .name('bench:process')
  .option('--rounds <number>', 'how often each command runs', '7')
  .option('--write', 'put the results into the README of this package')
  .parse()
const { rounds, write } = program.opts<{ rounds: string; write?: true }>()

const main = resolve(import.meta.dirname, '../../cli/dist/main.js')
if (!existsSync(main)) throw new Error('the packages are not built; run pnpm build')
const folder = mkdtempSync(join(tmpdir(), 'flowlogs-bench-'))
const million = 1_000_000
try {
  const text = Buffer.concat(createCorpus('v2', 500, 2_000).map(({ bytes }) => bytes))
  writeFileSync(join(folder, 'v2.log'), text)
  writeFileSync(join(folder, 'large.log'), Buffer.concat([text, text, text, text]))
  copyFileSync(join(folder, 'large.log'), join(folder, 'again.log'))
  writeFileSync(join(folder, 'v2.log.gz'), gzipSync(text))
  writeFileSync(join(folder, 'first.log'), text.subarray(0, text.indexOf('\n', 60_000) + 1))
  const table = measure()
  console.log(table)
  const readme = resolve(import.meta.dirname, '../README.md')
  if (write) writeResults(readme, table, 'pnpm bench:process --write')
} finally {
  rmSync(folder, { recursive: true })
}

function measure(): string {
  const node = process.execPath
  const file = (name: string) => join(folder, name)
  const convert = `${node} ${main} convert --to`
  const naive = `${node} --conditions=@flowlogs/source ${join(import.meta.dirname, 'naive-process.ts')}`
  const both = `${file('large.log')} ${file('again.log')}`
  const rows: readonly Row[] = [
    { name: 'naive, v2.log', command: `${naive} ${file('v2.log')}`, lines: million },
    { name: 'ocsf v2.log', command: `${convert} ocsf ${file('v2.log')}`, lines: million },
    { name: 'json v2.log', command: `${convert} json ${file('v2.log')}`, lines: million },
    { name: 'ocsf < v2.log', command: `${convert} ocsf < ${file('v2.log')}`, lines: million },
    {
      name: 'ocsf v2.log \\| cat',
      command: `${convert} ocsf ${file('v2.log')}`,
      sink: '| cat > /dev/null',
      lines: million,
    },
    { name: 'ocsf v2.log.gz', command: `${convert} ocsf ${file('v2.log.gz')}`, lines: million },
    { name: 'gzip -dc v2.log.gz', command: `gzip -dc ${file('v2.log.gz')}`, lines: million },
    { name: 'ocsf, some 500 lines', command: `${convert} ocsf ${file('first.log')}`, lines: 0 },
    { name: 'node, nothing', command: `${node} --eval 0`, lines: 0 },
    { name: 'ocsf large.log again.log', command: `${convert} ocsf ${both}`, lines: 8 * million },
    {
      name: 'the same, --threads 2',
      command: `${convert} ocsf --threads 2 ${both}`,
      lines: 8 * million,
    },
    {
      name: 'the same, two processes',
      command: `{ ${convert} ocsf ${file('large.log')} & ${convert} ocsf ${file('again.log')} & wait; }`,
      lines: 8 * million,
    },
  ]
  const times = rows.map(() => ({ cpu: [] as number[], wall: [] as number[] }))
  for (let round = -1; round < Number(rounds); round++) {
    for (let turn = 0; turn < rows.length; turn++) {
      const index = (turn + round + rows.length) % rows.length
      const { command, sink } = rows[index]!
      const { cpu, wall } = timeCommand(command, sink)
      if (round < 0) continue
      times[index]!.cpu.push(cpu)
      times[index]!.wall.push(wall)
    }
  }
  const paired = (kind: 'cpu' | 'wall', name: string, other: string): Spread => {
    const of = (each: string) => times[rows.findIndex((row) => row.name === each)]![kind]
    return spread(of(other).map((value, round) => value / of(name)[round]!))
  }
  const { cpu, cores, node: version } = describeMachine()
  const [threads, processes] = ['--threads 2', 'two processes'].map((how) =>
    paired('wall', `the same, ${how}`, 'ocsf large.log again.log'),
  ) as [Spread, Spread]
  const faster = paired('cpu', 'ocsf v2.log', 'naive, v2.log')
  const oneFile = times[rows.findIndex(({ name }) => name === 'ocsf v2.log')]!
  const perLine = spread(oneFile.cpu).median * (1e9 / million)
  return [
    `${cpu}, ${cores} cores; Node ${version}; ${rounds} rounds, medians (p10–p90). CPU time of the whole process.`,
    '',
    '| `flowlogs convert --to …` → /dev/null | ns/line | CPU ms | wall ms |',
    '| --- | --: | --: | --: |',
    ...rows.map(({ name, lines }, index) => {
      const { cpu: cpuTimes, wall } = times[index]!
      const perLine = lines === 0 ? '' : show(cpuTimes, 1e9 / lines)
      return `| ${name} | ${perLine} | ${show(cpuTimes, 1000)} | ${show(wall, 1000)} |`
    }),
    '',
    '| what | bar | measured | result |',
    '| --- | --: | --: | --: |',
    barRow(
      'a million lines of one file',
      'at most 400 ns/line',
      perLine.toFixed(0),
      perLine <= 400,
    ),
    barRow(
      'two threads for two files, by the clock',
      'at least 1.6 ×',
      `${threads.median.toFixed(2)} ×`,
      threads.median >= 1.6,
    ),
    '',
    `One file: ${withSpread(faster, 1)} as fast as the naive program. Two files, by the clock: two threads are ${withSpread(threads, 2)} as fast as one, two processes, which is what the machine had to give, ${withSpread(processes, 2)}.`,
  ].join('\n')
}

function barRow(name: string, bar: string, measured: string, isMet: boolean): string {
  return `| ${name} | ${bar} | ${measured} | ${isMet ? 'met' : 'missed'} |`
}

function withSpread({ median, p10, p90 }: Spread, digits: number): string {
  return `${median.toFixed(digits)} × (${p10.toFixed(digits)}–${p90.toFixed(digits)})`
}

function show(seconds: readonly number[], factor: number): string {
  const { median, p10, p90 } = spread(seconds)
  const [middle, low, high] = [median, p10, p90].map((each) => (each * factor).toFixed(0))
  return `${middle} (${low}–${high})`
}
