/** `flowlogs replay`: dead letters on their way to a sink again. */
import { createTransform } from '@flowlogs/core'
import { type Command, Option } from 'commander'
import { type ShapeName, type ShapeOptions, shapeNames } from './event-shape.ts'
import { loadShape } from './load-shape.ts'

interface ReplayOptions extends Omit<ShapeOptions, 'to'> {
  readonly to?: Exclude<ShapeName, 'otlp'>
  readonly out: string
  readonly deadLetter?: string
  readonly again?: true
}

const help = `
DEADLETTER is what --dead-letter of convert wrote, or a folder of such files. Its events are sent as
they stand there. Its rejected lines are left alone, unless --to says what to make of them: then they
are read again, in the format of --format.

How far a replay came stands in a file beside the dead letter, so that another one goes on from
there; --again sends everything. Exit code: 0 when everything was sent, 1 when that failed.

Examples:
  flowlogs replay dead.ndjson --out opensearch+https://search:9200/ocsf
  flowlogs replay dead.ndjson --out dir:fixed --to ocsf --format v5 --dead-letter still-dead.ndjson`

/** Adds the command. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('Send what stands in a dead letter to a sink again.')
    .argument('<DEADLETTER>', 'a file, or a folder of files')
    .requiredOption(
      '--out <url>',
      'where to: opensearch+https:, splunk+https:, security-lake: or dir:',
    )
    .addOption(
      new Option('--to <shape>', 'what rejected lines become').choices(
        shapeNames.filter((name) => name !== 'otlp'),
      ),
    )
    .option('--format <format>', 'format of rejected lines (default: v2)')
    .option('--ocsf-version <version>', 'schema version for --to ocsf')
    .option('--dead-letter <file>', 'write what is refused again')
    .option('--again', 'send what an earlier replay has sent, too')
    .addHelpText('after', help)
    .action(replay)
}

async function replay(path: string, options: ReplayOptions): Promise<void> {
  const { to, out, deadLetter: deadLetterPath, again = false } = options
  // Only here, since it takes time to load.
  const { createDeadLetter, openSiemSink, replayDeadLetter } = await import('./sinks.ts')
  const transform =
    to === undefined
      ? undefined
      : createTransform({ ...(await loadShape({ ...options, to })), index: true })
  const deadLetter =
    deadLetterPath === undefined ? undefined : createDeadLetter({ path: deadLetterPath })
  const sink = openSiemSink(out, deadLetter)
  try {
    const report = await replayDeadLetter({ path, sink, again, ...(transform && { transform }) })
    process.stderr.write(summarizeReplay(report))
  } finally {
    await sink.close()
    await deadLetter?.close()
  }
}

const rows = [
  ['events', 'sent as they were'],
  ['lines', 'read again'],
  ['accepted', 'by the receiver'],
  ['duplicates', 'that the receiver had already'],
  ['deadLettered', 'refused again'],
  ['rejected', 'lines that are bad still'],
  ['left', 'lines left alone'],
  ['earlier', 'sent by an earlier replay'],
  ['unreadable', 'no dead letters'],
] as const

function summarizeReplay(report: Readonly<Record<(typeof rows)[number][0], number>>): string {
  const shown = rows.filter(([name], index) => index < 3 || report[name] > 0)
  return shown
    .map(([name, meaning]) => {
      const label = name === 'deadLettered' ? 'dead letters' : name
      return `${label.padEnd(14)}${report[name].toLocaleString('en-US').padStart(9)}  ${meaning}\n`
    })
    .join('')
}
