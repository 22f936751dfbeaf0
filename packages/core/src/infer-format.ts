/** Which formats lines without a header can be in, with proof; it never chooses on its own. */
import { configurationError } from './configuration-error.ts'
import { describeColumns, findAmbiguities } from './describe-columns.ts'
import { type Field, fields as fieldTable } from './fields.ts'
import { type Format, type FormatInput, formatOf, parseFormat } from './format.ts'
import type { FittingFormat, FormatInference } from './format-inference.ts'
import { inferenceRules } from './inference-rules.ts'
import { knownOrders } from './known-orders.ts'
import { gatherColumns } from './line-columns.ts'
import { type Candidates, type Effort, placements } from './place-fields.ts'
import type { Reading } from './read-columns.ts'
import { readAll, readAlone } from './suppose-versions.ts'

/** How to infer. */
export interface InferenceOptions {
  /**
   * What to choose when several formats fit: `known`, the one order among them that AWS writes or
   * documents; or a format, whose fields and whose order are preferred. Nothing is chosen without.
   */
  readonly prefer?: 'known' | FormatInput
  /** Only what AWS documents, no presumptions. Default false. */
  readonly strict?: boolean
  /** How many of the formats that fit are written out. Default 16. */
  readonly limit?: number
}

const defaultLimit = 16
const maxSteps = 400

/** Finds the formats of AWS's fields that the lines can be in. Never throws on data. */
export function inferFormat(
  lines: Iterable<string>,
  options: InferenceOptions = {},
): FormatInference {
  const { prefer, strict = false, limit = defaultLimit } = options
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw configurationError(`limit must be a positive integer, not ${limit}`)
  }
  const preferred = prefer === undefined || prefer === 'known' ? prefer : parseFormat(prefer)
  const input = gatherColumns(lines)
  const readings = readAll(input, strict)
  const found = fittingFormats(readings, input.columns.length, limit)
  const fitting = found.formats.map(({ format }) => format.columns.map(({ name }) => name))
  const isPossible = readings.length > 0 && fitting.length > 0
  const columns = isPossible
    ? describeColumns(input, readings, found.isComplete ? fitting : undefined)
    : describeColumns(input, readAlone(input, strict), undefined)
  const used = new Set(columns.flatMap(({ proof }) => proof.map(({ rule }) => rule)))
  const { [input.columns.length]: _, ...otherCounts } = input.counts
  return {
    ...(input.columns.length === 0 ? { status: 'empty' } : choose(found, readings, preferred)),
    ...found,
    columns,
    ambiguities: isPossible ? findAmbiguities(columns, input.columns) : [],
    presumptions: [...used].filter((rule) => inferenceRules[rule].ground === 'presumed'),
    lines: input.numbers.length,
    setAside: input.setAside,
    otherCounts,
  }
}

type Found = Pick<FormatInference, 'formats' | 'isComplete'>

/** Formats that fit: known orders, then whatever the readings allow, in documentation order. */
function fittingFormats(readings: readonly Reading[], count: number, limit: number): Found {
  const formats = new Map<string, FittingFormat>()
  for (const { name, text } of knownOrders) {
    const names = text.split(' ')
    if (names.length === count && readings.some((reading) => allows(reading, names))) {
      formats.set(text, describeFormat(names, name))
    }
  }
  const effort: Effort = { steps: maxSteps }
  for (const names of fits(readings, documentationRank, effort)) {
    const text = names.join(' ')
    if (!formats.has(text)) formats.set(text, describeFormat(names))
    if (formats.size > limit) break
  }
  return {
    formats: [...formats.values()].slice(0, limit),
    isComplete: formats.size <= limit && effort.steps > 0,
  }
}

function describeFormat(names: readonly string[], known?: string): FittingFormat {
  return {
    format: formatOf(names),
    logFormat: names.map((name) => `\${${name}}`).join(' '),
    ...(known !== undefined && { known }),
  }
}

function allows({ candidates, conflicts, agrees }: Reading, names: readonly string[]): boolean {
  if (!candidates.every((fields, index) => fields.has(names[index] as string))) return false
  const only = names.map((name) => new Set([name]))
  return agrees(names) && !placements(only, conflicts, () => 0, { steps: 1 }).next().done
}

function* fits(
  readings: readonly Reading[],
  rank: (field: string) => number,
  effort: Effort,
): Generator<readonly string[], void, undefined> {
  for (const { candidates, conflicts, agrees } of readings) {
    for (const names of placements(candidates, conflicts, rank, effort)) {
      if (agrees(names)) yield names
    }
  }
}

const rankOf: ReadonlyMap<string, number> = new Map(
  (fieldTable as readonly Field[]).map(({ name }, index) => [name, index]),
)

function documentationRank(name: string): number {
  return rankOf.get(name) ?? rankOf.size
}

function choose(
  { formats, isComplete }: Found,
  readings: readonly Reading[],
  prefer: 'known' | Format | undefined,
): Pick<FormatInference, 'status' | 'format'> {
  const [only, second] = formats
  if (isComplete && only === undefined) return { status: 'impossible' }
  if (isComplete && only && second === undefined) return { status: 'decided', format: only.format }
  const format =
    prefer === 'known'
      ? onlyKnown(formats)
      : prefer && (likeliest(readings, prefer) as Format | undefined)
  return format ? { status: 'preferred', format } : { status: 'ambiguous' }
}

function onlyKnown(formats: readonly FittingFormat[]): Format | undefined {
  const known = formats.filter((each) => each.known !== undefined)
  return known.length === 1 ? known[0]?.format : undefined
}

/** The preferred format itself if it fits, or else one of its fields, in its order. */
function likeliest(readings: readonly Reading[], prefer: Format): Format | undefined {
  const names = prefer.columns.map(({ name }) => name)
  const isPossible = ({ candidates }: Reading): boolean => candidates.length === names.length
  if (readings.some((reading) => isPossible(reading) && allows(reading, names))) return prefer
  const place = new Map(names.map((name, index) => [name, index]))
  const rank = (name: string): number => place.get(name) ?? place.size + documentationRank(name)
  const narrowed = readings.map((reading) => ({ ...reading, candidates: within(reading, place) }))
  for (const some of [narrowed, readings]) {
    const best = fits(some, rank, { steps: maxSteps }).next().value
    if (best) return formatOf(best)
  }
  return undefined
}

/** Of each column only the preferred fields, if it can be one of them. */
function within({ candidates }: Reading, preferred: ReadonlyMap<string, number>): Candidates {
  return candidates.map((fields) => {
    const kept = [...fields].filter((name) => preferred.has(name))
    return kept.length > 0 ? new Set(kept) : fields
  })
}
