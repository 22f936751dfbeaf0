/** What narrows the flows that a query looks at; the same for every query. */
import { configurationError } from '@flowlogs/core'
import type { Dialect } from './dialect.ts'
import {
  choice,
  condition,
  duration,
  instant,
  networks,
  optional,
  type Parameter,
  ports,
  protocolList,
  words,
} from './parameter.ts'

/** A filter; `sql` gives the condition for a parsed value. */
export interface Filter {
  readonly parameter: Parameter
  readonly sql: (value: never, dialect: Dialect) => string
  /** Whether `!` before the value turns it around. */
  readonly canNegate: boolean
}

/** Every filter by its name. */
export const filters: Readonly<Record<string, Filter>> = {
  since: filter(instant('flows that began then or later'), (time) => `start_time >= ${time}`),
  until: filter(instant('flows that began earlier'), (time) => `start_time < ${time}`),
  last: filter(
    duration('flows that began so long before the newest record (before now in Athena)'),
    (interval, { latest }) => `start_time >= ${latest} - ${interval}`,
  ),
  action: negatable(
    choice('what AWS did', ['ACCEPT', 'REJECT']),
    (action) => `action = '${action}'`,
  ),
  direction: negatable(
    choice('seen from the interface', ['ingress', 'egress']),
    (direction) => `flow_direction = '${direction}'`,
  ),
  src: negatable(networks('source addresses'), (list, dialect) =>
    inAny(dialect, ['srcaddr', 'pkt_srcaddr'], list),
  ),
  dst: negatable(networks('destination addresses'), (list, dialect) =>
    inAny(dialect, ['dstaddr', 'pkt_dstaddr'], list),
  ),
  address: negatable(networks('addresses of either end'), (list, dialect) =>
    inAny(dialect, ['srcaddr', 'pkt_srcaddr', 'dstaddr', 'pkt_dstaddr'], list),
  ),
  srcport: negatable(ports('source ports'), (list) => isOne('srcport', list)),
  dstport: negatable(ports('destination ports'), (list) => isOne('dstport', list)),
  port: negatable(
    ports('ports of either end'),
    (list) => `(${isOne('srcport', list)} OR ${isOne('dstport', list)})`,
  ),
  protocol: negatable(protocolList('protocols, such as tcp or 17'), (list) =>
    isOne('protocol', list),
  ),
  interface: negatable(words('network interfaces', 'ids'), (list) => isText('interface_id', list)),
  instance: negatable(words('instances', 'ids'), (list) => isText('instance_id', list)),
  subnet: negatable(words('subnets', 'ids'), (list) => isText('subnet_id', list)),
  vpc: negatable(words('VPCs', 'ids'), (list) => isText('vpc_id', list)),
  account: negatable(words('accounts', 'ids'), (list) => isText('account_id', list)),
  where: filter(condition('any condition in SQL'), (sql) => `(${sql})`),
}

/** The conditions for filter values as they are typed; throws on what is no filter or no value. */
export function filterConditions(
  given: Readonly<Record<string, string>>,
  dialect: Dialect,
): readonly string[] {
  return Object.entries(given).map(([name, text]) => {
    const found = filters[name]
    if (found === undefined) throw configurationError(`there is no filter "${name}"`)
    const isNegated = found.canNegate && text.startsWith('!')
    const value = found.parameter.parse(isNegated ? text.slice(1) : text)
    const sql = found.sql(value as never, dialect)
    // A value that is absent is none of those that are asked for.
    return isNegated ? `NOT COALESCE(${sql}, FALSE)` : sql
  })
}

function filter<Value>(
  parameter: Parameter<Value>,
  sql: (value: Value, dialect: Dialect) => string,
): Filter {
  return { parameter: optional(parameter), sql, canNegate: false }
}

function negatable<Value>(
  parameter: Parameter<Value>,
  sql: (value: Value, dialect: Dialect) => string,
): Filter {
  return { parameter: optional(parameter), sql, canNegate: true }
}

function isOne(column: string, values: readonly number[]): string {
  return `${column} IN (${values.join(', ')})`
}

function isText(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map((value) => `'${value}'`).join(', ')})`
}

function inAny(dialect: Dialect, columns: readonly string[], list: readonly string[]): string {
  return `(${columns.map((column) => `COALESCE(${inNetworks(dialect, column, list)}, FALSE)`).join(' OR ')})`
}

/** Whether an address lies in one of several networks. */
export function inNetworks(dialect: Dialect, address: string, list: readonly string[]): string {
  return `(${list.map((network) => dialect.inNetwork(address, network)).join(' OR ')})`
}
