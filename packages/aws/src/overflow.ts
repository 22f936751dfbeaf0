/** Records that go back to the front of their stream. */
export type Overflow = (
  records: readonly OverflowRecord[],
  /** Aborts when there is only time left for the reply. */
  signal: AbortSignal,
) => Promise<readonly OverflowFailure[]>

/** A record as it came, or a part of one. */
export interface OverflowRecord {
  readonly data: Uint8Array
  /** That of the record in the Kinesis stream which Firehose reads, if it reads one. */
  readonly partitionKey?: string
}

/** A record that was not taken. */
export interface OverflowFailure {
  /** Its place among the records, from 0. */
  readonly index: number
  readonly reason: string
}
