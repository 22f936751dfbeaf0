/**
 * Tables over flow logs in S3, for Athena and Glue
 * (https://docs.aws.amazon.com/athena/latest/ug/vpc-flow-logs.html).
 */
import {
  type Column,
  configurationError,
  type FormatInput,
  findField,
  parseFormat,
} from '@flowlogs/core'
import { type Partitioning, partitioningOf } from './athena-partitions.ts'
import { parseLogLocation } from './log-location.ts'

/** What the flow log was made with, and how the table is to find its files. */
export interface AthenaTableOptions {
  readonly format: FormatInput
  /** `s3://BUCKET/PREFIX/AWSLogs/ACCOUNT/vpcflowlogs/REGION`, or a part of it. */
  readonly location: string
  /** Default `vpc_flow_logs`. */
  readonly table?: string
  /** Files are Parquet instead of text. */
  readonly parquet?: boolean
  /** Prefixes are in Hive style, `year=2026/month=01/…`. */
  readonly hive?: boolean
  /** Files are partitioned by hour as well. */
  readonly hourly?: boolean
  /** Athena works the partitions out from the prefixes, instead of being told each of them. */
  readonly projection?: boolean
  /** With projection, where the location names none. */
  readonly accounts?: readonly string[]
  /** With projection, where the location names none. */
  readonly regions?: readonly string[]
}

/** The statements that make the table; throws on what cannot be one. */
export function toAthenaTable(options: AthenaTableOptions): string {
  const { table = 'vpc_flow_logs', parquet = false } = options
  if (!/^\w+(?:\.\w+)?$/.test(table)) throw configurationError(`"${table}" is no name of a table`)
  const { columns } = parseFormat(options.format)
  const location = parseLogLocation(options.location)
  const partitioning = partitioningOf({ ...options, table, parquet }, columns, location)
  // Text is read by position, so that each field keeps its column; Parquet is read by name.
  const stored = parquet
    ? columns.filter(({ key }) => !partitioning.columns.some(({ name }) => name === key))
    : columns
  refuseRepeats(stored, partitioning)
  const isTransitGateway = columns.some(({ name }) => findField(name)?.family === 'tgw')
  const typed = stored.map((column) => {
    return `${quoted(column)} ${typeOf(column.name, parquet, isTransitGateway)}`
  })
  const partitions = partitioning.columns.map(({ name, type }) => `${name} ${type}`)
  const create = [
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${table} (`,
    typed.map((line) => `  ${line}`).join(',\n'),
    ')',
    `PARTITIONED BY (${partitions.join(', ')})`,
    ...(parquet ? parquetStorage : textStorage),
    `LOCATION '${partitioning.location}'`,
    `TBLPROPERTIES (\n${properties(parquet, partitioning)}\n);`,
  ]
  return [create.join('\n'), ...partitioning.afterwards].join('\n\n').concat('\n')
}

const textStorage = ["ROW FORMAT DELIMITED FIELDS TERMINATED BY ' '"]

const parquetStorage = [
  "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'",
  'STORED AS',
  "  INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'",
  "  OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'",
]

function properties(parquet: boolean, partitioning: Partitioning): string {
  const own = parquet ? { EXTERNAL: 'true' } : { 'skip.header.line.count': '1' }
  return Object.entries({ ...own, ...partitioning.properties })
    .map(([name, value]) => `  '${name}' = '${value}'`)
    .join(',\n')
}

const types = { STRING: 'string', INT32: 'int', INT64: 'bigint' } as const

/** AWS documents bigint for the protocol; the Parquet files have INT32, except those of a transit gateway. */
function typeOf(name: string, parquet: boolean, isTransitGateway: boolean): string {
  if (name === 'protocol') return parquet && !isTransitGateway ? 'int' : 'bigint'
  return types[findField(name)?.parquet ?? 'STRING']
}

/** Of AWS's names only `end` is a reserved word; what others will be, nobody knows. */
function quoted({ key, known }: Column): string {
  return key === 'end' || !known ? `\`${key}\`` : key
}

function refuseRepeats(stored: readonly Column[], partitioning: Partitioning): void {
  for (const { name } of partitioning.columns) {
    const bare = name.replaceAll('`', '')
    if (stored.some(({ key }) => key === bare)) {
      throw configurationError(`the format has a field "${bare}", which the partitions need`)
    }
  }
}
