/** `flowlogs inspect`: what an input is, before anything is made of it. */
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { usageError } from './failure.ts'
import { findInputs } from './inputs.ts'
import { reportInspection } from './inspect-report.ts'
import { inspectInput } from './inspection.ts'

const help = `
FILE is anything that convert reads; without FILE, or with -, standard input is read. Where no header
line says the format and --format does not either, it is inferred, with proof; where several formats
fit and none of them is one that AWS writes, none is chosen.

Examples:
  flowlogs inspect flow.log.gz
  aws s3 cp s3://bucket/flow.log.gz - | flowlogs inspect
  flowlogs inspect --own 10.0.0.0/8,2001:db8:1234::/48 flow.log
  flowlogs inspect --json flow.log | jq .format.logFormat`

interface InspectOptions {
  readonly format?: string
  readonly own?: string
  readonly lines: string
  readonly json?: true
}

const widest = 200

/** Adds the command to the program. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('Say what an input is: envelope, format with proof, times, counts, oddities.')
    .argument('[FILE]', 'file to read; - is standard input')
    .option('--format <format>', 'format of lines that follow no header line')
    .option('--own <networks>', 'own networks, with commas, for the direction of flows')
    .option('--lines <number>', 'read so many lines, about, or all', '1000000')
    .option('--json', 'print JSON instead of a report')
    .addHelpText('after', help)
    .action(async (file: string | undefined, { format, own, lines, json }: InspectOptions) => {
      const inputs = findInputs(file === undefined ? [] : [file])
      const [input, second] = inputs
      if (input === undefined || second !== undefined) {
        throw usageError(`inspect reads one file, and ${file} has ${inputs.length}`)
      }
      const inspection = await inspectInput(input, {
        format,
        maxLines: lineCount(lines),
        ...(own !== undefined && { own: own.split(',') }),
      })
      process.stdout.write(
        json
          ? `${JSON.stringify(inspection, null, 2)}\n`
          : reportInspection(inspection, { width: terminalWidth(), bold }),
      )
    })
}

function lineCount(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY
  if (!/^[1-9][0-9]{0,11}$/.test(text))
    throw usageError(`--lines ${text}: expected a number, or all`)
  return Number(text)
}

/** Of the terminal, or what COLUMNS says; 100 where neither does. */
function terminalWidth(): number {
  const columns = process.stdout.columns ?? Number(process.env.COLUMNS)
  return columns >= 40 ? Math.min(columns, widest) : 100
}

/** Leaves text as it is where NO_COLOR is set, or nobody is looking. */
function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}
