/** `pnpm bench:peers`: the same lines to the same events, by programs of others. */
import { execFileSync, execSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { program } from 'commander'
import { timeCommand } from './command-time.ts'
import { createCorpus } from './corpus.ts'
import { type Peer, type PeerTask, peers } from './peer-list.ts'
import { writeResults } from './readme.ts'
import { describeMachine } from './report.ts'
import { spread } from './statistics.ts'

program
  .name('bench:peers')
  .option(
    '--install',
    'first install what registries have: chDB and orjson from PyPI, VRL from crates.io, a Collector from Go modules',
  )
  .option('--rounds <number>', 'how often each program runs', '5')
  .option('--write', 'put the results into the README of this package')
  .parse()
const { rounds, write, install } = program.opts<{ rounds: string; write?: true; install?: true }>()

const root = resolve(import.meta.dirname, '..')
process.chdir(root)
const installed = join(root, 'peers/installed')
const programs: Readonly<Record<string, string>> = {
  NODE: `${process.execPath} --conditions=@flowlogs/source`,
  FLOWLOGS: `${process.execPath} ${resolve(root, '../cli/dist/main.js')}`,
  PYTHON: join(installed, 'python/bin/python'),
  VRL: join(installed, 'vrl/release/flowlogs-peer-vrl'),
  COLLECTOR: join(installed, 'collector/otelcol'),
}
if (install) installPeers()
if (!existsSync(resolve(root, '../cli/dist/main.js'))) {
  throw new Error('the packages are not built; run pnpm build')
}
const folder = mkdtempSync(join(tmpdir(), 'flowlogs-peers-'))
try {
  const table = measure()
  console.log(table)
  if (write) writeResults(join(root, 'README.md'), table, 'pnpm bench:peers --write')
} finally {
  rmSync(folder, { recursive: true })
}

function installPeers(): void {
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  run('python3', '-m', 'venv', join(installed, 'python'))
  run(programs.PYTHON ?? '', '-m', 'pip', 'install', '--requirement', 'peers/requirements.txt')
  const manifest = ['--manifest-path', 'peers/vrl/Cargo.toml']
  run(
    'cargo',
    'build',
    '--release',
    '--locked',
    ...manifest,
    '--target-dir',
    join(installed, 'vrl'),
  )
  const builder = 'go.opentelemetry.io/collector/cmd/builder@v0.145.0'
  run('go', 'run', builder, '--config', 'peers/collector-build.yaml')
}

function isHere(name: string): boolean {
  const path = programs[name]
  if (path !== undefined) return existsSync(path)
  try {
    execSync(`command -v ${name}`, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function toCommand({ command }: Peer, file: string): string {
  return command.replaceAll(/\b[A-Z]{3,}\b/g, (word) =>
    word === 'FILE' ? file : (programs[word] ?? word),
  )
}

function measure(): string {
  const fileOf = (lines: number) => join(folder, `${lines}.log`)
  const time = (peer: Peer, lines: number) => {
    const [command = '', reader] = toCommand(peer, fileOf(lines)).split(' | ')
    return timeCommand(command, reader && `| ${reader} > /dev/null`)
  }
  const slices = createCorpus('v2', 500, 2_000).map(({ bytes }) => bytes)
  for (const lines of new Set([0, 20_000, ...peers.map((peer) => peer.lines)])) {
    writeFileSync(fileOf(lines), Buffer.concat(slices.slice(0, lines / 2_000)))
  }
  const present = peers.filter(({ needs }) => needs.every(isHere))
  const missing = peers.filter((peer) => !present.includes(peer))
  for (const peer of present) check(peer, fileOf(20_000), present)

  const own = present.map(() => [] as number[])
  for (let round = -1; round < Number(rounds); round++) {
    for (let turn = 0; turn < present.length; turn++) {
      const index = (turn + round + present.length) % present.length
      const peer = present[index]!
      const empty = time(peer, 0).cpu
      const { cpu } = time(peer, peer.lines)
      if (round >= 0) own[index]!.push(((cpu - empty) * 1e9) / peer.lines)
    }
  }
  const baseOf = (task: PeerTask) => own[present.findIndex((peer) => peer.task === task)]!
  const { cpu, cores, node } = describeMachine()
  return [
    `${cpu}, ${cores} cores; Node ${node}; ${rounds} rounds, medians (p10–p90). Commands run in \`packages/benchmarks\`.`,
    '',
    '| program | makes | CPU ns/line | × as long | checks | writes | command |',
    '| --- | --- | --: | --: | --- | --- | --- |',
    ...present.map((peer, index) => {
      const { name, task, checks, writes, command } = peer
      const ratio = spread(own[index]!.map((value, round) => value / baseOf(task)[round]!))
      const numbers = [
        show(own[index]!),
        `${ratio.median.toFixed(1)} (${ratio.p10.toFixed(1)}–${ratio.p90.toFixed(1)})`,
      ]
      return `| ${[name, task, ...numbers, checks, writes, `\`${command.replace('|', '\\|')}\``].join(' | ')} |`
    }),
    '',
    `Not here when this was measured: ${missing.map(({ name }) => name).join(', ') || 'nothing'}.`,
  ].join('\n')
}

/** Throws when a peer does not write what it says. */
function check(peer: Peer, file: string, present: readonly Peer[]): void {
  if (peer.writes !== 'same' && peer.writes !== 'same values') return
  const first = present.find(({ task }) => task === peer.task)!
  const [expected, written] = [first, peer].map((each) => {
    // Through a pipe: what Node gives a child cannot be opened by its name.
    const command = `${toCommand(each, file)} 2> /dev/null | cat`
    const output = execSync(command, { maxBuffer: 1024 ** 3 }).toString()
    return peer.writes === 'same' ? output : output.split('\n').map(sorted).join('\n')
  })
  if (written !== expected) throw new Error(`${peer.name} does not write the same`)
}

/** A document with its members in the order of their names, without those that are null. */
function sorted(line: string): string {
  if (line === '') return ''
  const members = Object.entries(JSON.parse(line)).filter(([, value]) => value !== null)
  return JSON.stringify(Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

function show(values: readonly number[]): string {
  const { median, p10, p90 } = spread(values)
  return `${median.toFixed(0)} (${p10.toFixed(0)}–${p90.toFixed(0)})`
}
