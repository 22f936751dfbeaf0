/** `flowlogs ddl`: the statements that make an Athena table over flow logs. */
import { type AthenaTableOptions, toAthenaTable } from '@flowlogs/query'
import type { Command } from 'commander'

const help = `
Text tables are read by position: --format has to be the flow log's own format, in its order, as the
console or the first line of a file shows it.

Examples:
  flowlogs ddl --format v5 --location s3://bucket/AWSLogs/123456789012/vpcflowlogs/eu-west-1/ --projection
  flowlogs ddl --format v2 --location s3://bucket --parquet --hive --hourly
  flowlogs ddl --format v5 --location s3://bucket --projection --accounts 123456789012 --regions eu-west-1,us-east-1`

interface DdlOptions extends Omit<AthenaTableOptions, 'accounts' | 'regions'> {
  readonly accounts?: string
  readonly regions?: string
}

/** Adds the command. */
export function addDdl(program: Command): void {
  program
    .command('ddl')
    .description('Write the statements that make an Athena table over flow logs in S3.')
    .option('--format <format>', 'format of the flow log, in any spelling', 'v2')
    .requiredOption('--location <url>', 's3://BUCKET[/PREFIX][/AWSLogs/ACCOUNT/vpcflowlogs/REGION]')
    .option('--table <name>', 'name of the table', 'vpc_flow_logs')
    .option('--parquet', 'the files are Parquet instead of text')
    .option('--hive', 'prefixes are in Hive style: year=2026/month=01/day=31')
    .option('--hourly', 'files are partitioned by hour as well')
    .option('--projection', 'Athena works the partitions out, so that none has to be added')
    .option('--accounts <ids>', 'with --projection: all accounts, with commas')
    .option('--regions <names>', 'with --projection: all regions, with commas')
    .addHelpText('after', help)
    .action(({ accounts, regions, ...options }: DdlOptions) => {
      const lists = {
        ...(accounts !== undefined && { accounts: accounts.split(',') }),
        ...(regions !== undefined && { regions: regions.split(',') }),
      }
      process.stdout.write(toAthenaTable({ ...options, ...lists }))
    })
}
