/** Results as tables, for a terminal and for the README. */
import { cpus } from 'node:os'
import Table from 'cli-table3'
import type { Judged } from './bars.ts'
import type { ColdStart } from './cold-start.ts'
import type { Result } from './runner.ts'
import type { Spread } from './statistics.ts'
import { variantNames } from './variant-names.ts'

/** Everything that was measured, and on what. */
export interface Report {
  readonly machine: Readonly<Record<'cpu' | 'cores' | 'node' | 'v8', string>>
  readonly results: readonly Result[]
  readonly coldStarts: readonly ColdStart[]
  readonly bars: readonly Judged[]
}

/** A title and rows of cells, the first of which is the head. */
interface Grid {
  readonly title: string
  readonly rows: readonly (readonly string[])[]
}

/** The machine that this runs on. */
export function describeMachine(): Report['machine'] {
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: String(all.length),
    node: process.version,
    v8: process.versions.v8,
  }
}

/** The report for a terminal. */
export function toText(report: Report): string {
  return gridsOf(report)
    .map(({ title, rows: [head = [], ...rows] }) => {
      const table = new Table({
        head: [...head],
        colAligns: head.map((_, column) => (column < 2 ? 'left' : 'right')),
        style: { head: [], border: [], compact: true },
      })
      for (const row of rows) table.push([...row])
      return `${title}\n${table.toString()}\n`
    })
    .join('\n')
}

/** The report for the README. */
export function toMarkdown(report: Report): string {
  const { cpu, cores, node, v8 } = report.machine
  const tables = gridsOf(report).map(({ title, rows: [head = [], ...rows] }) => {
    const rule = head.map((_, column) => (column < 2 ? '---' : '--:'))
    return [`**${title}**`, '', ...[head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`)]
  })
  return [
    `${cpu}, ${cores} cores; Node ${node}, V8 ${v8}.`,
    ...tables.flatMap((table) => ['', ...table]),
  ].join('\n')
}

function gridsOf({ results, coldStarts, bars }: Report): Grid[] {
  return [...results.map(gridOf), ...coldStartGrid(coldStarts), barGrid(bars)]
}

function gridOf({ title, rounds, rows }: Result): Grid {
  const [first] = rows
  const has = (name: string) => rows.some(({ variant }) => variant === name)
  const { conventional, copy } = variantNames
  const head = [
    'variant',
    'checks',
    'ns/line (p10–p90)',
    'lines/s',
    `× ${first?.variant} (p10–p90)`,
    ...(has(conventional) ? [`× ${conventional}`] : []),
    ...(has(copy) ? [`% of ${copy}`] : []),
  ]
  return {
    title: `${title}, ${rounds} rounds`,
    rows: [
      head,
      ...rows.map(({ variant, checks, nanoseconds, times }) => [
        variant,
        checks,
        withSpread(nanoseconds, 0),
        `${(1e6 / nanoseconds.median).toFixed(0)} k`,
        withSpread(times[first?.variant ?? '']!, 2),
        ...(has(conventional) ? [times[conventional]!.median.toFixed(2)] : []),
        ...(has(copy) ? [(times[copy]!.median * 100).toFixed(1)] : []),
      ]),
    ],
  }
}

function withSpread({ median, p10, p90 }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${p10.toFixed(digits)}–${p90.toFixed(digits)})`
}

function coldStartGrid(coldStarts: readonly ColdStart[]): Grid[] {
  if (coldStarts.length === 0) return []
  return [
    {
      title: 'v2 → OCSF 1.1.0, the first 500 lines of a fresh process, imports not counted',
      rows: [
        ['variant', 'times', 'ms (p10–p90)'],
        ...coldStarts.map(({ variant, milliseconds }) => [
          variant,
          variant === variantNames.naive ? 'conversion' : 'createTransform and conversion',
          withSpread(milliseconds, 1),
        ]),
      ],
    },
  ]
}

function barGrid(bars: readonly Judged[]): Grid {
  return {
    title: 'Bars',
    rows: [
      ['comparison', 'ratio or time', 'bar', 'measured', 'result'],
      ...bars.map(({ comparison, what, unit, atLeast, atMost, measured, isMet }) => [
        comparison,
        what,
        atLeast === undefined ? `at most ${atMost} ${unit}` : `at least ${atLeast} ${unit}`,
        `${measured.toFixed(2)} ${unit}`,
        isMet ? 'met' : 'missed',
      ]),
    ],
  }
}
