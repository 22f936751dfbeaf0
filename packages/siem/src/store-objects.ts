/** Batches, as objects of one account and one day each. */
import { setImmediate } from 'node:timers/promises'
import type { Refusal } from './create-sink.ts'
import type { Columns } from './ocsf-columns.ts'
import { createParquetFile, type Row } from './parquet-file.ts'
import type { ParsedRow } from './parse-row.ts'
import { type LakeKeys, toObjectName } from './security-lake-key.ts'
import type { IndexedOutput } from './sink.ts'
import { eventBytes } from './slice-batch.ts'

/** What became of one batch; with a failure, some of its events were not stored. */
export interface BatchOutcome {
  accepted: number
  duplicates: number
  retried: number
  readonly refused: Refusal[]
  failure?: { readonly error: unknown }
}

/** What it takes to make objects of batches. */
export interface ObjectWriter {
  readonly columns: Columns
  readonly keys: LakeKeys
  readonly parseRow: (json: Uint8Array) => ParsedRow
  /** Stores an object; calls `onRetry` before each further attempt. */
  readonly put: (key: string, bytes: Uint8Array, onRetry: () => void) => Promise<void>
}

/** Stores all events of all batches, and tells of each batch what became of it. Never rejects. */
export async function storeObjects(
  writer: ObjectWriter,
  batches: readonly IndexedOutput[],
): Promise<BatchOutcome[]> {
  const outcomes = batches.map(
    (): BatchOutcome => ({ accepted: 0, duplicates: 0, retried: 0, refused: [] }),
  )
  const puts: Promise<void>[] = []
  for (const [partition, entries] of split(writer.keys, batches, outcomes)) {
    const fail = (error: unknown) => {
      for (const { outcome } of entries) outcome.failure = { error }
    }
    try {
      const { bytes, ids, shares } = await createObject(writer, entries)
      if (ids.length === 0) continue
      const onRetry = () => {
        for (const [outcome, count] of shares) outcome.retried += count
      }
      // An object on its way does not keep the next one from being made.
      puts.push(writer.put(`${partition}/${toObjectName(ids)}`, bytes, onRetry).catch(fail))
    } catch (error) {
      fail(error)
    }
  }
  await Promise.all(puts)
  return outcomes
}

interface Entry {
  readonly batch: IndexedOutput
  readonly outcome: BatchOutcome
  readonly index: number
  readonly time: number
  readonly id: string
}

function split(
  keys: LakeKeys,
  batches: readonly IndexedOutput[],
  outcomes: readonly BatchOutcome[],
): Map<string, Entry[]> {
  const partitions = new Map<string, Entry[]>()
  for (const [position, batch] of batches.entries()) {
    const { ids, times, accounts } = batch.events
    const outcome = outcomes[position]!
    for (const [index, id] of ids.entries()) {
      const time = times[index]
      if (time === undefined) {
        const message = 'the day that it belongs to is not known'
        outcome.refused.push({ index, reason: 'no_time', message })
        continue
      }
      const partition = keys.partition(accounts[index], time)
      const entries = partitions.get(partition)
      const entry = { batch, outcome, index, time, id }
      if (entries) entries.push(entry)
      else partitions.set(partition, [entry])
    }
  }
  return partitions
}

// What is made in one go, while nothing else can run: larger groups are hardly smaller for it.
const rowsPerGroup = 10_000
const jsonPerGroup = 64 * 1024 * 1024

interface LakeObject {
  readonly bytes: Uint8Array
  /** Of the events in it, in their order. */
  readonly ids: readonly string[]
  /** How many events of each batch are in it. */
  readonly shares: ReadonlyMap<BatchOutcome, number>
}

async function createObject(
  { columns, parseRow }: ObjectWriter,
  entries: Entry[],
): Promise<LakeObject> {
  entries.sort((one, other) => one.time - other.time || compare(one.id, other.id))
  const file = createParquetFile(columns)
  const ids: string[] = []
  const shares = new Map<BatchOutcome, number>()
  let rows: Row[] = []
  let size = 0
  for (const { batch, outcome, index, id } of entries) {
    const json = eventBytes(batch, index)
    const parsed = parseRow(json)
    if ('reason' in parsed) {
      outcome.refused.push({ index, ...parsed })
    } else if (ids.at(-1) === id) {
      outcome.duplicates += 1
    } else {
      outcome.accepted += 1
      shares.set(outcome, (shares.get(outcome) ?? 0) + 1)
      ids.push(id)
      size += json.length
      rows.push(parsed.row)
    }
    if (rows.length < rowsPerGroup && size < jsonPerGroup) continue
    file.write(rows)
    rows = []
    size = 0
    await setImmediate()
  }
  file.write(rows)
  await setImmediate()
  return { bytes: file.end(), ids, shares }
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
