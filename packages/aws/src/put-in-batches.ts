/** Records put into a stream in batches, with what was refused tried again. */
import { describeError } from './describe-error.ts'
import { pause } from './keep-trying.ts'
import { isLastingFailure } from './lasting-failure.ts'
import type { OverflowFailure, OverflowRecord } from './overflow.ts'

/** Puts one batch; resolves to the service's answers, one for each record. */
export type PutBatch = (
  batch: readonly OverflowRecord[],
  signal: AbortSignal,
) => Promise<readonly PutAnswer[]>

/** What Firehose and Kinesis answer to one record of a batch. */
interface PutAnswer {
  /** Why the record was refused. */
  readonly ErrorCode?: string | undefined
  readonly ErrorMessage?: string | undefined
}

// What PutRecordBatch of Firehose takes; PutRecords of Kinesis takes more.
const maxRecords = 500
const maxBatchBytes = 4 * 1024 * 1024
const maxRecordBytes = 1000 * 1024
// Milliseconds.
const firstPause = 100
const longestPause = 5000

/**
 * Puts all records. What is refused is tried again, after pauses that grow and differ at random,
 * until the signal aborts; a call that is wrong, such as one that is not allowed, is not.
 */
export async function putInBatches(
  records: readonly OverflowRecord[],
  put: PutBatch,
  signal: AbortSignal,
): Promise<readonly OverflowFailure[]> {
  const failures: OverflowFailure[] = []
  let queue: Queued[] = []
  for (const [index, record] of records.entries()) {
    const { length } = record.data
    if (length > 0 && length <= maxRecordBytes)
      queue.push({ index, record, reason: 'no time left' })
    else failures.push({ index, reason: `a record cannot have ${length} bytes` })
  }
  for (let refusals = 0; queue.length > 0 && !signal.aborted; ) {
    const batch = queue.slice(0, batchLength(queue))
    const { refused, isFinal } = await putBatch(batch, put, signal)
    queue = queue.slice(batch.length)
    if (isFinal) {
      // What is wrong with this call is wrong with every other.
      queue = [...refused, ...queue.map((each) => ({ ...each, reason: refused[0]?.reason ?? '' }))]
      break
    }
    queue.push(...refused)
    refusals = refused.length > 0 ? refusals + 1 : 0
    if (refusals > 0) await pause(pauseAfter(refusals), signal)
  }
  for (const { index, reason } of queue) failures.push({ index, reason })
  return failures
}

interface Queued {
  readonly index: number
  readonly record: OverflowRecord
  /** Why it was not taken the last time. */
  readonly reason: string
}

/** How many records from the first on fit in a batch. */
function batchLength(queue: readonly Queued[]): number {
  let bytes = 0
  const end = queue.findIndex(({ record }, index) => {
    bytes += record.data.length
    return index === maxRecords || bytes > maxBatchBytes
  })
  return end === -1 ? queue.length : end
}

async function putBatch(
  batch: readonly Queued[],
  put: PutBatch,
  signal: AbortSignal,
): Promise<{ readonly refused: readonly Queued[]; readonly isFinal: boolean }> {
  try {
    const answers = await put(
      batch.map(({ record }) => record),
      signal,
    )
    const refused = batch.flatMap((each, place) => {
      const { ErrorCode, ErrorMessage } = answers[place] ?? { ErrorCode: 'no answer' }
      if (ErrorCode === undefined) return []
      return [{ ...each, reason: ErrorMessage ? `${ErrorCode}: ${ErrorMessage}` : ErrorCode }]
    })
    return { refused, isFinal: false }
  } catch (error) {
    const reason = describeError(error)
    return { refused: batch.map((each) => ({ ...each, reason })), isFinal: isLastingFailure(error) }
  }
}

/** Half of a pause at least, so that a stream without room is not asked in a circle. */
function pauseAfter(refusals: number): number {
  const longest = Math.min(longestPause, firstPause * 2 ** (refusals - 1))
  return longest * (0.5 + Math.random() / 2)
}
