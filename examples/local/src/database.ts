/** The sink: OCSF events in a DuckDB file, each stored once whatever is delivered twice. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type Json } from '@duckdb/node-api'
import type { TransformResult } from '@flowlogs/core'

/** A row of an answer, by column name. */
export type Row = Readonly<Record<string, Json>>

/** The demo's store. */
export interface Database {
  /** Resolves when the events are committed; this is what a Firehose request waits for. */
  deliver(batch: TransformResult): Promise<void>
  query(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

const endpointType =
  'STRUCT(ip VARCHAR, intermediate_ips VARCHAR[], port INTEGER, svc_name VARCHAR, uid VARCHAR, interface_uid VARCHAR, instance_uid VARCHAR, subnet_uid VARCHAR, vpc_uid VARCHAR)'

/** The columns of an OCSF Network Activity event, as the mapping writes it. */
const columns: Readonly<Record<string, string>> = {
  activity_id: 'INTEGER',
  activity_name: 'VARCHAR',
  category_uid: 'INTEGER',
  category_name: 'VARCHAR',
  class_uid: 'INTEGER',
  class_name: 'VARCHAR',
  type_uid: 'BIGINT',
  type_name: 'VARCHAR',
  severity_id: 'INTEGER',
  severity: 'VARCHAR',
  action_id: 'INTEGER',
  action: 'VARCHAR',
  disposition_id: 'INTEGER',
  disposition: 'VARCHAR',
  status_code: 'VARCHAR',
  status_detail: 'VARCHAR',
  time: 'BIGINT',
  start_time: 'BIGINT',
  end_time: 'BIGINT',
  duration: 'BIGINT',
  metadata:
    'STRUCT(version VARCHAR, profiles VARCHAR[], product STRUCT(name VARCHAR, vendor_name VARCHAR, version VARCHAR, feature STRUCT(name VARCHAR)), uid VARCHAR, log_name VARCHAR, log_version VARCHAR, original_time VARCHAR)',
  cloud:
    'STRUCT(provider VARCHAR, account STRUCT(uid VARCHAR, type_id INTEGER, type VARCHAR), region VARCHAR, zone VARCHAR)',
  connection_info:
    'STRUCT(direction_id INTEGER, direction VARCHAR, protocol_num INTEGER, protocol_name VARCHAR, tcp_flags INTEGER, protocol_ver_id INTEGER, protocol_ver VARCHAR, boundary_id INTEGER, boundary VARCHAR)',
  src_endpoint: endpointType,
  dst_endpoint: endpointType,
  traffic: 'STRUCT(bytes BIGINT, packets BIGINT)',
  observables: 'STRUCT(name VARCHAR, type_id INTEGER, type VARCHAR, value VARCHAR)[]',
  unmapped: 'MAP(VARCHAR, VARCHAR)',
}

const columnList = Object.entries(columns)
const schema = `
CREATE TABLE network_activity (uid VARCHAR PRIMARY KEY, ${columnList.map(([name, type]) => `${name} ${type}`).join(', ')});
CREATE TABLE rejections (code VARCHAR, field VARCHAR, value VARCHAR, line VARCHAR);
CREATE VIEW flows AS SELECT
  make_timestamp_ms(time) AS time,
  src_endpoint.ip AS src, src_endpoint.port AS src_port,
  dst_endpoint.ip AS dst, dst_endpoint.port AS dst_port,
  connection_info.protocol_name AS protocol, connection_info.direction AS direction,
  action, traffic.bytes AS bytes, traffic.packets AS packets,
  coalesce(src_endpoint.interface_uid, dst_endpoint.interface_uid, unmapped['interface_id']) AS interface,
  coalesce(src_endpoint.instance_uid, dst_endpoint.instance_uid, unmapped['instance_id']) AS instance
FROM network_activity;
`

/** Creates the database file with its tables; the file must not exist yet. */
export async function createDatabase(path: string): Promise<Database> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(schema)
  const folder = await mkdtemp(join(tmpdir(), 'flowlogs-demo-'))
  const file = join(folder, 'batch.ndjson')
  const types = columnList.map(([name, type]) => `${name}: '${type}'`).join(', ')
  const insert = `INSERT OR IGNORE INTO network_activity SELECT metadata.uid, * FROM read_json('${file}', format = 'newline_delimited', columns = {${types}})`

  async function store({ output, rejections }: TransformResult): Promise<void> {
    await writeFile(file, output)
    await connection.run('BEGIN')
    try {
      if (output.length > 0) await connection.run(insert)
      for (const { code, field, value, line } of rejections) {
        const values = [code, field ?? null, value ?? null, line]
        await connection.run('INSERT INTO rejections VALUES ($1, $2, $3, $4)', values)
      }
      await connection.run('COMMIT')
    } catch (error) {
      await connection.run('ROLLBACK')
      throw error
    }
  }

  // One connection, one transaction at a time: deliveries queue up behind each other.
  let last: Promise<unknown> = Promise.resolve()
  return {
    deliver(batch) {
      const stored = last.then(() => store(batch))
      last = stored.catch(() => {})
      return stored
    },
    async query(sql) {
      const reader = await connection.runAndReadAll(sql)
      return reader.getRowObjectsJson()
    },
    async close() {
      await last
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true })
    },
  }
}

/** Answers one question on a database that the demo has left behind. */
export async function queryFile(path: string, sql: string): Promise<readonly Row[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(sql)
    return reader.getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
