/** Where records, or lines, went: in = delivered + errored + dropped once the stand-in is closed. */
export interface Counts {
  in: number
  delivered: number
  /** Written to the error folder. */
  errored: number
  /** Lost for good, because the endpoint answered 413. */
  dropped: number
  /** Sent again after a failed attempt, each time counted. */
  retried: number
  /** Sent again although delivered. */
  duplicated: number
}

export interface Report {
  records: Counts
  lines: Counts
  /** HTTP requests made, retries and duplicates included. */
  requests: number
  /** Bytes of request bodies sent, after compression. */
  bytes: number
}

export function emptyReport(): Report {
  const none = { in: 0, delivered: 0, errored: 0, dropped: 0, retried: 0, duplicated: 0 }
  return { records: { ...none }, lines: { ...none }, requests: 0, bytes: 0 }
}

export function isBalanced({ records, lines }: Report): boolean {
  return [records, lines].every(
    (counts) => counts.in === counts.delivered + counts.errored + counts.dropped,
  )
}
