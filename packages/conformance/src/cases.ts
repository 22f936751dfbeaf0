import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ExactJson, parseExactly } from './exact-json.ts'

/** What stands beside a case's input: the record, and what each mapping makes of it. */
export const goldenNames = [
  'record',
  'ocsf-1.1.0',
  'ocsf-1.3.0',
  'ocsf-1.5.0',
  'ocsf-1.8.0',
] as const

/** One of the goldens, as its file is called without `.json`. */
export type GoldenName = (typeof goldenNames)[number]

/** One line and what it must become. */
export interface Case {
  readonly name: string
  /** `input.log`, byte for byte. */
  readonly input: Uint8Array
  /** The first line, as it stands: perhaps with a byte order mark or a carriage return. */
  readonly header: string
  /** The data line, as it stands. */
  readonly line: string
  /** Every JSON file of the case by its name without `.json`; integers above 2^53−1 are bigint. */
  readonly goldens: Readonly<Partial<Record<string, ExactJson>>>
}

/** The corpus. */
export const casesFolder: string = resolve(import.meta.dirname, '../cases')

/** Reads the whole corpus, in the order of the names. */
export function loadCases(): readonly Case[] {
  return readdirSync(casesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map(loadCase)
}

function loadCase(name: string): Case {
  const folder = join(casesFolder, name)
  const bytes = readFileSync(join(folder, 'input.log'))
  const lines = bytes.toString('utf8').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const [header, line] = lines
  if (header === undefined || line === undefined || lines.length !== 2) {
    throw new Error(`cases/${name}/input.log has ${lines.length} lines, not a header and one line`)
  }
  const goldens = Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => [
        file.slice(0, -'.json'.length),
        parseExactly(readFileSync(join(folder, file), 'utf8')),
      ]),
  )
  return { name, input: new Uint8Array(bytes), header, line, goldens }
}
