/** `flowlogs query`: questions to flow logs, by name or in SQL. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  filters,
  type Parameter,
  type Query,
  queries,
  toAthenaSql,
  toDuckDbSql,
  toHtmlPage,
} from '@flowlogs/query'
import { type Command, Option } from 'commander'
import { formatAnswer } from './answer-table.ts'
import { usageError } from './failure.ts'
import { loadFlows } from './query-load.ts'
import { formatTable } from './table.ts'

const help = `
NAME is one of the questions of --list; flowlogs query NAME --help tells its parameters. Anything
else is SQL over the view flows: one row per record, AWS's names with underscores (quote "end"), and
start_time and end_time as timestamps in UTC. in_network(srcaddr, '10.0.0.0/8') asks for networks.

FILE is whatever flowlogs convert reads, or OCSF events of this project or of Security Lake, as JSON
or Parquet. Without FILE, standard input is read.

Examples:
  flowlogs query --list
  flowlogs query top-talkers --last 1h flow.log.gz
  flowlogs query records --dstport 443 --action REJECT AWSLogs/
  flowlogs query port-scans --html scans.html AWSLogs/
  flowlogs query exfiltration --dialect athena --print --format v5
  flowlogs query "SELECT srcaddr, sum(bytes) FROM flows GROUP BY ALL" flow.log --to csv`

interface OutputOptions {
  readonly format?: string
  readonly to: 'table' | 'csv' | 'json' | 'parquet'
  readonly html?: string
  readonly print?: true
  readonly dialect: 'duckdb' | 'athena'
  readonly table?: string
}

/** What is asked: its SQL, and what the answer is shown with. */
interface Question {
  readonly title: string
  readonly about?: string
  readonly sql: string
  readonly query?: Query
  readonly parameters?: Readonly<Record<string, string>>
}

/** Adds the command, with one below it for each query that has a name. */
export function addQuery(program: Command): void {
  const command = program
    .command('query')
    .description('Ask flow logs a question, by name or in SQL; on DuckDB, or as SQL for Athena.')
    .usage('NAME|SQL [FILE...] [options]')
    .option('--list', 'list the questions that have a name')
    .enablePositionalOptions()
    .passThroughOptions(false)
    .addHelpText('after', help)
    .configureHelp({ visibleCommands: () => [] })
  const sql = command
    .command('sql', { isDefault: true, hidden: true })
    .argument('[SQL]', 'over the view flows')
    .argument('[FILE...]', 'files to read; - is standard input')
    .action(async (text: string | undefined, files: string[], options: OutputOptions) => {
      if (command.opts().list) {
        process.stdout.write(listQueries())
        return
      }
      if (text === undefined) throw usageError('ask something: a NAME of --list, or SQL')
      if (!/\s/.test(text))
        throw usageError(`there is no query "${text}"; see flowlogs query --list`)
      if (options.dialect === 'athena') throw usageError('SQL of your own is not translated')
      await ask({ title: 'Query', sql: text }, files, options)
    })
  addOutputOptions(sql)
  for (const query of queries) addNamed(command, query)
}

function addNamed(parent: Command, query: Query): void {
  const command = parent
    .command(query.name)
    .description(query.about)
    .usage('[FILE...] [options]')
    .argument('[FILE...]', 'files to read; - is standard input')
  for (const [name, parameter] of Object.entries(query.parameters)) {
    command.addOption(toOption(name, parameter).helpGroup('Parameters:'))
  }
  for (const [name, { parameter }] of Object.entries(filters)) {
    if (!(name in query.parameters)) {
      command.addOption(
        toOption(name, parameter).helpGroup('Filters (! before a value means not):'),
      )
    }
  }
  addOutputOptions(command)
  command.action(async (files: string[], options: OutputOptions & Record<string, string>) => {
    const parameters = pick(options, Object.keys(query.parameters))
    for (const [name, parameter] of Object.entries(query.parameters)) {
      const file = parameters[name]
      if (parameter.isFile && file === undefined) throw usageError(`--${name} FILE is missing`)
      if (parameter.isFile && file !== undefined) parameters[name] = readFileSync(file, 'utf8')
    }
    const given = pick(
      options,
      Object.keys(filters).filter((name) => !(name in query.parameters)),
    )
    const { format = 'v2', table } = options
    const sql =
      options.dialect === 'athena'
        ? toAthenaSql(query, { parameters, filters: given, format, ...(table && { table }) })
        : toDuckDbSql(query, { parameters, filters: given })
    const { name: title, about } = query
    await ask({ title, about, sql, query, parameters }, files, options)
  })
}

