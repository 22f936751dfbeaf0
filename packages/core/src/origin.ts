/**
 * Where a line came from: whatever the delivery told. Names are the vendor's own
 * (CloudWatch Logs `logGroup`, S3 `key`, Firehose `requestId`).
 */
export interface Origin {
  readonly account?: string
  readonly region?: string
  readonly logGroup?: string
  readonly logStream?: string
  /** The CloudWatch Logs event id, 56 digits. */
  readonly eventId?: string
  /** The transport's time for the line, Unix milliseconds. */
  readonly timestamp?: number
  readonly bucket?: string
  /** The S3 key, or a file name. */
  readonly key?: string
  /** The Firehose request id; the same across retries. */
  readonly requestId?: string
  /** Index of the record in its request, from 0. */
  readonly record?: number
  /** Number of the line in its object, file or record, from 1. */
  readonly line?: number
}

/** One origin for every line, or one looked up by the line's index (from 0) in the input. */
export type OriginSource = Origin | OriginLookup

/** Looks the origin of a line up. */
export interface OriginLookup {
  (index: number): Origin
  /**
   * What the origins of the next lines have in common, if that is known. Engines need no other
   * origin for lines of which they ask nothing else.
   */
  readonly common?: CommonOrigin | undefined
}

/** The origin of any of some lines, and the names in which the others differ from it. */
export interface CommonOrigin {
  readonly origin: Origin
  readonly differing: readonly (keyof Origin)[]
}

/** Whether a name is one of some names. */
export function isAmong(names: readonly (keyof Origin)[]): (name: keyof Origin) => boolean {
  return (name) => names.includes(name)
}
