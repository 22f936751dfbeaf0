/** The SQL for Athena, on Trino, which is what Athena runs: the same answers as DuckDB gives. */
import { resolve } from 'node:path'
import { describePeer, findJavaPeer } from '@flowlogs/conformance'
import { findField, parseFormat } from '@flowlogs/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectedAnswers, expectedCounts } from './expected-answers.test-support.ts'
import { findQuery, type Query, queries, toAthenaSql } from './index.ts'
import { day, storyFormat, storyLines } from './story.test-support.ts'
import { startTrino, type Trino } from './trino.test-support.ts'

const format = storyFormat

describePeer(
  'Trino 435 with tables in memory',
  findJavaPeer(resolve(import.meta.dirname, '../peers/trino')),
  (folder) => {
    let trino: Trino

    beforeAll(async () => {
      trino = startTrino(folder)
      await trino.query(textTable())
    }, 120_000)

    afterAll(() => trino.close())

    test.each(expectedAnswers)('$query $parameters $filters', async (expected) => {
      const query = findQuery(expected.query) as Query
      const { parameters = {}, filters = {} } = expected
      const answer = await trino.query(toAthenaSql(query, { format, parameters, filters }))
      expect(answer.map(toLine)).toStrictEqual(expected.table.trim().split('\n'))
    })

    // What is newest is asked of the clock.
    test.each(expectedCounts.filter(([given]) => !('last' in given)))(
      '%o leaves %i records',
      async (filters, records) => {
        const summary = findQuery('summary') as Query
        const [, row] = await trino.query(toAthenaSql(summary, { format, filters }))
        expect(row?.[0]).toBe(String(records))
      },
    )

    test('the last minutes are those before now', async () => {
      const summary = findQuery('summary') as Query
      const [, row] = await trino.query(toAthenaSql(summary, { format, filters: { last: '15m' } }))
      expect(row?.[0]).toBe('0')
    })

    test('every query that the default format has the fields for', async () => {
      const table = `CREATE TABLE memory.default.v2 AS SELECT ${parseFormat('v2')
        .columns.map(({ name, key }) => `CAST(NULL AS ${typeOf(name)}) AS "${key}"`)
        .join(', ')}`
      await trino.query(table)
      const { columns } = parseFormat('v2')
      const possible = queries.filter(({ needs }) =>
        needs.every((need) => columns.some(({ key }) => key === need)),
      )
      expect(possible.length).toBe(queries.length - 2)
      for (const query of possible) {
        const parameters: Record<string, string> =
          query.name === 'indicators' ? { addresses: '10.0.0.0/8\n10.0.0.1' } : {}
        await trino.query(toAthenaSql(query, { format: 'v2', table: 'v2', parameters }))
      }
    })
  },
)

/** The lines as a text table of Athena's reads them: integers that are `-` are NULL, text stays as it is. */
function textTable(): string {
  const { columns } = parseFormat(format)
  const rows = storyLines.map((line) => {
    const values = line.split(' ').map((value, index) => {
      const type = typeOf(columns[index]?.name ?? '')
      if (type === 'varchar') return `'${value}'`
      return value === '-' ? 'NULL' : value
    })
    return `(${values.join(', ')})`
  })
  const typed = columns.map(({ name, key }) => `CAST("${key}" AS ${typeOf(name)}) AS "${key}"`)
  const names = columns.map(({ key }) => `"${key}"`).join(', ')
  return `CREATE TABLE vpc_flow_logs AS SELECT ${typed.join(', ')} FROM (VALUES ${rows.join(', ')}) AS lines (${names})`
}

function typeOf(name: string): string {
  return { STRING: 'varchar', INT32: 'integer', INT64: 'bigint' }[
    findField(name)?.parquet ?? 'STRING'
  ]
}

/** As the expectations write it. */
function toLine(cells: readonly string[]): string {
  return cells
    .map((cell) =>
      cell === 'null' ? '-' : cell.replace(`${day} `, '').replace(/(?<=\d)\.0+$/, ''),
    )
    .join(' ')
}
