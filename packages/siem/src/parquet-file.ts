/** A Parquet file in memory, row group by row group. */
import { zstdCompressSync } from 'node:zlib'
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import type { Column, Columns } from './ocsf-columns.ts'

/** A row by the names of its columns: text, numbers for integers, bigint for longs and datetimes. */
export type Row = { readonly [column: string]: Cell }

/** A value as the writer takes it; lists are arrays, maps are maps, structs are objects. */
export type Cell =
  | string
  | number
  | bigint
  | readonly Cell[]
  | ReadonlyMap<string, string>
  | { readonly [name: string]: Cell }

/** A file that is being written. */
export interface ParquetFile {
  /** Adds a row group. */
  write(rows: readonly Row[]): void
  /** Writes the footer and gives the whole file. */
  end(): Uint8Array
}

/** Begins a file; pages are compressed with zstd. */
export function createParquetFile(columns: Columns): ParquetFile {
  const writer = new ByteWriter()
  const file = new ParquetWriter({
    writer,
    schema: toSchema(columns),
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    createdBy: '@flowlogs/siem',
  })
  const names = Object.keys(columns)

  return {
    write(rows) {
      const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name]) }))
      file.write({ columnData, rowGroupSize: rows.length, pageSize, dictionarySize: pageSize })
    },
    end() {
      file.finish()
      return writer.getBytes()
    },
  }
}

// The writer counts UTF-16 units and neither the four bytes before each text nor the levels, so a
// page grows to seven times this at the very most: below Security Lake's 1 MB.
const pageSize = 128 * 1024

/** The columns in Parquet's words: a tree in preorder. All of them may be null. */
function toSchema(columns: Columns): SchemaElement[] {
  return [{ name: 'root', num_children: Object.keys(columns).length }, ...members(columns)]
}

function members(columns: Columns): SchemaElement[] {
  return Object.entries(columns).flatMap(([name, column]) => toElements(name, column))
}

function toElements(name: string, column: Column): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  if (column === 'text') return [{ ...optional, ...text }]
  if (column === 'integer') return [{ ...optional, type: 'INT32' }]
  if (column === 'long') return [{ ...optional, type: 'INT64' }]
  if (column === 'datetime') return [{ ...optional, ...timestamp }]
  if ('struct' in column) {
    const { struct } = column
    return [{ ...optional, num_children: Object.keys(struct).length }, ...members(struct)]
  }
  if ('list' in column) {
    return [
      { ...optional, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...toElements('element', column.list),
    ]
  }
  return [
    { ...optional, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', repetition_type: 'REQUIRED', ...text },
    { name: 'value', repetition_type: 'REQUIRED', ...text },
  ]
}

const text = {
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
} as const

const timestamp = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
} as const
