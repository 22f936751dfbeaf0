/** Parquet objects of flow logs → lines, one group of rows after the other, with hyparquet. */
import { fieldKey, type Rejection, type RejectionCode } from '@flowlogs/core'
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { toJsonText } from './exact-json.ts'
import { isMistakable } from './mistakable-line.ts'
import { createCompressors } from './parquet-compressors.ts'
import { type NamedColumn, readColumns } from './parquet-names.ts'

/** Rows next to each other. */
export interface ParquetLines {
  /** The names of the columns with dashes, in the order of the file, separated by spaces. */
  readonly format: string
  /** One line for each row. */
  readonly lines: Uint8Array
  /** Number of the first row in the file, from 1. */
  readonly line: number
}

/** How much a file may hold. */
export interface ParquetLimits {
  /** Rows of one group; they are in memory together. Default 4 million. */
  readonly maxGroupRows?: number
  /** Bytes that the pages of the file may inflate to together. Default 16 GiB. */
  readonly maxInflatedBytes?: number
}

const blockRows = 1024
const gibibyte = 1024 ** 3

/**
 * Reads a file block by block. What cannot be read is a rejection, with the number of the row as
 * its origin; a group of rows that is damaged does not take the others with it. Throws only what
 * `file` throws.
 */
export async function* readParquet(
  file: AsyncBuffer,
  limits: ParquetLimits = {},
): AsyncGenerator<ParquetLines | Rejection, void, undefined> {
  const { maxGroupRows = 4_000_000, maxInflatedBytes = 16 * gibibyte } = limits
  const compressors = createCompressors(maxInflatedBytes)
  let metadata: FileMetaData
  try {
    metadata = await parquetMetadataAsync(file, { geoparquet: false })
  } catch (error) {
    yield toRejection('bad_parquet', error)
    return
  }
  const columns = readColumns(metadata.schema)
  if (!Array.isArray(columns)) {
    yield toRejection('unknown_shape', columns)
    return
  }
  let start = 0
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows)
    const origin = { line: start + 1 }
    if (rows > maxGroupRows) {
      yield { ...toRejection('too_large', `a group has ${rows} rows`), origin }
      return
    }
    try {
      const read = { file, metadata, compressors, rowStart: start, rowEnd: start + rows }
      const texts: Texts[] = []
      for (const column of columns) texts.push(await readTexts(column, rows, read))
      yield* toLines(columns, texts, rows, start + 1)
    } catch (error) {
      const value = `rows ${start + 1} to ${start + rows}: ${describe(error)}`
      yield { ...toRejection('bad_parquet', value), origin }
    }
    start += rows
  }
}

function toRejection(code: RejectionCode, reason: unknown): Rejection {
  return { code, value: describe(reason), line: '' }
}

function describe(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}

/** The values of one column: few are different from each other, as a rule. */
interface Texts {
  readonly different: readonly Value[]
  /** For each row, which of them it has. */
  readonly indexes: Uint32Array
}

interface Value {
  /** Undefined for what no line can carry. */
  readonly text: string | undefined
  readonly value: unknown
}

type Read = Pick<
  Parameters<typeof parquetRead>[0],
  'file' | 'metadata' | 'compressors' | 'rowStart' | 'rowEnd'
>

async function readTexts({ path, toText }: NamedColumn, rows: number, read: Read): Promise<Texts> {
  const chunks: { readonly columnData: ArrayLike<unknown>; readonly rowStart: number }[] = []
  await parquetRead({
    ...read,
    columns: [path],
    parsers: { stringFromBytes, jsonFromBytes: stringFromBytes },
    geoparquet: false,
    onChunk: (chunk) => chunks.push(chunk),
  })
  const different: Value[] = []
  const indexes = new Uint32Array(rows)
  const known = new Map<unknown, number>()
  let found = 0
  for (const { columnData, rowStart } of chunks) {
    const first = rowStart - (read.rowStart ?? 0)
    found += columnData.length
    for (let row = 0; row < columnData.length; row++) {
      const value = columnData[row]
      let index = known.get(value)
      if (index === undefined) {
        index = different.length
        known.set(value, index)
        different.push({ text: toText(value), value })
      }
      indexes[first + row] = index
    }
  }
  if (found !== rows) throw new Error(`the column "${path}" has ${found} of ${rows} rows`)
  return { different, indexes }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text, or the bytes that are none, which no field can hold. */
function stringFromBytes(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  if (bytes === undefined) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return bytes
  }
}

function* toLines(
  columns: readonly NamedColumn[],
  texts: readonly Texts[],
  rows: number,
  first: number,
): Generator<ParquetLines | Rejection, void, undefined> {
  const format = columns.map(({ name }) => name).join(' ')
  let lines = ''
  let start = 0
  for (let row = 0; row < rows; row++) {
    const line = lineOf(texts, row)
    if (line !== undefined) lines += `${line}\n`
    if (lines !== '' && (line === undefined || row + 1 - start === blockRows || row + 1 === rows)) {
      yield { format, lines: Buffer.from(lines), line: first + start }
      lines = ''
    }
    if (lines === '') start = row + 1
    if (line === undefined) yield rejectRow(columns, texts, row, first + row)
  }
}

function lineOf(texts: readonly Texts[], row: number): string | undefined {
  let line = ''
  for (const { different, indexes } of texts) {
    const text = different[indexes[row] as number]?.text
    if (text === undefined) return undefined
    line += line === '' ? text : ` ${text}`
  }
  return isMistakable(line) ? undefined : line
}

/** The row as a JSON record, from which it can be read again. */
function rejectRow(
  columns: readonly NamedColumn[],
  texts: readonly Texts[],
  row: number,
  line: number,
): Rejection {
  const values = texts.map(({ different, indexes }) => different[indexes[row] as number])
  const bad = Math.max(
    0,
    values.findIndex((value) => value?.text === undefined),
  )
  const record = columns.map(({ name }, index) => [fieldKey(name), values[index]?.value])
  return {
    code: 'unknown_shape',
    field: fieldKey(columns[bad]?.name ?? ''),
    value: textOf(values[bad]?.value),
    line: toJsonText(Object.fromEntries(record)) ?? '',
    origin: { line },
  }
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'string' ? value : (toJsonText(value) ?? String(value))
}
