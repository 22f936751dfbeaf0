import { type Column, configurationError } from '@flowlogs/core'
import type { LogLocation } from './log-location.ts'

/** How a table is cut into partitions. */
export interface Partitioning {
  readonly location: string
  /** Names are quoted where they must be. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly properties: Readonly<Record<string, string>>
  /** Statements, and comments on those that have to be run again. */
  readonly afterwards: readonly string[]
}

/** The part of the table's options that matters here. */
export interface PartitionOptions {
  readonly table: string
  readonly parquet: boolean
  readonly hive?: boolean
  readonly hourly?: boolean
  readonly projection?: boolean
  readonly accounts?: readonly string[]
  readonly regions?: readonly string[]
}

/** Chooses the partitions; throws when the location does not say enough for them. */
export function partitioningOf(
  options: PartitionOptions,
  columns: readonly Column[],
  location: LogLocation,
): Partitioning {
  const { hive = false, projection = false } = options
  if (!projection && (options.accounts || options.regions)) {
    throw configurationError('accounts and regions go with projection')
  }
  if (hive) return projection ? projectedHive(options, location) : hivePrefixes(options, location)
  return projection ? projected(options, columns, location) : byDate(options, location)
}

/** Each day, or hour, is made known by a statement of its own. */
function byDate({ table, hourly }: PartitionOptions, { url }: LogLocation): Partitioning {
  const [values, path] = hourly
    ? ["`date`='YYYY-MM-dd', hour='HH'", 'YYYY/MM/dd/HH/']
    : ["`date`='YYYY-MM-dd'", 'YYYY/MM/dd/']
  return {
    location: url,
    columns: [
      { name: '`date`', type: 'date' },
      ...(hourly ? [{ name: 'hour', type: 'string' }] : []),
    ],
    properties: {},
    afterwards: [
      `-- For each ${hourly ? 'hour' : 'day'}:\n-- ALTER TABLE ${table} ADD IF NOT EXISTS PARTITION (${values}) LOCATION '${url}${path}';`,
    ],
  }
}

/** Projection over `AWSLogs/ACCOUNT/vpcflowlogs/REGION/YYYY/MM/dd[/HH]`. */
function projected(
  options: PartitionOptions,
  columns: readonly Column[],
  location: LogLocation,
): Partitioning {
  const { hourly = false, parquet } = options
  const accounts = known('account', options.accounts, location.account)
  const regions = known('region', options.regions, location.region)
  // In text the field of that name keeps its column, since text is read by position.
  const isTaken = !parquet && columns.some(({ key }) => key === 'region')
  const region = isTaken ? 'aws_region' : 'region'
  const byAccount = options.accounts !== undefined
  const account = byAccount ? '${accountid}' : accounts[0]
  return {
    location: `${location.root}AWSLogs/`,
    columns: [...(byAccount ? ['accountid'] : []), region, 'day'].map((name) => ({
      name,
      type: 'string',
    })),
    properties: {
      'projection.enabled': 'true',
      ...(byAccount ? listed('accountid', accounts) : {}),
      ...listed(region, regions),
      'projection.day.type': 'date',
      'projection.day.range': hourly ? '2021/01/01/00,NOW' : '2021/01/01,NOW',
      'projection.day.format': hourly ? 'yyyy/MM/dd/HH' : 'yyyy/MM/dd',
      ...(hourly && { 'projection.day.interval': '1', 'projection.day.interval.unit': 'HOURS' }),
      'storage.location.template': `${location.root}AWSLogs/${account}/vpcflowlogs/\${${region}}/\${day}`,
    },
    afterwards: [],
  }
}

const hiveNames = ['aws-account-id', 'aws-service', 'aws-region', 'year', 'month', 'day', 'hour']

function hiveColumns(hourly = false): Partitioning['columns'] {
  const names = hourly ? hiveNames : hiveNames.slice(0, -1)
  return names.map((name) => ({ name: `\`${name}\``, type: 'string' }))
}

/** Prefixes in Hive style name their partitions, which one statement finds. */
function hivePrefixes({ table, hourly }: PartitionOptions, { root }: LogLocation): Partitioning {
  return {
    location: `${root}AWSLogs/`,
    columns: hiveColumns(hourly),
    properties: {},
    afterwards: [`-- Again whenever there are new days:\nMSCK REPAIR TABLE ${table};`],
  }
}

function projectedHive(options: PartitionOptions, location: LogLocation): Partitioning {
  const { hourly = false } = options
  const names = hourly ? hiveNames : hiveNames.slice(0, -1)
  return {
    location: `${location.root}AWSLogs/`,
    columns: hiveColumns(hourly),
    properties: {
      'projection.enabled': 'true',
      ...listed('aws-account-id', known('account', options.accounts, location.account)),
      ...listed('aws-service', ['vpcflowlogs']),
      ...listed('aws-region', known('region', options.regions, location.region)),
      ...numbered('year', '2021,2040', 4),
      ...numbered('month', '1,12', 2),
      ...numbered('day', '1,31', 2),
      ...(hourly ? numbered('hour', '0,23', 2) : {}),
      'storage.location.template': `${location.root}AWSLogs/${names
        .map((name) => `${name}=\${${name}}`)
        .join('/')}`,
    },
    afterwards: [],
  }
}

function listed(name: string, values: readonly string[]): Readonly<Record<string, string>> {
  return { [`projection.${name}.type`]: 'enum', [`projection.${name}.values`]: values.join(',') }
}

function numbered(name: string, range: string, digits: number): Readonly<Record<string, string>> {
  return {
    [`projection.${name}.type`]: 'integer',
    [`projection.${name}.range`]: range,
    [`projection.${name}.digits`]: String(digits),
  }
}

/** What the caller lists, or else the location names. */
function known(
  what: 'account' | 'region',
  listedValues: readonly string[] | undefined,
  located: string | undefined,
): readonly string[] {
  const values = listedValues ?? (located === undefined ? [] : [located])
  const form = what === 'account' ? /^\d{12}$/ : /^[a-z]{2,}(?:-[a-z]+)+-\d+$/
  for (const value of values) {
    if (!form.test(value)) throw configurationError(`"${value}" is no ${what}`)
  }
  if (values.length === 0) {
    throw configurationError(
      `projection has to know the ${what}: in the location, s3://BUCKET/AWSLogs/ACCOUNT/vpcflowlogs/REGION, or as ${what}s`,
    )
  }
  return values
}
