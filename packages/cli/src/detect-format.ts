/** What format an input is in, and how that is known. */
import {
  type Format,
  type FormatInference,
  inferFormat,
  parseFormat,
  parseHeader,
} from '@flowlogs/core'
import type { LineSample } from './sample-lines.ts'

/** A format, and the ground it stands on. */
export interface DetectedFormat {
  /**
   * `header`: the first line says it. `envelope`: records name their fields. `configured`: the
   * command line does. `inferred`: only this one fits. `recognised`: several fit, and this one is
   * AWS's. `unknown`: several fit, or none.
   */
  readonly ground: 'header' | 'envelope' | 'configured' | 'inferred' | 'recognised' | 'unknown'
  readonly format: Format | undefined
  /** What the lines themselves say, if no header or envelope does. */
  readonly inference: FormatInference | undefined
  /** Further formats that header lines of the sample announce. */
  readonly others: readonly Format[]
  /** Lines of other counts of values than most. */
  readonly minorities: readonly Minority[]
}

/** Lines of one count of values, and the format they are in if they leave no doubt. */
interface Minority {
  readonly values: number
  readonly lines: number
  readonly known: string | undefined
}

/** Detects the format of sampled lines. Throws when the configured one is none. */
export function detectFormat({ lines, names }: LineSample, configured?: string): DetectedFormat {
  const given = configured === undefined ? undefined : parseFormat(configured)
  const headers = lines.flatMap((line) => parseHeader(line) ?? [])
  const [first, ...rest] = headers
  const others = [...new Map(rest.map((format) => [format.text, format])).values()].filter(
    ({ text }) => text !== first?.text,
  )
  const known = { inference: undefined, others, minorities: [] }
  if (names !== undefined) return { ground: 'envelope', format: parseFormat(names), ...known }
  if (first && parseHeader(lines[0] ?? '')) return { ground: 'header', format: first, ...known }
  const inference = inferFormat(lines, { prefer: 'known' })
  const open = {
    inference,
    others: first ? [first, ...others] : [],
    minorities: minoritiesOf(lines, inference),
  }
  if (given) return { ground: 'configured', format: given, ...open }
  const { status, format } = inference
  const ground =
    status === 'decided' ? 'inferred' : status === 'preferred' ? 'recognised' : 'unknown'
  return { ground, format, ...open }
}

const shownMinorities = 3

/** The largest of them. */
function minoritiesOf(
  lines: readonly string[],
  { otherCounts }: FormatInference,
): readonly Minority[] {
  return Object.entries(otherCounts)
    .map(([values, count]) => ({ values: Number(values), lines: count }))
    .sort((left, right) => right.lines - left.lines)
    .slice(0, shownMinorities)
    .map((minority) => ({ ...minority, known: knownFormat(lines, minority.values) }))
}

function knownFormat(lines: readonly string[], values: number): string | undefined {
  const some = lines.filter((line) => line.trim().split(/[ \t]+/).length === values)
  const { format, formats } = inferFormat(some, { prefer: 'known' })
  return formats.find((each) => each.format.text === format?.text)?.known
}
