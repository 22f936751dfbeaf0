/** Parquet files for tests. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { findField } from '@flowlogs/core'
import type { AsyncBuffer, CompressionCodec, Encoding } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { type ParquetLimits, readParquet } from './read-parquet.ts'

type Compress = (bytes: Uint8Array) => Uint8Array

const compressors: Readonly<Partial<Record<CompressionCodec, Compress>>> = {
  GZIP: (bytes) => gzipSync(bytes),
  BROTLI: (bytes) => brotliCompressSync(bytes),
  ZSTD: (bytes) => zstdCompressSync(bytes),
}

/** How lines are stored. */
export interface FileOptions {
  readonly codec?: CompressionCodec
  readonly rowGroupSize?: number
  readonly pageSize?: number
  /** By the type of the column. */
  readonly encodings?: Readonly<Partial<Record<'STRING' | 'INT32' | 'INT64', Encoding>>>
  readonly types?: Readonly<Record<string, 'STRING' | 'INT32' | 'INT64'>>
}

/** Stores lines as AWS does: underscores, and no value where a number is absent. */
export function toParquet(
  format: string,
  lines: readonly string[],
  { codec = 'GZIP', encodings = {}, types = {}, ...options }: FileOptions = {},
): Uint8Array<ArrayBuffer> {
  const rows = lines.map((line) => line.split(' '))
  const columnData = format.split(' ').map((name, index) => {
    const type = types[name] ?? findField(name)?.parquet ?? 'STRING'
    const encoding = encodings[type]
    return {
      name: name.replaceAll('-', '_'),
      type,
      ...(encoding && { encoding }),
      data: rows.map((values) => stored(values[index] ?? '-', type)),
    }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData, codec, compressors, ...options }))
}

function stored(value: string, type: string): unknown {
  if (type === 'STRING') return value
  if (value === '-') return null
  return type === 'INT32' ? Number(value) : BigInt(value)
}

/** Everything that is in a file: blocks as one text for each format, and the rest as it is. */
export async function readAll(
  bytes: Uint8Array<ArrayBuffer>,
  limits?: ParquetLimits,
): Promise<unknown[]> {
  const found: unknown[] = []
  let next = 1
  for await (const item of readParquet(fileOf(bytes), limits)) {
    if (!('lines' in item)) {
      found.push(item)
      next = (item.origin?.line ?? next) + 1
      continue
    }
    const text = Buffer.from(item.lines).toString()
    const last = found.at(-1)
    if (typeof last === 'object' && last !== null && 'lines' in last && item.line === next) {
      found[found.length - 1] = { ...last, lines: `${last.lines}${text}` }
    } else found.push({ ...item, lines: text })
    next = item.line + text.split('\n').length - 1
  }
  return found
}

/** Lines as `readAll` tells them. */
export function block(format: string, lines: readonly string[], line: number = 1): unknown {
  return { format, lines: lines.map((each) => `${each}\n`).join(''), line }
}

/** Bytes as a file that can be read from any place. */
export function fileOf(bytes: Uint8Array<ArrayBuffer>): AsyncBuffer {
  const { byteLength } = bytes
  return { byteLength, slice: (start, end) => bytes.slice(start, end).buffer }
}
