import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { goldenEvents, stringify } from './lake-events.test-support.ts'
import {
  type Column,
  type LakeVersion,
  lakeVersions,
  networkActivityColumns,
} from './ocsf-columns.ts'
import { type Cell, createParquetFile, type Row } from './parquet-file.ts'
import { createParseRow } from './parse-row.ts'
import {
  query,
  readMetadata,
  readWithDuckdb,
  readWithHyparquet,
} from './read-parquet.test-support.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-parquet-'))
  path = join(folder, 'file.parquet')
})
afterEach(() => rm(folder, { recursive: true }))

function fileOf(groups: readonly (readonly Row[])[], version: LakeVersion = '1.1.0'): Uint8Array {
  const file = createParquetFile(networkActivityColumns(version))
  for (const rows of groups) file.write(rows)
  return file.end()
}

describe.each(lakeVersions)('OCSF %s', (version) => {
  const columns = networkActivityColumns(version)
  const parseRow = createParseRow(columns, version)
  const events = goldenEvents(version)
  const rows = events.map((event) => {
    const parsed = parseRow(Buffer.from(stringify(event)))
    if ('reason' in parsed) throw new Error(parsed.message)
    return parsed.row
  })

  test('every event of the corpus has a column for everything', () => {
    expect(events.length).toBeGreaterThan(80)
    const texts = (unmapped: unknown) => Object.fromEntries((unmapped as Map<string, string>) ?? [])
    expect(rows.map(({ unmapped }) => texts(unmapped))).toStrictEqual(
      events.map(({ unmapped = {} }) => unmapped),
    )
  })

  test('DuckDB reads the corpus back', async () => {
    await writeFile(path, fileOf([rows], version))
    expect(await readWithDuckdb(path)).toStrictEqual(events)
  })

  test('hyparquet reads the corpus back', async () => {
    const read = await readWithHyparquet(fileOf([rows], version))
    expect(read.map(comparable)).toStrictEqual(rows.map(comparable))
  })

  test('all columns hold what they are for, and nulls beside it', async () => {
    const full = fullRow(columns)
    const bytes = fileOf([[full, {}, full]], version)
    await writeFile(path, bytes)
    const expected = [comparable(full), {}, comparable(full)]
    expect((await readWithHyparquet(bytes)).map(comparable)).toStrictEqual(expected)
    const times = await query(
      `SELECT epoch_ms(time_dt) AS time_dt, epoch_ms(end_time_dt) AS end_time_dt FROM '${path}'`,
    )
    const { time_dt, end_time_dt } = full
    expect(times).toStrictEqual([
      { time_dt, end_time_dt },
      { time_dt: null, end_time_dt: null },
      { time_dt, end_time_dt },
    ])
  })

  test('the schema does not depend on the rows', async () => {
    const schemas = [[[{}]], [rows], [rows, [fullRow(columns)]]].map(
      (groups) => readMetadata(fileOf(groups, version)).schema,
    )
    expect(schemas[1]).toStrictEqual(schemas[0])
    expect(schemas[2]).toStrictEqual(schemas[0])
  })
})

test('the schema is what Security Lake writes itself', async () => {
  const described: string[][] = []
  for (const version of lakeVersions) {
    await writeFile(path, fileOf([[{}]], version))
    const columns = await query(`DESCRIBE FROM '${path}'`)
    described.push(columns.map(({ column_name, column_type }) => `${column_name} ${column_type}`))
  }
  const endpoint =
    'STRUCT(ip VARCHAR, intermediate_ips VARCHAR[], port INTEGER, svc_name VARCHAR, container STRUCT(uid VARCHAR), proxy_endpoint STRUCT(ip VARCHAR, uid VARCHAR, interface_uid VARCHAR, instance_uid VARCHAR, subnet_uid VARCHAR, vpc_uid VARCHAR), uid VARCHAR, interface_uid VARCHAR, instance_uid VARCHAR, subnet_uid VARCHAR, vpc_uid VARCHAR)'
  const common = [
    'activity_id INTEGER',
    'activity_name VARCHAR',
    'category_uid INTEGER',
    'category_name VARCHAR',
    'class_uid INTEGER',
    'class_name VARCHAR',
    'type_uid BIGINT',
    'type_name VARCHAR',
    'severity_id INTEGER',
    'severity VARCHAR',
    'action_id INTEGER',
    'action VARCHAR',
    'disposition_id INTEGER',
    'disposition VARCHAR',
    'status_code VARCHAR',
    'status_detail VARCHAR',
    'time BIGINT',
    'time_dt TIMESTAMP WITH TIME ZONE',
    'start_time BIGINT',
    'start_time_dt TIMESTAMP WITH TIME ZONE',
    'end_time BIGINT',
    'end_time_dt TIMESTAMP WITH TIME ZONE',
    'duration INTEGER',
    'metadata STRUCT("version" VARCHAR, profiles VARCHAR[], product STRUCT("name" VARCHAR, vendor_name VARCHAR, "version" VARCHAR, feature STRUCT("name" VARCHAR)), uid VARCHAR, log_name VARCHAR, log_version VARCHAR, original_time VARCHAR, processed_time BIGINT)',
    'cloud STRUCT(provider VARCHAR, account STRUCT(uid VARCHAR, type_id INTEGER, "type" VARCHAR), region VARCHAR, "zone" VARCHAR)',
    'connection_info STRUCT(direction_id INTEGER, direction VARCHAR, protocol_num INTEGER, protocol_name VARCHAR, tcp_flags INTEGER, protocol_ver_id INTEGER, protocol_ver VARCHAR, boundary_id INTEGER, boundary VARCHAR)',
    `src_endpoint ${endpoint}`,
    `dst_endpoint ${endpoint}`,
    'traffic STRUCT(bytes BIGINT, packets BIGINT)',
    'observables STRUCT("name" VARCHAR, type_id INTEGER, "type" VARCHAR, "value" VARCHAR)[]',
    'raw_data VARCHAR',
    'unmapped MAP(VARCHAR, VARCHAR)',
  ]
  expect(described).toStrictEqual([
    common,
    common.map((each) => (each === 'duration INTEGER' ? 'duration BIGINT' : each)),
  ])
})

