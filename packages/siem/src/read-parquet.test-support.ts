import { zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { type ExactJson, parseExactly } from '@flowlogs/conformance'
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet'

/** What DuckDB answers, as plain values. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJS()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The rows of a file or a glob as DuckDB reads them, without nulls. */
export async function readWithDuckdb(path: string): Promise<ExactJson[]> {
  const rows = await query(
    `SELECT to_json(rows)::VARCHAR AS json FROM
     (FROM read_parquet('${path}', hive_partitioning = false)) AS rows`,
  )
  return rows.map(({ json }) => withoutNulls(parseExactly(json as string)))
}

/** The rows of a file as hyparquet reads them, without nulls; integers of 64 bits are bigint. */
export async function readWithHyparquet(bytes: Uint8Array): Promise<ExactJson[]> {
  const file = arrayBuffer(bytes)
  const rows = await parquetReadObjects({ file, compressors: { ZSTD: decompress } })
  return rows.map((row) => withoutNulls(row as ExactJson))
}

/** The footer of a file. */
export function readMetadata(bytes: Uint8Array): FileMetaData {
  return parquetMetadata(arrayBuffer(bytes))
}

function decompress(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes)
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function withoutNulls(value: ExactJson): ExactJson {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member)])
      .filter(([, member]) => !isEmptyObject(member)),
  )
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && !(value instanceof Date) && Object.keys(value ?? [1]).length === 0
  )
}
