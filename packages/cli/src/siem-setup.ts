/** `flowlogs siem setup`: prepares OpenSearch or Elasticsearch for events. */
import { writeFileSync } from 'node:fs'
import type { SavedObject } from '@flowlogs/siem'
import type { Command } from 'commander'
import { usageError } from './failure.ts'
import { opensearchConnection, opensearchParameters } from './opensearch-url.ts'
import { readSinkUrl } from './sink-url.ts'

interface SetupOptions {
  readonly dataStream?: true
  readonly dryRun?: true
  readonly dashboards?: string
}

const help = `
URL is that of --out: opensearch+https://HOST:9200/INDEX, with the same parameters and secrets. Run
it before the first event is stored: an index that exists keeps the mappings it has. Again does no
harm.

Examples:
  flowlogs siem setup opensearch+https://search:9200/ocsf-network-activity
  flowlogs siem setup --dry-run opensearch+https://search:9200/ocsf-network-activity | jq .body
  flowlogs siem setup --dashboards dashboards.ndjson opensearch+https://search:9200/ocsf

Dashboards are imported in OpenSearch Dashboards, under Saved objects.`

/** Adds the command. */
export function addSiem(program: Command): void {
  program
    .command('siem')
    .description('Prepare a SIEM for events.')
    .command('setup')
    .description('Install the index template for OCSF events in OpenSearch or Elasticsearch.')
    .argument('<URL>', 'which server and index')
    .option('--data-stream', 'the index is a data stream')
    .option('--dry-run', 'change nothing; print what would be sent, as JSON')
    .option('--dashboards <file>', 'write saved objects for OpenSearch Dashboards')
    .addHelpText('after', help)
    .action(setup)
}

async function setup(url: string, options: SetupOptions): Promise<void> {
  if (!/^opensearch\+https?:/.test(url)) {
    throw usageError(`${url} is not opensearch+https://HOST:PORT/INDEX`)
  }
  // Only here, since it takes time to load.
  const { installOpenSearch, toOpenSearchDashboards } = await import('@flowlogs/siem')
  const { dataStream = false, dryRun = false, dashboards } = options
  const connection = opensearchConnection(readSinkUrl(url, opensearchParameters))
  const { flavour, requests } = await installOpenSearch({ ...connection, dataStream, dryRun })
  if (dryRun) {
    for (const request of requests) process.stdout.write(`${JSON.stringify(request)}\n`)
  } else {
    for (const { path } of requests)
      process.stderr.write(`installed ${path.slice(1)} (${flavour})\n`)
  }
  if (dashboards !== undefined)
    writeDashboards(dashboards, toOpenSearchDashboards(connection.index))
}

function writeDashboards(path: string, objects: readonly SavedObject[]): void {
  try {
    writeFileSync(path, objects.map((object) => `${JSON.stringify(object)}\n`).join(''))
  } catch (error) {
    throw new Error(`cannot write ${path}: ${(error as Error).message}`)
  }
  process.stderr.write(`wrote ${objects.length} saved objects to ${path}\n`)
}
