/** Several results of one transform, one after the other, as one. */
import type { EventIndex } from './event-index.ts'
import { addLedger, emptyLedger } from './ledger.ts'
import type { TransformResult } from './transform.ts'

/** Joins results in order; a single one is handed back as it is. */
export function mergeResults(results: readonly TransformResult[]): TransformResult {
  const [first] = results
  if (first && results.length === 1) return first
  const ledger = emptyLedger()
  for (const result of results) addLedger(ledger, result.ledger)
  return {
    output: joinOutputs(results),
    ledger,
    rejections: results.flatMap(({ rejections }) => rejections),
    ...(first?.events && { events: joinIndexes(results) }),
  }
}

function joinOutputs(results: readonly TransformResult[]): Uint8Array<ArrayBuffer> {
  return asOne(results.map(({ output }) => output)) ?? copyOutputs(results)
}

/** Outputs that lie next to each other, as they are. */
function asOne(outputs: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> | undefined {
  const [first] = outputs
  if (!first) return undefined
  let length = 0
  for (const { buffer, byteOffset, length: own } of outputs) {
    if (buffer !== first.buffer || byteOffset !== first.byteOffset + length) return undefined
    length += own
  }
  return new Uint8Array(first.buffer, first.byteOffset, length)
}

function copyOutputs(results: readonly TransformResult[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(results.reduce((total, { output }) => total + output.length, 0))
  let at = 0
  for (const { output } of results) {
    joined.set(output, at)
    at += output.length
  }
  return joined
}

function joinIndexes(results: readonly TransformResult[]): EventIndex {
  let at = 0
  const offsets = results.map(({ output, events }) => {
    const shifted = events?.offsets.map((offset) => offset + at) ?? []
    at += output.length
    return shifted
  })
  return {
    offsets: offsets.flat(),
    ids: results.flatMap(({ events }) => events?.ids ?? []),
    times: results.flatMap(({ events }) => events?.times ?? []),
    accounts: results.flatMap(({ events }) => events?.accounts ?? []),
  }
}
