/** What an envelope was found to hold: lines with their origins, and what is not a line. */
import {
  addLedger,
  emptyLedger,
  mergeResults,
  type OriginLookup,
  type Rejection,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'

const newline = 10

/** An envelope taken apart. */
export interface Delivery {
  /** The lines, in order. */
  readonly sections: readonly Section[]
  /** Control messages, as CloudWatch Logs sends them to check that a destination is there. */
  readonly control: number
  /** What could not be opened; `line` is its text, or base64 where it is not text. */
  readonly rejections: readonly Rejection[]
}

/** Lines next to each other that are in one format. */
export interface Section {
  /** Whole lines, one after the other. */
  readonly lines: Uint8Array
  /** How many lines that is. */
  readonly count: number
  /** The names of the fields, where an envelope tells them; otherwise the transform's own format. */
  readonly format?: string
  /** Where a line came from, by its index from 0. */
  readonly originAt: OriginLookup
  /** Where the lines of a record begin, by index; nothing when they are part of a longer input. */
  readonly records: readonly number[]
}

/** Transforms the lines of a delivery; the account covers the envelopes, too. */
export function transformDelivery(transform: Transform, delivery: Delivery): TransformResult {
  const { sections } = delivery
  if (sections.length === 0) return withEnvelopes(transform(''), delivery)
  const [only] = sections
  const results =
    only && sections.length === 1
      ? transformSection(transform, only)
      : sections.flatMap((section) => transformSection(transform, section).map(keep))
  return withEnvelopes(mergeResults(results), delivery)
}

/** Transforms whole records; a header line holds for the lines after it in its own record. */
export function transformSection(transform: Transform, section: Section): TransformResult[] {
  const { format, lines, originAt } = section
  const reader = format === undefined ? transform : transform.withFormat(format)
  const result = reader(lines, originAt)
  checkCount(section, result.ledger.lines)
  if (result.ledger.header === 0 || section.records.length < 2) return [result]
  return splitAtRecords(section, 1).map((part) => keep(reader(part.lines, part.originAt)))
}

/** Throws when lines were lost between an envelope and the transform, which only a mistake of ours can do. */
export function checkCount({ count }: Section, lines: number): void {
  if (lines !== count) throw new Error(`${count} lines were found, and ${lines} transformed`)
}

/** The next call of a transform may overwrite its output. */
function keep(result: TransformResult): TransformResult {
  const kept = { ...result, output: result.output.slice() }
  result.release?.()
  return kept
}

/** Cuts a section where a record begins, into parts of at least so many bytes. */
export function splitAtRecords(section: Section, minBytes: number): readonly Section[] {
  const { lines, originAt, records } = section
  const parts: Section[] = []
  let at = 0
  let line = 0
  let partStart = 0
  let partRecords: number[] = []
  for (const [index, first] of records.entries()) {
    const next = records[index + 1] ?? Number.POSITIVE_INFINITY
    partRecords.push(first)
    for (; line < next && at < lines.length; line++) at = lines.indexOf(newline, at) + 1
    if (at - partStart < minBytes && at < lines.length) continue
    const [base = 0] = partRecords
    parts.push({
      ...section,
      lines: lines.subarray(partStart, at),
      count: line - base,
      originAt: shiftOrigins(originAt, base),
      records: partRecords.map((each) => each - base),
    })
    partStart = at
    partRecords = []
  }
  checkCount(section, line)
  return parts
}

function shiftOrigins(originAt: OriginLookup, base: number): OriginLookup {
  return Object.assign((index: number) => originAt(base + index), { common: originAt.common })
}

/** Enters in a result what the envelopes held besides lines. */
export function withEnvelopes(
  result: TransformResult,
  { control, rejections }: Pick<Delivery, 'control' | 'rejections'>,
): TransformResult {
  if (control === 0 && rejections.length === 0) return result
  const ledger = emptyLedger()
  addLedger(ledger, result.ledger)
  ledger.lines += control + rejections.length
  ledger.control += control
  ledger.rejected += rejections.length
  for (const { code } of rejections) {
    ledger.rejections[code] = (ledger.rejections[code] ?? 0) + 1
  }
  ledger.lanes.envelope = (ledger.lanes.envelope ?? 0) + control + rejections.length
  return { ...result, ledger, rejections: [...result.rejections, ...rejections] }
}
