/** Whole batches, made of parts or of several batches. */
import { addLedger, emptyLedger, type Rejection } from '@flowlogs/core'
import type { Batch, IndexedOutput } from './sink.ts'
import { eventCount } from './slice-batch.ts'

/** The batch of events and bad lines whose ledger is not known: one line for each. */
export function toBatch(
  { output, events }: IndexedOutput,
  rejections: readonly Rejection[] = [],
): Required<Batch> {
  const ledger = emptyLedger()
  ledger.emitted = eventCount({ output, events })
  ledger.rejected = rejections.length
  ledger.lines = ledger.emitted + ledger.rejected
  for (const { code } of rejections) ledger.rejections[code] = (ledger.rejections[code] ?? 0) + 1
  return { output, events, rejections, ledger }
}

/** One batch of all events, in order, and all bad lines. A single batch is returned as it is. */
export function mergeBatches(batches: readonly Required<Batch>[]): Required<Batch> {
  const [first, ...others] = batches
  if (first && others.length === 0) return first
  const output = new Uint8Array(batches.reduce((length, batch) => length + batch.output.length, 0))
  const events: Required<Batch>['events'] = { offsets: [], ids: [], times: [], accounts: [] }
  const rejections: Rejection[] = []
  const ledger = emptyLedger()
  let position = 0
  for (const batch of batches) {
    output.set(batch.output, position)
    for (const [index, offset] of batch.events.offsets.entries()) {
      events.offsets.push(offset + position)
      events.ids.push(batch.events.ids[index]!)
      events.times.push(batch.events.times[index])
      events.accounts.push(batch.events.accounts[index])
    }
    for (const rejection of batch.rejections) rejections.push(rejection)
    addLedger(ledger, batch.ledger)
    position += batch.output.length
  }
  return { output, events, rejections, ledger }
}
