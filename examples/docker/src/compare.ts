import type { Outcomes, SentLedger } from '@flowlogs/example-firehose'
import Table from 'cli-table3'
import type { Stored } from './stored.ts'

/** Lines that hold no flow: AWS had none to tell of, or has lost some. */
const withoutFlow = new Set(['NODATA', 'SKIPDATA'])

/** What is wrong, if anything, and a table of it all. */
export interface Comparison {
  readonly problems: readonly string[]
  readonly table: string
}

/**
 * Compares what was sent with what is stored, outcome by outcome. Lines that hold no flow may be
 * stored, all of them or none.
 */
export function compare({ report, outcomes: sent }: SentLedger, stored: Stored): Comparison {
  const problems: string[] = []
  const { errored, dropped } = report.lines
  if (errored > 0) problems.push(`Firehose gave up ${errored} lines; its error folder has them`)
  if (dropped > 0) problems.push(`Firehose dropped ${dropped} lines, since the answer was 413`)

  const names = [...new Set([...Object.keys(sent), ...Object.keys(stored.outcomes)])].sort()
  const head = ['outcome', 'lines sent', 'stored', 'packets sent', 'stored', 'bytes sent', 'stored']
  const table = new Table({
    head: [...head, ''],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const name of names) {
    const one = totalsOf(sent, name)
    const other = totalsOf(stored.outcomes, name)
    const isEqual = (['lines', 'packets', 'bytes'] as const).every((key) => one[key] === other[key])
    const isLeftOut = withoutFlow.has(name) && other.lines === 0
    const verdict = isEqual ? 'equal' : isLeftOut ? 'left out: no flow' : 'DIFFERENT'
    if (verdict === 'DIFFERENT') {
      problems.push(`${name}: ${one.lines} lines were sent, ${other.lines} events are stored`)
    }
    const numbers = (['lines', 'packets', 'bytes'] as const).flatMap((key) => [
      one[key],
      other[key],
    ])
    table.push([name, ...numbers.map((number) => number.toLocaleString('en')), verdict])
  }
  if (names.length === 0) problems.push('nothing was sent')
  return { problems, table: table.toString() }
}

function totalsOf(outcomes: Outcomes, name: string) {
  return outcomes[name] ?? { lines: 0, packets: 0, bytes: 0 }
}
