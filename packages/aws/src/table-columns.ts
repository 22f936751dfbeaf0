/** The columns of a table over records: of Glue, Athena and Hive. */
import { type FormatInput, findField, parseFormat } from '@flowlogs/core'

/** One column, by the words of a Hive table. */
export interface TableColumn {
  /** The record key, such as `log_status`. Not quoted, though `end` is a reserved word. */
  readonly name: string
  readonly type: 'string' | 'int' | 'bigint'
}

const types = { STRING: 'string', INT32: 'int', INT64: 'bigint' } as const

/**
 * The columns that hold what `recordMapping` makes of a format's lines, in the format's order. The
 * types are those of the Parquet files that AWS writes; a field that AWS has not published is text.
 */
export function tableColumns(format: FormatInput): readonly TableColumn[] {
  return parseFormat(format).columns.map(({ name, key }) => ({
    name: key,
    type: types[findField(name)?.parquet ?? 'STRING'],
  }))
}
