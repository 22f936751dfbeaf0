/** A delivery of any size → results of a bounded size. */
import { mergeResults, type Transform, type TransformResult } from '@flowlogs/core'
import {
  checkCount,
  type Delivery,
  type Section,
  splitAtRecords,
  transformDelivery,
  transformSection,
  withEnvelopes,
} from './delivery.ts'

/**
 * Transforms the records of a delivery: at once, unless they have more than twice `partBytes` bytes
 * of lines; then in parts of up to that size, of which a single record may take several. The next
 * part is begun when it is asked for.
 */
export function* transformParts(
  transform: Transform,
  delivery: Delivery,
  partBytes: number,
): Generator<TransformResult, void, undefined> {
  const { sections, control, rejections } = delivery
  const bytes = sections.reduce((total, { lines }) => total + lines.length, 0)
  if (bytes <= 2 * partBytes) {
    yield transformDelivery(transform, delivery)
    return
  }
  for (const section of sections) {
    for (const part of splitAtRecords(section, partBytes)) {
      yield* transformPart(transform, part, partBytes)
    }
  }
  if (control + rejections.length > 0) yield withEnvelopes(transform(''), delivery)
}

/** Transforms records of which none but the last can be large. */
function* transformPart(
  transform: Transform,
  part: Section,
  partBytes: number,
): Generator<TransformResult, void, undefined> {
  if (part.lines.length <= 2 * partBytes) {
    yield mergeResults(transformSection(transform, part))
    return
  }
  const last = splitAtRecords(part, 1).at(-1) ?? part
  const before = part.lines.length - last.lines.length
  if (before > 0) {
    const records = part.records.slice(0, -1)
    const lines = part.lines.subarray(0, before)
    const section = { ...part, lines, count: part.count - last.count, records }
    yield mergeResults(transformSection(transform, section))
  }
  yield* transformRecord(transform, last, partBytes)
}

/** Transforms a record piece by piece; a header line holds for the pieces after it. */
function* transformRecord(
  transform: Transform,
  section: Section,
  partBytes: number,
): Generator<TransformResult, void, undefined> {
  const { lines, format, originAt } = section
  const reader = format === undefined ? transform : transform.withFormat(format)
  const session = reader.stream(originAt)
  let transformed = 0
  for (let at = 0; at < lines.length; at += partBytes) {
    const result = session.write(lines.subarray(at, at + partBytes))
    transformed += result.ledger.lines
    if (result.ledger.lines > 0) yield result
  }
  checkCount(section, transformed)
}
