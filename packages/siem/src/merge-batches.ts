/** Whole batches, made of parts or of several batches. */
import { emptyLedger, mergeResults, type Rejection } from '@flowlogs/core'
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

/** One batch of all events, in order, and all bad lines. */
export function mergeBatches(batches: readonly Required<Batch>[]): Required<Batch> {
  const { events = { offsets: [], ids: [], times: [], accounts: [] }, ...rest } =
    mergeResults(batches)
  return batches[0] && batches.length === 1 ? batches[0] : { ...rest, events }
}
