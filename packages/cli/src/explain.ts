/** `flowlogs explain`: where each attribute of an event comes from. */
import { explain, type OcsfExplanation, type OcsfVersion, ocsfVersions } from '@flowlogs/ocsf'
import type { Command } from 'commander'

const help = `
Without --format it explains the mapping for every field that AWS publishes; with one, what is left
of it for the fields that the format has.

Examples:
  flowlogs explain
  flowlogs explain --ocsf-version 1.8.0 --format v5
  flowlogs explain --format '\${srcaddr} \${dstaddr} \${start} \${action}' --json | jq -r '.[].attribute'`

/** Adds the command to the program. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description(
      'Say for each OCSF attribute which fields it comes from, by which rule, since when.',
    )
    .option(
      '--ocsf-version <version>',
      `schema version: ${ocsfVersions.join(', ')}`,
      ocsfVersions[0],
    )
    .option('--format <format>', 'explain what is left for this format')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', help)
    .action(async ({ ocsfVersion, format, json }: ExplainOptions) => {
      const explanations = explain({ version: ocsfVersion }, format)
      process.stdout.write(json ? toJson(explanations) : await toTable(explanations))
    })
}

interface ExplainOptions {
  readonly ocsfVersion: OcsfVersion
  readonly format?: string
  readonly json?: true
}

function toJson(explanations: readonly OcsfExplanation[]): string {
  return `${JSON.stringify(explanations, null, 2)}\n`
}

async function toTable(explanations: readonly OcsfExplanation[]): Promise<string> {
  // Only here, since it takes time to load.
  const { formatTable } = await import('./table.ts')
  return formatTable(
    ['attribute', 'since', 'fields', 'rule'],
    explanations.map(({ attribute, since, fields, rule }) => [
      attribute,
      since,
      fields.join('\n'),
      rule,
    ]),
  )
}
