/** Records as input: they become lines again, so that they take the same way as lines. */
import {
  type FieldValue,
  type FormatInput,
  type OriginSource,
  parseFormat,
  render,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'

/** Records as a parser gives them, absent fields as `undefined`. */
export type Records = readonly Readonly<Record<string, FieldValue>>[]

/** Transforms records; one result for each run of records of one format. */
export type TransformRecords = (records: Records, origin?: OriginSource) => TransformResult[]

const maxFormats = 64

/**
 * Builds a transform of records. A record whose keys are all in the configured format counts as a
 * line of that format; the keys of any other record are its format.
 */
export function createTransformRecords(
  format: FormatInput,
  createTransform: (format: FormatInput) => Transform,
): TransformRecords {
  const configured = parseFormat(format)
  const keys = new Set(configured.columns.map(({ key }) => key))
  const lanes = new Map<string, { format: FormatInput; transform: Transform }>()
  const main = { format: configured, transform: createTransform(configured) }

  function laneOf(
    record: Records[number],
  ): typeof main | { format: FormatInput; transform: Transform } {
    const own = Object.keys(record)
    if (own.every((key) => keys.has(key))) return main
    const name = own.join(' ')
    const known = lanes.get(name)
    if (known) return known
    const format = parseFormat(name)
    const lane = { format, transform: createTransform(format) }
    if (lanes.size < maxFormats) lanes.set(name, lane)
    return lane
  }

  return (records, origin) => {
    const results: TransformResult[] = []
    for (let first = 0; first < records.length; ) {
      const lane = laneOf(records[first]!)
      let lines = ''
      let next = first
      for (; next < records.length && (next === first || laneOf(records[next]!) === lane); next++) {
        lines += `${render(records[next]!, lane.format)}\n`
      }
      results.push(lane.transform(lines, shift(origin, first)))
      first = next
    }
    return results
  }
}

function shift(origin: OriginSource = {}, first: number): OriginSource {
  if (first === 0) return origin
  if (typeof origin === 'function') return (index) => origin(first + index)
  return (index) => ({ line: first + index + 1, ...origin })
}
