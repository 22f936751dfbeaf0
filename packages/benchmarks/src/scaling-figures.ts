/** What sizing starts from: the tables of this package's README, and the corpus. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createCorpus } from './corpus.ts'
import { toCloudWatchPayload, toDirectRecord } from './envelopes.ts'

/** All that is measured. */
export interface Figures {
  /** Microseconds of CPU time for each line, with OCSF 1.1.0 of version 5. */
  readonly cpu: Readonly<
    Record<'endpoint' | 'transformation' | 'kinesis' | 'object' | 'bulk' | 'lake', number>
  >
  /** Bytes for each line, in each form that it takes. */
  readonly bytes: Readonly<
    Record<'line' | 'direct' | 'payload' | 'object' | 'event' | 'bulk' | 'parquet', number>
  >
  readonly linesPerPayload: number
}

const linesPerPayload = 100

/** Reads the README, whose tables the benchmarks write. Throws when one is not there. */
export function readFigures(): Figures {
  const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')
  const handler = (name: string) => cell(readme, { handler: name }, 'CPU µs/line')
  const bulk = (way: string, column: string) => cell(readme, { format: 'v5', way }, column)
  const lakeEvents = '1,584,320'
  const perEvent = (way: string) => 1e6 / bulk(way, 'events/s per core')
  return {
    cpu: {
      endpoint: handler('createFirehoseEndpoint'),
      transformation: handler('createFirehoseTransformation'),
      kinesis: handler('createKinesisHandler'),
      object: handler('transformStream'),
      // What delivery takes beyond the transform, which is in the handlers' figures already.
      bulk: perEvent('and `_bulk`, gzip') - perEvent('transform alone'),
      lake: 1e6 / cell(readme, { events: lakeEvents }, 'events/s of CPU'),
    },
    bytes: {
      ...measureLines(),
      event: bulk('and `_bulk`, not compressed', 'bytes/event'),
      bulk: bulk('and `_bulk`, gzip', 'bytes/event'),
      parquet: cell(readme, { events: lakeEvents }, 'bytes/event'),
    },
    linesPerPayload,
  }
}

function measureLines(): Pick<Figures['bytes'], 'line' | 'direct' | 'payload' | 'object'> {
  const slices = createCorpus('v5', 10, 2_000)
  const lines = slices.flatMap((slice) => slice.lines)
  const payloads = Array.from({ length: lines.length / linesPerPayload }, (_, index) =>
    toCloudWatchPayload(lines.slice(index * linesPerPayload, (index + 1) * linesPerPayload)),
  )
  const perLine = (parts: readonly Uint8Array[]) =>
    parts.reduce((total, part) => total + part.length, 0) / lines.length
  const text = Buffer.concat(slices.map(({ bytes }) => bytes))
  return {
    line: perLine([text]),
    direct: perLine(lines.map(toDirectRecord)),
    payload: perLine(payloads),
    object: perLine([gzipSync(text)]),
  }
}

/** The number that a cell of a table begins with. */
export function cell(
  markdown: string,
  row: Readonly<Record<string, string>>,
  column: string,
): number {
  for (const table of tablesOf(markdown)) {
    const found = table.find((cells) =>
      Object.entries(row).every(([name, value]) => cells[name] === value),
    )
    const text = found?.[column]
    if (text === undefined) continue
    const [, digits = '', thousands] = /^([\d.,]+)( k)?/.exec(text) ?? []
    const value = Number(digits.replaceAll(',', '')) * (thousands ? 1000 : 1)
    if (value > 0) return value
  }
  throw new Error(`the README has no ${column} of ${Object.values(row).join(', ')}`)
}

/** The rows of all tables, by the names of their columns. */
function tablesOf(markdown: string): Record<string, string>[][] {
  const blocks = markdown.split(/\n(?!\|)/).map((block) => block.split('\n'))
  return blocks.flatMap((lines) => {
    const rows = lines
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((text) => text.trim()),
      )
    const [head, , ...body] = rows
    if (!head) return []
    return [
      body.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? '']))),
    ]
  })
}
