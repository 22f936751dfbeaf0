/** The DDL, read by Hive's own parser, from which Athena's comes. */
import { spawnSync } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { describePeer, findJavaPeer } from '@flowlogs/conformance'
import { parseFormat, presets } from '@flowlogs/core'
import { expect, test } from 'vitest'
import { type AthenaTableOptions, toAthenaTable } from './index.ts'

const location = 's3://bucket/prefix/AWSLogs/123456789012/vpcflowlogs/us-east-1/'
const switches = ['parquet', 'hive', 'hourly', 'projection'] as const

/** Every preset with every set of switches. */
const tables: readonly AthenaTableOptions[] = Object.keys(presets).flatMap((format) =>
  Array.from({ length: 16 }, (_, bits) => ({
    format: `${parseFormat(format).text} next-year`,
    location,
    ...Object.fromEntries(switches.map((name, bit) => [name, Boolean((bits >> bit) & 1)])),
  })),
)

describePeer(
  'the parser of Hive 1.2.2',
  findJavaPeer(resolve(import.meta.dirname, '../peers/hive')),
  (folder) => {
    test('takes every table, with the columns of its format', () => {
      const trees = parse(
        folder,
        tables.map((options) => statementsOf(options)[0] ?? ''),
      )
      expect(trees).toHaveLength(tables.length)
      expect(trees.map(columnsIn)).toStrictEqual(
        tables.map(({ format, parquet, hive, projection }) =>
          parseFormat(format)
            .columns.map(({ key }) => key)
            .filter((key) => !(key === 'region' && parquet && projection && !hive)),
        ),
      )
    })

    test('takes the statements for partitions', () => {
      const statements = tables.flatMap((options) => statementsOf(options).slice(1))
      expect(statements.length).toBeGreaterThan(50)
      const trees = parse(folder, statements)
      expect(trees.filter((tree) => !/^\((?:TOK_MSCK|TOK_ALTERTABLE)/.test(tree))).toStrictEqual([])
    })

    test('does not take a reserved word as it is, so that it would have noticed', () => {
      const [statement = ''] = statementsOf({ format: 'v2', location })
      const [tree] = parse(folder, [statement.replace('`end`', 'end')])
      expect(tree).toMatch(/^FAILED line 13:2 /)
    })
  },
)

/** The statements, also those in comments, with a date in place of its form. */
function statementsOf(options: AthenaTableOptions): readonly string[] {
  return toAthenaTable(options)
    .replace(/^-- (?=ALTER)/gm, '')
    .replace(/^--.*\n/gm, '')
    .replaceAll('YYYY-MM-dd', '2026-01-31')
    .split(/;\s*/)
    .filter((statement) => statement.trim() !== '')
}

function columnsIn(tree: string): readonly string[] {
  const columns = tree.slice(tree.indexOf('(TOK_TABCOLLIST'), tree.indexOf('(TOK_TABLEPARTCOLS'))
  return [...columns.matchAll(/\(TOK_TABCOL (\S+) /g)].map(([, name = '']) => name)
}

function parse(folder: string, statements: readonly string[]): readonly string[] {
  const { JAVA_HOME } = process.env
  const { stdout } = spawnSync(
    JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java',
    [
      '--class-path',
      [join(folder, 'classes'), join(folder, 'jars', '*')].join(delimiter),
      'HiveShell',
    ],
    { input: statements.join('\0'), encoding: 'utf8', maxBuffer: 1024 ** 3 },
  )
  return stdout.split('\n').flatMap((line) => /^ANSWER (.*)$/.exec(line)?.slice(1) ?? [])
}
