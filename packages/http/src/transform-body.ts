/** A body → what a transform makes of it, in batches. */
import {
  emptyLedger,
  type Ledger,
  mergeResults,
  type Rejection,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'
import { isJsonBody } from './cut-events.ts'
import { findLines, type Section } from './find-lines.ts'
import type { EventReader } from './read-event.ts'
import { withMembers } from './with-members.ts'

/** How a body is transformed. */
export interface TransformBodyOptions {
  readonly transform: Transform
  readonly read: EventReader
  /** Bytes of output after which a batch is full. */
  readonly batchBytes: number
  /** The name of the member that gets the id of each event. */
  readonly id: string | undefined
}

const maxChunkBytes = 256 * 1024
// Of different contexts, transformed at once: a line without an event has it done again.
const mixedLines = 64
// What a rejection takes besides its line, about.
const rejectionBytes = 256

/** Transforms a body, batch by batch, as they are asked for. No batch is without lines. */
export function* transformBody(
  body: Buffer,
  { transform, read, batchBytes, id }: TransformBodyOptions,
): Generator<TransformResult, void, undefined> {
  const chunkBytes = Math.min(maxChunkBytes, batchBytes)
  const results = isJsonBody(body)
    ? transformEvents(findLines(body, read, chunkBytes), transform, id)
    : transformText(body, transform, chunkBytes, id)
  let gathered: TransformResult[] = []
  let bytes = 0
  for (const result of results) {
    if (result.ledger.lines === 0) continue
    gathered.push(result)
    bytes += sizeOf(result)
    if (bytes < batchBytes) continue
    yield mergeResults(gathered)
    gathered = []
    bytes = 0
  }
  if (gathered.length > 0) yield mergeResults(gathered)
}

function* transformText(
  body: Buffer,
  transform: Transform,
  chunkBytes: number,
  id?: string,
): Generator<TransformResult> {
  const session = transform.stream()
  for (let from = 0; from < body.length; from += chunkBytes) {
    yield withMembers(session.write(body.subarray(from, from + chunkBytes)), [[]], id)
  }
  yield withMembers(session.end(), [[]], id)
}

function* transformEvents(
  sections: Iterable<Section>,
  transform: Transform,
  id?: string,
): Generator<TransformResult> {
  for (const section of sections) {
    const { ends, isUniform, rejections } = section
    const step = isUniform ? Math.max(ends.length, 1) : mixedLines
    for (let from = 0; from < Math.max(ends.length, 1); from += step) {
      yield* transformPart(section, from, Math.min(from + step, ends.length), transform, id)
    }
    if (rejections.length > 0) yield toResult(rejections, transform(''))
  }
}

/** Nobody tells which line an event is of; when there is one for each line, they have their order. */
function* transformPart(
  section: Section,
  from: number,
  to: number,
  transform: Transform,
  id?: string,
): Generator<TransformResult> {
  const { lines, ends, contexts, originFrom } = section
  const part = lines.subarray(ends[from - 1] ?? 0, ends[to - 1])
  const result = transform(part, originFrom(from))
  if (section.isUniform || to - from < 2 || result.ledger.emitted === to - from) {
    const members = contexts.slice(from, section.isUniform ? from + 1 : to)
    yield withMembers(
      result,
      members.map((context) => context.members),
      id,
    )
    return
  }
  const middle = (from + to) >> 1
  yield* transformPart(section, from, middle, transform, id)
  yield* transformPart(section, middle, to, transform, id)
}

/** The result of events that no line could be found in. */
function toResult(rejections: readonly Rejection[], { events }: TransformResult): TransformResult {
  const { length } = rejections
  const codes: Ledger['rejections'] = {}
  for (const { code } of rejections) codes[code] = (codes[code] ?? 0) + 1
  return {
    output: new Uint8Array(0),
    ledger: {
      ...emptyLedger(),
      lines: length,
      rejected: length,
      rejections: codes,
      lanes: { envelope: length },
    },
    rejections,
    ...(events && { events: { offsets: [], ids: [], times: [], accounts: [] } }),
  }
}

function sizeOf({ output, rejections }: TransformResult): number {
  return rejections.reduce(
    (total, { line, value = '' }) => total + line.length + value.length + rejectionBytes,
    output.length,
  )
}
