/** Parts of a batch, found by its index, so that nothing is parsed. */
import type { EventIndex } from '@flowlogs/core'
import type { IndexedOutput } from './sink.ts'

/** The events with indexes from `from` up to, not including, `to`: a view of the same bytes. */
export function sliceBatch(batch: IndexedOutput, from: number, to: number): IndexedOutput {
  const { output, events } = batch
  const first = startOf(batch, from)
  return {
    output: output.subarray(first, startOf(batch, to)),
    events: {
      offsets: events.offsets.slice(from, to).map((offset) => offset - first),
      ids: events.ids.slice(from, to),
      times: events.times.slice(from, to),
      accounts: events.accounts.slice(from, to),
    },
  }
}

/** The events with the given indexes, in the order given: a copy. */
export function selectEvents(batch: IndexedOutput, indexes: readonly number[]): IndexedOutput {
  const { ids, times, accounts } = batch.events
  const events: EventIndex = { offsets: [], ids: [], times: [], accounts: [] }
  let length = 0
  for (const index of indexes) {
    events.offsets.push(length)
    events.ids.push(ids[index]!)
    events.times.push(times[index])
    events.accounts.push(accounts[index])
    length += startOf(batch, index + 1) - startOf(batch, index)
  }
  const output = new Uint8Array(length)
  for (const [position, index] of indexes.entries()) {
    const from = startOf(batch, index)
    output.set(batch.output.subarray(from, startOf(batch, index + 1)), events.offsets[position])
  }
  return { output, events }
}

/** The JSON document of one event, without its line ending: a view. */
export function eventBytes(batch: IndexedOutput, index: number): Uint8Array<ArrayBuffer> {
  return batch.output.subarray(startOf(batch, index), startOf(batch, index + 1) - 1)
}

/** How many events a batch has. */
export function eventCount({ events }: IndexedOutput): number {
  return events.offsets.length
}

/** Where an event begins; the one after the last begins at the end. */
function startOf({ output, events }: IndexedOutput, index: number): number {
  return events.offsets[index] ?? output.length
}
