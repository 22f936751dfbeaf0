/** `pnpm bench:query`: a file of flow logs into DuckDB, beside DuckDB's own reader of CSV. */
import { execFileSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { transformStream } from '@flowlogs/aws'
import { createTransform, presets } from '@flowlogs/core'
import { findQuery, type Query, toDuckDbSql } from '@flowlogs/query'
import { createFlowDatabase, type FlowDatabase, loadMapping } from '@flowlogs/query/duckdb'
import { createCorpus } from './corpus.ts'

type Format = 'v2' | 'v5'

const linesPerSlice = 5_000
const rounds = 5

/** Through the parser and `loadMapping`, as `flowlogs query` does. */
async function load(path: string, format: Format): Promise<FlowDatabase> {
  const database = await createFlowDatabase()
  const transform = createTransform({ format, mapping: loadMapping })
  for await (const { output } of transformStream(transform, createReadStream(path))) {
    await database.write(output)
  }
  await database.flush()
  return database
}

const numbers = /^(?:version|.*port|protocol|packets|bytes|start|end|tcp-flags|traffic-path)$/

/** What it takes without a parser: of these lines, DuckDB's reader happens to understand every one. */
async function readCsv(path: string, format: Format, folder: string): Promise<void> {
  const file = join(folder, 'csv.duckdb')
  const instance = await DuckDBInstance.create(file, { preserve_insertion_order: 'false' })
  const connection = await instance.connect()
  const columns = presets[format]
    .split(' ')
    .map((name) => `'${name.replaceAll('-', '_')}': '${numbers.test(name) ? 'BIGINT' : 'VARCHAR'}'`)
  await connection.run(
    `CREATE TABLE flows AS SELECT * FROM read_csv('${path}', delim = ' ', header = false, nullstr = '-', columns = {${columns.join(', ')}})`,
  )
  connection.closeSync()
  instance.closeSync()
  rmSync(file)
}

/** Seconds on the clock and of the CPU. */
async function time(step: () => Promise<unknown>): Promise<{ wall: number; cpu: number }> {
  const before = process.cpuUsage()
  const start = performance.now()
  await step()
  const wall = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) / 1e6 }
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? 0
}

async function measure(format: Format, size: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-bench-'))
  const path = join(folder, 'flow.log')
  const slices = createCorpus(format, size / linesPerSlice, linesPerSlice)
  writeFileSync(path, slices.map(({ lines }) => `${lines.join('\n')}\n`).join(''))
  const runs: { ours: { wall: number; cpu: number }; csv: { wall: number; cpu: number } }[] = []
  let question = 0
  for (let round = 0; round < rounds; round++) {
    let database: FlowDatabase | undefined
    const ours = await time(async () => {
      database = await load(path, format)
    })
    const csv = await time(() => readCsv(path, format, folder))
    runs.push({ ours, csv })
    const asked = toDuckDbSql(findQuery('top-talkers') as Query)
    question = (await time(async () => database?.query(asked))).wall
    await database?.close()
  }
  rmSync(folder, { recursive: true })
  const rate = size / median(runs.map(({ ours }) => ours.wall)) / 1000
  return [
    `${format} ${size.toLocaleString('en')} lines`,
    `${rate.toFixed(0)} k lines/s`,
    `${median(runs.map(({ ours, csv }) => ours.wall / csv.wall)).toFixed(1)} × read_csv on the clock`,
    `${median(runs.map(({ ours, csv }) => ours.cpu / csv.cpu)).toFixed(1)} × of the CPU`,
    `top-talkers ${(question * 1000).toFixed(0)} ms`,
  ].join(', ')
}

const [format, size] = process.argv.slice(2)
if (format !== undefined) console.log(await measure(format as Format, Number(size)))
else {
  for (const [name, lines] of [
    ['v2', 250_000],
    ['v2', 1_000_000],
    ['v5', 1_000_000],
  ] as const) {
    // A process of its own, so that none inherits a heap.
    const run = [...process.execArgv, import.meta.filename, name, String(lines)]
    process.stdout.write(execFileSync(process.execPath, run))
  }
}
