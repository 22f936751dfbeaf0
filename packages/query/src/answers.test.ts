import { createTransform } from '@flowlogs/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from './answer.ts'
import { createFlowDatabase, type FlowDatabase, loadMapping } from './duckdb.ts'
import { expectedAnswers, expectedCounts } from './expected-answers.test-support.ts'
import { filters, findQuery, type Query, queries, toDuckDbSql } from './index.ts'
import { day, storyFormat, storyLines } from './story.test-support.ts'

let database: FlowDatabase

beforeAll(async () => {
  database = await createFlowDatabase()
  const transform = createTransform({ format: storyFormat, mapping: loadMapping })
  await database.write(transform(storyLines.join('\n')).output)
  await database.flush()
})

afterAll(() => database.close())

describe('the story', () => {
  test.each(expectedAnswers)('$query $parameters $filters', async (expected) => {
    const query = findQuery(expected.query) as Query
    const { parameters = {}, filters: given = {} } = expected
    const answer = await database.query(toDuckDbSql(query, { parameters, filters: given }))
    expect(toLines(answer)).toStrictEqual(expected.table.trim().split('\n'))
    expect(await database.emptyColumns(query.needs)).toStrictEqual([])
    const chart = query.chart(parameters)
    if (chart) {
      expect(answer.columns).toContainEqual({ name: chart.value, isNumber: true })
    }
  })

  test.each(expectedCounts)('%o leaves %i records', async (given, records) => {
    const [count] = queries.filter(({ name }) => name === 'summary')
    const answer = await database.query(toDuckDbSql(count as Query, { filters: given }))
    expect(answer.rows[0]?.[0]).toBe(String(records))
  })

  test('asks every query and every filter', () => {
    expect(new Set(expectedAnswers.map(({ query }) => query))).toEqual(
      new Set(queries.map(({ name }) => name)),
    )
    expect(new Set(expectedCounts.flatMap(([given]) => Object.keys(given)))).toEqual(
      new Set(Object.keys(filters)),
    )
  })
})

/** The lines of a table as the expectations write them. */
function toLines({ columns, rows }: Answer): string[] {
  return [
    columns.map(({ name }) => name).join(' '),
    ...rows.map((row) => row.map((cell) => (cell ?? '-').replace(`${day} `, '')).join(' ')),
  ]
}
