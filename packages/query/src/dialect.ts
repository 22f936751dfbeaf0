/** What DuckDB and Athena say in different words; all other SQL of the queries is read by both. */
import { type Field, type Format, fieldKey, fields } from '@flowlogs/core'
import { toKeyRange } from './network-keys.ts'
import { quoted } from './quoted.ts'

/** The name of a dialect. */
export type DialectName = (typeof dialectNames)[number]

/** The dialects. */
export const dialectNames = ['duckdb', 'athena'] as const

/** How a dialect says it; arguments are expressions. */
export interface Dialect {
  /** Whether an address lies in a network, such as `10.0.0.0/8`. */
  inNetwork(address: string, network: string): string
  /** Something that is equal for equal addresses, however they are written. */
  sameAddress(address: string): string
  /** A table `listed` with a column `network`, and whether one holds what `sameAddress` gives. */
  listNetworks(networks: readonly string[]): {
    readonly from: string
    readonly holds: (key: string) => string
  }
  /** The bits of a mask that are set. */
  bits(flags: string, mask: number): string
  /** The day of the week, 1 for Monday to 7. */
  weekday(time: string): string
  /** The time from which `last` counts back. */
  readonly latest: string
  /** The rows of which `flows` consists, with these columns, among them `start_time` and `end_time`. */
  source(columns: readonly string[]): string
}

/** DuckDB, on the view that `@flowlogs/query/duckdb` makes, with its macros. */
export const duckdbDialect: Dialect = {
  inNetwork(address, network) {
    const [first, last] = toKeyRange(network)
    return `address_key(${address}) BETWEEN '${first}' AND '${last}'`
  },
  sameAddress: (address) => `address_key(${address})`,
  // Compared as a range, which DuckDB joins by sorting.
  listNetworks: (networks) => ({
    from: `(VALUES ${networks
      .map((network) => `('${[network, ...toKeyRange(network)].join("', '")}')`)
      .join(', ')}) AS listed (network, first_key, last_key)`,
    holds: (key) => `${key} BETWEEN listed.first_key AND listed.last_key`,
  }),
  bits: (flags, mask) => `(${flags} & ${mask})`,
  weekday: (time) => `isodow(${time})`,
  // Files may be of any age.
  latest: '(SELECT max(end_time) FROM main.flows)',
  source: () => 'SELECT * FROM main.flows',
}

const athenaTypes: Readonly<Record<Field['parquet'], string>> = {
  STRING: 'varchar',
  INT32: 'integer',
  INT64: 'bigint',
}

/** Athena and Trino, on a table over flow logs of a format. */
export function createAthenaDialect(table: string, format: Format): Dialect {
  const known = new Map<string, Field>(fields.map((field) => [fieldKey(field.name), field]))
  const stored = new Set(format.columns.map(({ key }) => key))

  const column = (key: string): string => {
    if (times.has(key)) return time(key.replace('_time', ''))
    const { parquet = 'STRING' } = known.get(key) ?? {}
    const name = quoted(key)
    if (!stored.has(key)) return `CAST(NULL AS ${athenaTypes[parquet]}) AS ${name}`
    // Text columns keep the dash that stands for no value.
    return parquet === 'STRING' ? `NULLIF(${name}, '-') AS ${name}` : name
  }
  const time = (key: string): string =>
    stored.has(key)
      ? `${utc(quoted(key))} AS ${key}_time`
      : `CAST(NULL AS timestamp) AS ${key}_time`

  return {
    inNetwork: (address, network) => `contains('${network}', TRY_CAST(${address} AS ipaddress))`,
    sameAddress: (address) => `TRY_CAST(${address} AS ipaddress)`,
    listNetworks: (networks) => ({
      from: `(VALUES ${networks.map((network) => `('${network}')`).join(', ')}) AS listed (network)`,
      holds: (key) => `contains(listed.network, ${key})`,
    }),
    bits: (flags, mask) => `bitwise_and(${flags}, ${mask})`,
    weekday: (at) => `day_of_week(${at})`,
    latest: "CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp)",
    source: (columns) =>
      `SELECT ${columns.length === 0 ? '*' : columns.map(column).join(', ')} FROM ${table}`,
  }
}

/** The columns that are not fields. */
export const timeColumns: readonly string[] = ['start_time', 'end_time']

const times: ReadonlySet<string> = new Set(timeColumns)

/** Seconds, or in some copies milliseconds, as a timestamp in UTC. */
function utc(time: string): string {
  const at = (seconds: string): string => `CAST(from_unixtime(${seconds}, 'UTC') AS timestamp)`
  return `CASE WHEN ${time} BETWEEN 1000000000 AND 9999999999 THEN ${at(time)} WHEN ${time} BETWEEN 1000000000000 AND 9999999999999 THEN ${at(`${time} / 1e3`)} END`
}
