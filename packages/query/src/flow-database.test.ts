import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransform } from '@flowlogs/core'
import { afterAll, expect, test } from 'vitest'
import { createFlowDatabase, type FlowDatabase, loadMapping } from './duckdb.ts'
import { findQuery, type Query, toDuckDbSql } from './index.ts'
import { flowColumns } from './load-mapping.ts'

const folder = mkdtempSync(join(tmpdir(), 'flowlogs-database-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A database with these lines. */
async function load(format: string, ...lines: readonly string[]): Promise<FlowDatabase> {
  const database = await createFlowDatabase()
  const { output } = createTransform({ format, mapping: loadMapping })(lines.join('\n'))
  await database.write(output)
  await database.flush()
  return database
}

test('values are those of the line, each with its type', async () => {
  const format = 'srcaddr srcport bytes start end tcp-flags instance-tag next-year'
  const database = await load(
    format,
    '2001:db8::1 443 9223372036854775807 1763700000123 1763700060 2 a%20b new',
    '- - - 5 - - - -',
  )
  const columns = 'srcaddr, srcport, bytes, start, "end", tcp_flags, instance_tag, unmapped'
  const answer = await database.query(
    `SELECT ${columns}, start_time, end_time, dstaddr FROM flows ORDER BY bytes`,
  )
  expect(answer).toStrictEqual({
    columns: [
      { name: 'srcaddr', isNumber: false },
      { name: 'srcport', isNumber: true },
      { name: 'bytes', isNumber: true },
      { name: 'start', isNumber: true },
      { name: 'end', isNumber: true },
      { name: 'tcp_flags', isNumber: true },
      { name: 'instance_tag', isNumber: false },
      { name: 'unmapped', isNumber: false },
      { name: 'start_time', isNumber: false },
      { name: 'end_time', isNumber: false },
      { name: 'dstaddr', isNumber: false },
    ],
    rows: [
      [
        '2001:db8::1',
        '443',
        '9223372036854775807',
        '1763700000123',
        '1763700060',
        '2',
        'a%20b',
        '[{"key":"next_year","value":"new"}]',
        '2025-11-21 04:40:00.123',
        '2025-11-21 04:41:00',
        null,
      ],
      [null, null, null, '5', null, null, null, null, null, null, null],
    ],
  })
  expect(await database.emptyColumns(['srcaddr', 'dstaddr', 'vpc_id', 'end'])).toEqual([
    'dstaddr',
    'vpc_id',
  ])
  await database.close()
})

test('the attachments of a transit gateway report as interfaces do', async () => {
  const database = await load(
    'tgw-attachment-id srcaddr dstaddr packets-lost-no-route start end log-status',
    'tgw-attach-1 10.1.0.5 10.2.0.9 3 1763700000 1763700060 OK',
    'tgw-attach-2 - - - 1763700000 1763700060 NODATA',
  )
  const answer = await database.query(toDuckDbSql(findQuery('coverage') as Query))
  const time = ['2025-11-21 04:40:00', '2025-11-21 04:41:00']
  expect(answer.rows).toStrictEqual([
    ['tgw-attach-1', null, '1', '0', '0', ...time, '0'],
    ['tgw-attach-2', null, '1', '1', '0', ...time, '0'],
  ])
  await database.close()
})

test('OCSF events may come in pieces', async () => {
  const database = await createFlowDatabase()
  const events = [
    { class_uid: 4001, src_endpoint: { ip: '10.0.0.1', port: 5 }, traffic: { bytes: 7 } },
    { class_uid: 4001, action_id: 2, start_time: 1763700000000, unmapped: { az_id: 'ü' } },
  ]
  const bytes = Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'))
  for (let at = 0; at < bytes.length; at += 7) await database.writeOcsf(bytes.subarray(at, at + 7))
  await database.flush()
  const answer = await database.query(
    'SELECT srcaddr, srcport, bytes, action, start_time, version FROM flows ORDER BY bytes',
  )
  expect(answer.rows).toStrictEqual([
    ['10.0.0.1', '5', '7', null, null, null],
    [null, null, null, 'REJECT', '2025-11-21 04:40:00', null],
  ])
  await database.close()
})

test('answers are files, and after the end there are none', async () => {
  const database = await load('v2')
  const path = join(folder, "it's.csv")
  await database.save('SELECT 1 AS one, NULL AS nothing;', path, 'csv')
  expect(readFileSync(path, 'utf8')).toBe('one,nothing\n1,\n')
  expect(await database.emptyColumns(['srcaddr'])).toEqual([])
  await expect(database.query('SELECT nothing')).rejects.toThrow('nothing')
  await database.close()
  await expect(database.query('SELECT 1')).rejects.toThrow()
})

test('the table has a column for every field, and one for the others', () => {
  expect(
    flowColumns.filter(({ name }) => /^(?:protocol|bytes|vpc_id|unmapped)$/.test(name)),
  ).toEqual([
    { name: 'protocol', type: 'INTEGER' },
    { name: 'bytes', type: 'BIGINT' },
    { name: 'vpc_id', type: 'VARCHAR' },
    { name: 'unmapped', type: 'MAP(VARCHAR, VARCHAR)' },
  ])
})
