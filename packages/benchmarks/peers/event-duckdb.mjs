// node event-duckdb.mjs FILE: event.sql in DuckDB.
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const names =
  'version account_id interface_id srcaddr dstaddr srcport dstport protocol packets octets start_ end_ action log_status'
const columns = names.split(' ').map((name) => `${name}: 'VARCHAR'`)
const sql = readFileSync(new URL('event.sql', import.meta.url), 'utf8')
const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const connection = await instance.connect()
await connection.run(
  `COPY (${sql} FROM read_csv('${process.argv[2]}', delim = ' ', header = false, quote = '', escape = '', auto_detect = false, columns = {${columns.join(', ')}}))
   TO '/dev/stdout' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')`,
)
