/** `pnpm demo`: runs the demo, shows what it found, and leaves the database behind. */
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { styleText } from 'node:util'
import { isBalanced, ledgerColumns } from '@flowlogs/core'
import { fieldsOfVersion, generateTraffic } from '@flowlogs/example-firehose'
import { Command } from 'commander'
import { createDatabase, queryFile } from './database.ts'
import { type Outcome, runDemo } from './demo.ts'
import { writeDemoFile } from './demo-file.ts'
import { findIncidents } from './incidents.ts'
import { rejectedPorts, topTalkers } from './questions.ts'
import { formatTable } from './table.ts'

const file = join(import.meta.dirname, '../demo.duckdb')
const lines = join(import.meta.dirname, '../demo.log.gz')

const program = new Command('demo')
  .description(
    'Sends published AWS flow log lines and a generated day of traffic through Firehose → HTTP\nendpoint → OCSF → DuckDB on this machine, and accounts for every line.',
  )
  .option('--seed <text>', 'another day of traffic', '1')
  .option('--hours <number>', 'length of the day', '24')
  .option('--query <sql>', 'ask the database of the last run, and do nothing else')
  .addHelpText(
    'after',
    `
Tables: network_activity (OCSF events), rejections; view: flows.
  demo --query "SELECT action, count(*) FROM flows GROUP BY ALL"`,
  )
  .parse()

const options = program.opts<{ seed: string; hours: string; query?: string }>()
if (options.query === undefined) await demo()
else print(formatTable(await queryFile(file, options.query)))

async function demo(): Promise<void> {
  const began = performance.now()
  for (const path of [file, `${file}.wal`]) rmSync(path, { force: true })
  const database = await createDatabase(file)
  const traffic = generateTraffic({
    seed: options.seed,
    duration: Number(options.hours) * 3600,
    format: fieldsOfVersion(5),
  })
  const outcome = await runDemo(database, traffic, progress())
  print(`\n${heading('The ledger: every line in one place')}\n${describe(outcome)}`)
  const [stored] = await database.query('SELECT count(*)::INTEGER AS events FROM network_activity')
  const events = Number(stored?.events)
  print(
    `  in DuckDB     ${count(events)}   ${count(outcome.ledger.emitted - events)} of the emitted were delivered twice or are equal, and share an id`,
  )
  print(`\n${heading('Top talkers')}\n${formatTable(await database.query(topTalkers(traffic)))}`)
  print(
    `\n${heading('Rejected ports')}\n${formatTable(await database.query(rejectedPorts(traffic)))}`,
  )
  const incidents = await findIncidents(database, traffic.incidents)
  print(`\n${heading('Incidents, found by SQL and compared with what the generator hid')}`)
  print(formatTable(incidents))
  await database.close()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const path = relative(process.cwd(), file)
  print(`\nDone in ${seconds} s. The events are in ${path}; ask it anything:`)
  print(`  npx -y pnpm@12 demo --query "SELECT * FROM flows WHERE dst_port = 22 LIMIT 5"`)
  print(`  duckdb ${path}   (if you have DuckDB's own shell)`)
  writeDemoFile(lines, traffic)
  const log = relative(process.cwd(), lines)
  print(`\nThe day itself is in ${log}; ask it a question that has a name:`)
  print(`  npx -y pnpm@12 flowlogs query exfiltration ${log}`)
  const missed = incidents.some((incident) => incident.found !== 'yes')
  if (missed || !isBalanced(outcome.ledger)) process.exitCode = 1
}

function describe({ ledger, sent }: Outcome): string {
  const sum = (of: 'in' | 'duplicated' | 'errored') =>
    sent.reduce((total, { lines }) => total + lines[of], 0)
  const rows = [
    `  sent          ${count(sum('in'))}   lines, by ${sent.length} delivery streams`,
    `  sent twice    ${count(sum('duplicated'))}   since Firehose delivers at least once`,
    `  received      ${count(ledger.lines)}   lines, ${ledger.control} control messages among them`,
    ...ledgerColumns
      .filter((column) => ledger[column] > 0)
      .map(
        (column) => `    ${column.padEnd(12)}${count(ledger[column])}${reasons(column, ledger)}`,
      ),
  ]
  return rows.join('\n')
}

function reasons(column: string, { rejections }: Outcome['ledger']): string {
  if (column !== 'rejected') return ''
  const codes = Object.entries(rejections).map(([code, times]) => `${code} ${times}`)
  return `   ${codes.join(', ')}`
}

/** A line that updates itself on a terminal, and a line now and then elsewhere. */
function progress(): (step: string, lines: number) => void {
  const { isTTY } = process.stderr
  return (step, lines) => {
    if (!isTTY && lines % 50_000 !== 0) return
    const text = lines > 0 ? `${step}: ${lines.toLocaleString('en')} lines` : step
    process.stderr.write(isTTY ? `\r\u001B[2KDelivering ${text}` : `Delivering ${text}\n`)
  }
}

function heading(text: string): string {
  return styleText('bold', text)
}

function count(value: number): string {
  return value.toLocaleString('en').padStart(10)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
