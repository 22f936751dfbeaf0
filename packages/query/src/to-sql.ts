import { configurationError, type FormatInput, fieldKey, fields, parseFormat } from '@flowlogs/core'
import { createAthenaDialect, type Dialect, duckdbDialect, timeColumns } from './dialect.ts'
import { filterConditions } from './filters.ts'
import type { Query } from './query.ts'

/** What a query is asked with; values are text as it is typed. */
export interface QueryOptions {
  readonly parameters?: Readonly<Record<string, string>>
  readonly filters?: Readonly<Record<string, string>>
}

/** The SQL of a query for the view `flows` of `@flowlogs/query/duckdb`. */
export function toDuckDbSql(query: Query, options: QueryOptions = {}): string {
  return compose(query, options, duckdbDialect)
}

/** The SQL of a query for Athena, on a table over flow logs of a format; throws when the format lacks what it needs. */
export function toAthenaSql(
  query: Query,
  options: QueryOptions & { readonly format: FormatInput; readonly table?: string },
): string {
  const { table = 'vpc_flow_logs' } = options
  const format = parseFormat(options.format)
  const missing = query.needs.filter((key) => !format.columns.some((column) => column.key === key))
  if (missing.length > 0) {
    throw configurationError(
      `the query ${query.name} needs ${missing.join(', ')}, which the format does not have`,
    )
  }
  return compose(query, options, createAthenaDialect(table, format))
}

const keys: readonly string[] = [...fields.map(({ name }) => fieldKey(name)), ...timeColumns]

function compose(query: Query, options: QueryOptions, dialect: Dialect): string {
  const asked = query.sql(options.parameters ?? {}, dialect)
  const conditions = filterConditions(options.filters ?? {}, dialect)
  const text = [asked, ...conditions].join(' ')
  const columns = keys.filter((key) => new RegExp(`\\b${key}\\b`).test(text))
  const where = conditions.length > 0 ? `\n  WHERE ${conditions.join('\n    AND ')}` : ''
  // The filters see the columns as the query does, so they stand one step further out.
  const source = dialect.source(columns)
  const flows = where === '' ? source : `SELECT * FROM (${source}) all_flows${where}`
  const [, rest] = /^WITH ([\s\S]*)$/.exec(asked) ?? []
  return `WITH flows AS (\n  ${flows}\n)${rest === undefined ? `\n${asked}` : `, ${rest}`}\n`
}
