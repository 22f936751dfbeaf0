/** The events of a transform's result, each found without parsing the others. */
import type { TransformResult } from '@flowlogs/core'
import type { TagTemplate } from './tag.ts'

/** Events by their index, from 0. */
export interface Batch {
  readonly size: number
  /** NDJSON. */
  readonly bytes: Uint8Array
  /** Where the event's document begins. */
  start(index: number): number
  text(index: number): string
  id(index: number): string
  time(index: number): number | undefined
  tag(index: number): string
}

const newline = 10
const decoder = new TextDecoder()

/** Reads the index of a result. Throws when it was made by a transform without one. */
export function toBatch({ output, ledger, events }: TransformResult, tags: TagTemplate): Batch {
  if (events === undefined && ledger.emitted > 0) {
    throw new Error("a batch needs its index: make it with the forwarder's own transform")
  }
  const { offsets = [], ids = [], times = [] } = events ?? {}
  const hasTagLine = tags.before !== undefined

  function start(index: number): number {
    const offset = offsets[index]!
    return hasTagLine ? output.indexOf(newline, offset) + 1 : offset
  }

  return {
    size: offsets.length,
    bytes: output,
    start,
    text(index) {
      const from = start(index)
      return decoder.decode(output.subarray(from, output.indexOf(newline, from)))
    },
    id: (index) => ids[index]!,
    time: (index) => times[index],
    tag(index) {
      if (!hasTagLine) return tags.toTag('')
      return tags.toTag(decoder.decode(output.subarray(offsets[index], start(index) - 1)))
    },
  }
}
