/** A DuckDB database with the view `flows`, filled while results arrive. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import type { FieldKey } from '@flowlogs/core'
import type { Answer } from './answer.ts'
import { createBulkLoader } from './bulk-loader.ts'
import { duckdbPreparation } from './duckdb-view.ts'
import { flowColumns } from './load-mapping.ts'
import { selectOcsf } from './ocsf-columns.ts'
import { quoted } from './quoted.ts'

/** The formats of files that answers are written to. */
export type AnswerFormat = 'csv' | 'json' | 'parquet'

/** A database of flows. */
export interface FlowDatabase {
  /** Takes whole lines of what `loadMapping` writes, in order. */
  write(lines: Uint8Array): Promise<void>
  /** Takes bytes of OCSF events, one on each line; they may be cut anywhere. */
  writeOcsf(bytes: Uint8Array): Promise<void>
  /** Takes the OCSF events of a Parquet file, such as those of Security Lake. */
  loadOcsfParquet(path: string): Promise<void>
  /** Makes everything that was written part of `flows`. */
  flush(): Promise<void>
  /** Whether a Parquet file has OCSF events. */
  isOcsfParquet(path: string): Promise<boolean>
  /** Which of these columns have no value in any row, if there are rows. */
  emptyColumns(names: readonly FieldKey[]): Promise<readonly string[]>
  query(sql: string): Promise<Answer>
  /** Writes an answer to a file. */
  save(sql: string, path: string, format: AnswerFormat): Promise<void>
  /** Deletes it; the end of the process does so, too. */
  close(): Promise<void>
}

/** What can be chosen about a database. */
export interface FlowDatabaseOptions {
  /** What DuckDB may use of the memory before it uses the disk. Default 512 MiB. */
  readonly memoryBytes?: number
}

/** Creates an empty database, in a folder for temporary files that goes with it. */
export async function createFlowDatabase(options: FlowDatabaseOptions = {}): Promise<FlowDatabase> {
  const { memoryBytes = 512 * 1024 ** 2 } = options
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-query-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const instance = await DuckDBInstance.create(join(folder, 'flows.duckdb'), {
    memory_limit: `${Math.ceil(memoryBytes / 1024 ** 2)}MiB`,
    temp_directory: join(folder, 'spill'),
    // Otherwise loading takes twice as long, and no question is about the order of lines.
    preserve_insertion_order: 'false',
    // Nothing is to be fetched.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  for (const statement of duckdbPreparation) await connection.run(statement)
  const run = async (sql: string): Promise<void> => {
    await connection.run(sql)
  }
  const types = flowColumns.map(({ name, type }) => `${quoted(name)}: '${type}'`).join(', ')
  const records = createBulkLoader(join(folder, 'records.ndjson'), (path) =>
    run(
      `INSERT INTO records BY NAME SELECT * FROM read_json('${path}', format = 'newline_delimited', columns = {${types}})`,
    ),
  )
  const events = createBulkLoader(join(folder, 'events.ndjson'), (path) =>
    run(`INSERT INTO records BY NAME ${selectOcsf(`read_ndjson_objects('${path}')`, 'json')}`),
  )
  let rest: Uint8Array = new Uint8Array()

  return {
    write: records.write,
    async writeOcsf(bytes) {
      const end = bytes.lastIndexOf(10) + 1
      const whole = Buffer.concat([rest, bytes.subarray(0, end)])
      rest = end === 0 ? Buffer.concat([rest, bytes]) : bytes.slice(end)
      if (end > 0) await events.write(whole)
    },
    loadOcsfParquet: (path) =>
      run(
        `INSERT INTO records BY NAME ${selectOcsf(`read_parquet(${literal(path)}) events`, 'to_json(events)')}`,
      ),
    async flush() {
      await records.flush()
      if (rest.length > 0) await events.write(rest)
      rest = new Uint8Array()
      await events.flush()
    },
    async isOcsfParquet(path) {
      const schema = `parquet_schema(${literal(path)})`
      const found = await connection.runAndReadAll(
        `SELECT count(*) FROM ${schema} WHERE name = 'class_uid'`,
      )
      return Number(found.getRows()[0]?.[0]) > 0
    },
    async emptyColumns(names) {
      if (names.length === 0) return []
      const counts = names.map((name) => `count(${quoted(name)})`)
      const found = await connection.runAndReadAll(
        `SELECT ${['count(*)', ...counts].join(', ')} FROM records`,
      )
      const [all, ...filled] = (found.getRows()[0] ?? []).map(Number)
      return all === 0 ? [] : names.filter((_, index) => filled[index] === 0)
    },
    async query(sql) {
      const result = await connection.runAndReadAll(sql)
      const columnTypes = result.columnTypes()
      return {
        columns: result.deduplicatedColumnNames().map((name, index) => ({
          name,
          isNumber: isNumber(columnTypes[index]),
        })),
        rows: result.getRowsJson().map((row) => row.map(toText)),
      }
    },
    save: (sql, path, format) =>
      run(`COPY (${sql.trim().replace(/;$/, '')}) TO ${literal(path)} (FORMAT ${format})`),
    async close() {
      await Promise.all([records.settle(), events.settle()])
      connection.closeSync()
      instance.closeSync()
      process.off('exit', remove)
      remove()
    },
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const numbers: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
])

function isNumber(type: DuckDBType | undefined): boolean {
  return type !== undefined && numbers.has(type.typeId)
}

function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
