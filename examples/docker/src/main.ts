/**
 * `pnpm examples:check`: runs every example with docker, with an outage of its SIEM, and prints a
 * table. Ends with 1 if one of them fails, or Docker cannot be started.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { type Example, findExamples } from './compose-file.ts'
import { startDocker } from './docker-engine.ts'
import { prepareBase } from './images.ts'
import { type Outcome, runExample } from './run-example.ts'

const { values, positionals } = parseArgs({
  options: {
    // Replace images without trying to pull them.
    'stand-ins': { type: 'boolean', default: false },
    // Seconds for which the SIEM is away.
    outage: { type: 'string', default: '60' },
  },
  allowPositionals: true,
})

const began = Date.now()
const logs = mkdtempSync(join(tmpdir(), 'flowlogs-examples-'))
const examples = findExamples().filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
)
if (examples.length === 0) throw new Error(`there is no example ${positionals}`)

const { compose, isBaseReal } = await prepare().catch((error: Error) => {
  console.log(`${error.message}\n0 passed, ${examples.length} failed`)
  process.exit(1)
})
const table = new Table({
  head: ['example', 'real', 'stand-in', 'events', 'stored twice', 'outcome'],
  style: { head: [], border: [], compact: true },
  wordWrap: true,
  colWidths: [18, 40, 34, 9, 8, 9],
})
let failures = 0
for (const example of examples) {
  const log = join(logs, `${example.name}.log`)
  tell(example.name, `running; the log is ${log}`)
  const outcome = await runExample(example, {
    compose,
    log,
    standIns: values['stand-ins'],
    outage: Number(values.outage),
    tell: (step) => tell(example.name, step),
  })
  if (outcome.problem !== undefined) {
    failures += 1
    tell(example.name, `FAILED: ${outcome.problem}`)
  }
  table.push(toRow(example, outcome))
}
console.log(table.toString())
console.log(`base image: ${isBaseReal ? 'pulled' : 'Debian packages and Node from npm'}`)
console.log(`${examples.length - failures} passed, ${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1

async function prepare() {
  const compose = await startDocker(logs)
  tell('base', 'preparing node:24-bookworm-slim')
  return { compose, isBaseReal: await prepareBase(join(logs, 'base.log')) }
}

function toRow({ name, compose, standIns }: Example, outcome: Outcome): string[] {
  const { isReal, events, duplicates, problem } = outcome
  const told = (which: 'x-real' | 'x-stand-in') =>
    [compose, ...(isReal ? [] : [standIns])]
      .flatMap((file) => Object.entries(file[which] ?? {}))
      .map(([service, what]) => `${service}: ${what}`)
      .join('\n')
  const real = isReal ? 'every image' : told('x-real')
  const verdict = problem === undefined ? 'ok' : 'FAILED'
  return [name, real, told('x-stand-in'), events, duplicates, verdict]
}

function tell(who: string, what: string): void {
  const seconds = Math.round((Date.now() - began) / 1_000)
  console.log(`${String(seconds).padStart(5)} s  ${who}: ${what}`)
}
