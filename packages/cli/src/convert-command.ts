/** The `convert` command and its help. */
import { ocsfVersions } from '@flowlogs/ocsf'
import { type Command, Option } from 'commander'
import type { ConvertOptions } from './convert.ts'
import { shapeNames } from './event-shape.ts'
import { say } from './outputs.ts'

const help = `
FILE is text, gzip, Parquet, CloudWatch Logs JSON, {"message": …} records, records with field
names, or a captured Firehose, Kinesis or Lambda request: its content decides, not its name. Of a
folder, all files are read. Without FILE, or with -, standard input is read.

A header line in the input gives the format. Without one, --format says it, in any spelling:
  --format v5                                        a preset: v2 (default) to v11, tgw,
                                                     v5-alphabetical (the order of the AWS console)
  --format 'version account-id srcaddr dstaddr'      the names of the fields, as in a header line
  --format version,account_id,srcaddr,dstaddr        with commas, or underscores
  --format '\${version} \${account-id} \${srcaddr}'     an AWS LogFormat, as in the console
  --format '$\${version} $\${account-id}'              and as Terraform escapes it
  --format infer                                     what the lines of FILE say, if they leave no
                                                     choice; see flowlogs inspect

Sinks store events in batches, try again what failed, and know each event by its id:
  opensearch+https://HOST:9200/INDEX       FLOWLOGS_OPENSEARCH_USERNAME and _PASSWORD, _API_KEY or
                                           _BEARER_TOKEN; or ?sign=es (or aoss) with AWS_… variables
  splunk+https://HOST:8088?index=NAME      FLOWLOGS_SPLUNK_TOKEN
  security-lake:s3://BUCKET?source=NAME&region=REGION     AWS credentials as everywhere
  dir:PATH?compression=gzip                rotating files (none, gzip, zstd)
  forward+tls://HOST:24224?tag=vpc.flow    Fluent Bit, Fluentd
  otlp+https://HOST:4318/v1/logs           with --to otlp
Secrets come from the environment, or from the file that NAME_FILE names. TLS: ca, cert and key name
PEM files, as in ?ca=ca.pem.

Examples:
  flowlogs convert --to ocsf flow.log.gz > events.ndjson
  flowlogs convert --to ocsf --out opensearch+https://search:9200/ocsf --dead-letter dead.ndjson \
    --checkpoint done.ndjson AWSLogs/
  flowlogs convert --to ocsf --ocsf-version 1.5.0 --out file:events.ndjson AWSLogs/*.log.gz
  aws s3 cp s3://bucket/flow.log.gz - | flowlogs convert --to json | jq .dstport
  flowlogs convert --to json --rejects bad.ndjson --ledger ledger.json --strict flow.log

Each line of the input is counted in one row of the summary on standard error. Exit code: 0 when
every input was read, 1 when that failed (or, with --strict, when a line was rejected), 2 when the
command line is wrong.`

/** Adds the command. */
export function addConvert(program: Command, exit: (code: number) => void): void {
  program
    .command('convert')
    .description('Convert flow logs to newline-delimited JSON, one event per line.')
    .argument('[FILE...]', 'files to read, in this order; - is standard input')
    .addOption(
      new Option(
        '--to <shape>',
        'shape of the events: OCSF Network Activity, flat records, OTLP/JSON log records, documents of the Elastic Common Schema, or records of Snare Central',
      )
        .choices(shapeNames)
        .makeOptionMandatory(),
    )
    .option('--format <format>', 'format of lines that follow no header line (default: v2)')
    .option(
      '--ocsf-version <version>',
      `schema version for --to ocsf: ${ocsfVersions.join(', ')} (default: ${ocsfVersions[0]})`,
    )
    .option(
      '--out <url>',
      'where events go: file:PATH, or a sink, below (default: standard output)',
    )
    .option('--rejects <file>', 'write rejected lines, as JSON with code, field, value and origin')
    .option('--dead-letter <file>', 'write events that a sink refuses, and rejected lines')
    .option('--checkpoint <file>', 'remember the inputs that a sink has stored, and skip them')
    .option('--ledger <file>', 'write the account of all lines, as JSON')
    .option(
      '--threads <number>',
      'convert so many files at the same time; their lines mix in the output (default: 1)',
    )
    .option('--strict', 'exit with 1 when a line was rejected')
    .addHelpText('after', help)
    .action(async (files: string[], options: ConvertOptions) => {
      const { convert } = await import('./convert.ts')
      exit(await convert(files, await settle(files, options)))
    })
}

/** The options, with the format that was to be inferred. */
async function settle(files: readonly string[], options: ConvertOptions): Promise<ConvertOptions> {
  if (options.format !== 'infer') return options
  const { format: _, ...others } = options
  const { inferredFormat } = await import('./inferred-format.ts')
  const format = await inferredFormat(files, (sentence) => {
    say(`flowlogs: ${sentence}\n`)
  })
  return format === undefined ? others : { ...others, format }
}