test('longs have no logical type, datetimes have milliseconds, lists and maps three levels', () => {
  const { schema } = readMetadata(fileOf([[{}]]))
  const from = (name: string, count: number) => {
    const start = schema.findIndex((element) => element.name === name)
    return schema.slice(start, start + count)
  }
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  expect(
    [...from('time', 2), ...from('profiles', 3), ...from('unmapped', 4)].map((element) =>
      withoutUndefined(element),
    ),
  ).toStrictEqual([
    { name: 'time', repetition_type: 'OPTIONAL', type: 'INT64' },
    {
      name: 'time_dt',
      repetition_type: 'OPTIONAL',
      type: 'INT64',
      converted_type: 'TIMESTAMP_MILLIS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    },
    {
      name: 'profiles',
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...text },
    {
      name: 'unmapped',
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'MAP',
      logical_type: { type: 'MAP' },
    },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', repetition_type: 'REQUIRED', ...text },
    { name: 'value', repetition_type: 'REQUIRED', ...text },
  ])
})

test('each write is a row group, and everything is compressed with zstd', () => {
  const { row_groups } = readMetadata(fileOf([[{}, {}], [{ time: 1n }]]))
  expect(row_groups.map(({ num_rows }) => num_rows)).toStrictEqual([2n, 1n])
  const codecs = row_groups.flatMap(({ columns }) =>
    columns.map(({ meta_data }) => meta_data?.codec),
  )
  expect(new Set(codecs)).toStrictEqual(new Set(['ZSTD']))
})

describe('pages stay below 1 MB', () => {
  test.each<[string, number, (index: number) => Row]>([
    ['long texts', 60, (index) => ({ raw_data: `${'€'.repeat(65_000)}${index}` })],
    [
      'short texts',
      600,
      (index) => ({ unmapped: new Map(many((key) => [`${key}`, letter(index * 500 + key)])) }),
    ],
    [
      'lists of structs',
      600,
      (index) => ({ observables: many((each) => ({ type_id: each, value: `${index}.${each}` })) }),
    ],
    [
      'a large dictionary',
      2000,
      (index) => ({ status_detail: `${'x'.repeat(4000)}${index % 400}` }),
    ],
  ])('%s', (_, count, row) => {
    const sizes = pageSizes(fileOf([Array.from({ length: count }, (_, index) => row(index))]))
    expect(Math.max(...sizes)).toBeLessThan(1_000_000)
    expect(Math.max(...sizes)).toBeGreaterThan(100_000)
  })
})

function many<Value>(each: (index: number) => Value): Value[] {
  return Array.from({ length: 500 }, (_, index) => each(index))
}

/** A letter of three bytes, one of so many that no dictionary helps. */
function letter(index: number): string {
  return String.fromCharCode(0x3000 + (index % 40_000))
}

/** The uncompressed size of every page of a file, its dictionaries among them. */
function pageSizes(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return readMetadata(bytes).row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data }) => {
      const start = Number(meta_data?.dictionary_page_offset ?? meta_data?.data_page_offset)
      const end = start + Number(meta_data?.total_compressed_size)
      const sizes: number[] = []
      const reader = { view, offset: start }
      while (reader.offset < end) {
        const header = deserializeTCompactProtocol(reader)
        sizes.push(Number(header.field_2))
        reader.offset += Number(header.field_3)
      }
      return sizes
    }),
  )
}

/** A row with a value in every column. */
function fullRow(columns: { readonly [name: string]: Column }): Row {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column], index) => [name, sample(column, name, index)]),
  )
}

function sample(column: Column, name: string, index: number): Cell {
  if (column === 'text') return `${name} ${index}`
  if (column === 'integer') return -2147483648 + index
  if (column === 'long') return 9223372036854775807n - BigInt(index)
  if (column === 'datetime') return 1763700000001n + BigInt(index)
  if ('struct' in column) return fullRow(column.struct)
  if ('list' in column) return [sample(column.list, name, index), sample(column.list, 'other', 1)]
  return new Map([
    ['key', 'value'],
    ['empty', ''],
  ])
}

/** The same in one spelling: dates as milliseconds, maps as their entries. */
function comparable(value: unknown): unknown {
  if (value instanceof Date) return BigInt(value.getTime())
  if (value instanceof Map) return comparable(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, comparable(each)]))
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
}
