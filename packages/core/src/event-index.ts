/**
 * What a sink needs to know of each event in the output, in its order, so that it can retry and
 * partition without parsing.
 */
export interface EventIndex {
  /** Where each event begins in the output; it ends where the next one begins. */
  readonly offsets: number[]
  /** The deterministic id of each event. */
  readonly ids: string[]
  /** Unix milliseconds: start, else end, else the transport's time. */
  readonly times: (number | undefined)[]
  /** The account of the record, else that of its origin. */
  readonly accounts: (string | undefined)[]
}

/** An index of no events. */
export function emptyIndex(): EventIndex {
  return { offsets: [], ids: [], times: [], accounts: [] }
}
