import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filters, findQuery, type Query, queries, toAthenaSql, toDuckDbSql } from './index.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

test('the README lists every question and every filter, as they are', () => {
  const rows = [
    ...queries.map(({ name, about, parameters }) => {
      const names = Object.keys(parameters).map((each) => `\`${each}\``)
      return `| \`${name}\` | ${about} | ${names.join(', ')} |`
    }),
    ...Object.entries(filters).map(
      ([name, { parameter }]) => `| \`${name}\` | ${parameter.about} |`,
    ),
  ]
  expect(rows.filter((row) => !readme.includes(`\n${row}\n`))).toEqual([])
})

test('names are told apart, also from the filters', () => {
  expect(new Set(queries.map(({ name }) => name)).size).toBe(queries.length)
  expect(findQuery('nothing')).toBeUndefined()
})

describe('values that are none are refused, so that nothing typed becomes SQL', () => {
  const top = findQuery('top') as Query
  test.each<[Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
    [{ limit: '1; DROP TABLE records' }, {}, '"1; DROP TABLE records" is no whole number'],
    [{ of: 'srcaddr, 1' }, {}, '"1" is no column of flows'],
    [{ by: 'bytes)' }, {}, '"bytes)" is none of bytes, packets, records'],
    [{ nothing: '1' }, {}, 'the query top has no parameter "nothing"'],
    [{}, { interface: "eni-1' OR '1'='1" }, '"eni-1\'" is no id'],
    [{}, { src: "10.0.0.0/8')" }, 'is not a network'],
    [{}, { dstport: '65536' }, '"65536" is no port'],
    [{}, { protocol: 'carrier-pigeon' }, '"carrier-pigeon" is no protocol'],
    [{}, { since: "2026-01-01'" }, 'is no time'],
    [{}, { last: '5 MINUTE' }, '"5 MINUTE" is no duration'],
    [{}, { action: 'DENY' }, '"DENY" is none of ACCEPT, REJECT'],
    [{}, { vpc: ' ' }, 'a list needs a value'],
    [{}, { nothing: '1' }, 'there is no filter "nothing"'],
  ])('%o %o', (parameters, given, message) => {
    expect(() => toDuckDbSql(top, { parameters, filters: given })).toThrow(message)
  })
})

describe('Athena', () => {
  const top = findQuery('top') as Query

  test('only the columns that are asked for, dashes as NULL, reserved words quoted', () => {
    expect(
      toAthenaSql(top, { format: 'srcaddr end packets', parameters: { of: 'srcaddr,end' } }),
    ).toBe(`WITH flows AS (
  SELECT NULLIF(srcaddr, '-') AS srcaddr, packets, CAST(NULL AS bigint) AS bytes, "end" FROM vpc_flow_logs
)
SELECT srcaddr, "end", count(*) AS records, CAST(sum(packets) AS BIGINT) AS packets, CAST(sum(bytes) AS BIGINT) AS bytes
FROM flows WHERE (srcaddr IS NOT NULL OR packets IS NOT NULL) AND srcaddr IS NOT NULL AND "end" IS NOT NULL
GROUP BY srcaddr, "end" ORDER BY bytes DESC, srcaddr, "end" LIMIT 10
`)
  })

  test('what the format lacks is said', () => {
    const scans = findQuery('port-scans') as Query
    expect(() => toAthenaSql(scans, { format: 'srcaddr dstaddr' })).toThrow(
      'the query port-scans needs dstport, start, which the format does not have',
    )
  })
})
