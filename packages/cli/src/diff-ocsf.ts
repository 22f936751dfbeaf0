/** `flowlogs diff-ocsf`: what another OCSF version changes on the user's own data. */
import { transformStream } from '@flowlogs/aws/files'
import {
  createTransform,
  type FormatInput,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { createOcsfMapping, type OcsfVersion, ocsfVersions } from '@flowlogs/ocsf'
import type { Command } from 'commander'
import { type Comparison, createComparison } from './comparison.ts'
import { findInputs, readInput } from './inputs.ts'

const help = `
FILE is anything that convert reads; without FILE, or with -, standard input is read.

Examples:
  flowlogs diff-ocsf --from 1.1.0 --to 1.5.0 flow.log.gz
  flowlogs diff-ocsf --to 1.8.0 --format v5 --json flow.log | jq '.attributes[].attribute'

Exit code: 0 when every input was read, whatever differs.`

/** Adds the command to the program. */
export function addDiffOcsf(program: Command, exit: (code: number) => void): void {
  program
    .command('diff-ocsf')
    .description('Compare the events of two OCSF versions on your own flow logs.')
    .argument('[FILE...]', 'files to read; - is standard input')
    .option('--from <version>', `schema version: ${ocsfVersions.join(', ')}`, ocsfVersions[0])
    .requiredOption('--to <version>', 'schema version to compare with')
    .option('--format <format>', 'format of lines that follow no header line (default: v2)')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', help)
    .action(async (files: string[], options: DiffOptions) => {
      const comparison = await compare(files, options)
      process.stdout.write(options.json ? toJson(comparison) : await toTable(comparison, options))
      exit(0)
    })
}

interface DiffOptions {
  readonly from: OcsfVersion
  readonly to: OcsfVersion
  readonly format?: string
  readonly json?: true
}

async function compare(
  files: readonly string[],
  { from, to, format }: DiffOptions,
): Promise<Comparison> {
  const [left, right] = [from, to].map((version) =>
    createTransform({
      ...(format !== undefined && { format }),
      mapping: createOcsfMapping({ version }),
      index: true,
    }),
  ) as [Transform, Transform]
  const { add, result } = createComparison()
  for (const input of findInputs(files)) {
    const both = pair(left, right, add)
    for await (const _ of transformStream(
      both,
      readInput(input, () => {}),
      input.origin,
    )) {
      // What matters was added on the way.
    }
  }
  return result()
}

/** A transform that runs two, and hands out what both made of the same input. */
function pair(
  left: Transform,
  right: Transform,
  onBoth: (left: TransformResult, right: TransformResult) => void,
): Transform {
  const run = (first: TransformResult, second: TransformResult): TransformResult => {
    onBoth(first, second)
    return second
  }
  return Object.assign(
    ((input, origin) => run(left(input, origin), right(input, origin))) satisfies (
      ...parameters: Parameters<Transform>
    ) => TransformResult,
    {
      format: left.format,
      withFormat: (format: FormatInput) =>
        pair(left.withFormat(format), right.withFormat(format), onBoth),
      stream: (origin: Parameters<Transform['stream']>[0]) => {
        const [first, second] = [left.stream(origin), right.stream(origin)]
        return {
          write: (bytes: Uint8Array) => run(first.write(bytes), second.write(bytes)),
          end: () => run(first.end(), second.end()),
        }
      },
    },
  )
}

function toJson(comparison: Comparison): string {
  return `${JSON.stringify(comparison, null, 2)}\n`
}

async function toTable(comparison: Comparison, { from, to }: DiffOptions): Promise<string> {
  const { both, onlyFrom, onlyTo, attributes } = comparison
  const outcome =
    `${both} events in both` +
    (onlyFrom > 0 ? `, ${onlyFrom} only in ${from}` : '') +
    (onlyTo > 0 ? `, ${onlyTo} only in ${to}` : '')
  const rejections = comparison.rejections
    .map(({ code, from: before, to: after }) => `rejected as ${code}: ${before} → ${after} lines\n`)
    .join('')
  if (attributes.length === 0) return `${outcome}; no attribute differs\n${rejections}`
  // Only here, since it takes time to load.
  const { formatTable } = await import('./table.ts')
  const rows = attributes.map(({ attribute, change, events, example }) => [
    attribute,
    change,
    String(events),
    example,
  ])
  return `OCSF ${from} → ${to}: ${outcome}\n${rejections}${formatTable(['attribute', 'change', 'events', 'example'], rows)}`
}