function toOption(name: string, { about, placeholder, fallback }: Parameter): Option {
  const suffix = fallback === undefined ? '' : ` (default: ${fallback})`
  return new Option(`--${name} <${placeholder}>`, `${about}${suffix}`)
}

function addOutputOptions(command: Command): void {
  command
    .option('--format <format>', 'format of lines that follow no header line (default: v2)')
    .addOption(
      new Option('--to <form>', 'what is printed')
        .choices(['table', 'csv', 'json', 'parquet'])
        .default('table'),
    )
    .option('--html <file>', 'also write a page with the table and a plot')
    .option('--print', 'print the SQL instead of running it')
    .addOption(
      new Option('--dialect <name>', 'of the SQL; athena is only printed')
        .choices(['duckdb', 'athena'])
        .default('duckdb'),
    )
    .option('--table <name>', 'the table in Athena (default: vpc_flow_logs)')
}

function pick(
  options: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
}

async function ask(
  question: Question,
  files: readonly string[],
  options: OutputOptions,
): Promise<void> {
  const { query, sql } = question
  if (options.print) {
    process.stdout.write(sql)
    return
  }
  if (options.dialect === 'athena') throw usageError('--dialect athena goes with --print')
  // The end of the process deletes the database; a signal alone would not be such an end.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143))
  const { database, ledger } = await loadFlows(await loadDuckdb(), files, options.format)
  try {
    if (ledger.rejected > 0) {
      const [rejected, all] = [ledger.rejected, ledger.lines].map((count) =>
        count.toLocaleString('en'),
      )
      // So many are not damaged, they are in another format.
      const remedy =
        ledger.rejected > ledger.lines / 2
          ? 'inspect tells their format'
          : 'convert --rejects shows them'
      process.stderr.write(
        `flowlogs: ${rejected} of ${all} lines were rejected; flowlogs ${remedy}\n`,
      )
    }
    const missing = await database.emptyColumns(query?.needs ?? [])
    if (missing.length > 0) {
      throw new Error(
        `the query ${question.title} needs ${missing.join(', ')}, which no record here has`,
      )
    }
    if (options.to !== 'table') {
      await copyOut((path) => database.save(sql, path, options.to as 'csv'))
    }
    if (options.to !== 'table' && options.html === undefined) return
    const answer = await database.query(sql)
    const chart = query?.chart(question.parameters ?? {})
    if (options.to === 'table') process.stdout.write(formatAnswer(answer, chart))
    if (options.html !== undefined) {
      writeFileSync(options.html, toHtmlPage(answer, { ...question, chart }))
    }
  } finally {
    await database.close()
  }
}

async function loadDuckdb(): Promise<typeof import('@flowlogs/query/duckdb')> {
  try {
    return await import('@flowlogs/query/duckdb')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error(
      'flowlogs query runs on DuckDB, which is not here: npm install --global @duckdb/node-api',
    )
  }
}

/** What DuckDB writes to a file, on standard output. */
async function copyOut(save: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-answer-'))
  try {
    const path = join(folder, 'answer')
    await save(path)
    await new Promise<void>((done) => {
      process.stdout.write(readFileSync(path), () => done())
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function listQueries(): string {
  return formatTable(
    ['query', 'what it tells'],
    queries.map(({ name, about }) => [name, about]),
  )
}
