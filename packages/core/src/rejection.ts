import type { Origin } from './origin.ts'

/** Why a line could not become an output event; the set is closed. */
export type RejectionCode = (typeof rejectionCodes)[number]

/** Every rejection code: lines first, then what a target cannot express, then broken envelopes. */
export const rejectionCodes = [
  'too_few_values',
  'too_many_values',
  'bad_integer',
  'bad_address',
  'line_too_long',
  'bad_encoding',
  'no_time',
  'no_endpoint',
  'bad_base64',
  'bad_gzip',
  'bad_json',
  'bad_parquet',
  'unknown_shape',
  'too_large',
  'too_deep',
  'too_many_records',
] as const

/** What a bad line becomes: plain data, replayable from `line`. Tell rejections apart by `code`. */
export interface Rejection {
  readonly code: RejectionCode
  /** The record key of the offending value. */
  readonly field?: string
  /** The offending value; for `bad_encoding` the bytes of the line in base64. */
  readonly value?: string
  /** The line as it came, without its line ending. */
  readonly line: string
  readonly origin?: Origin
}

const codes: ReadonlySet<unknown> = new Set(rejectionCodes)

/** Whether a parse result is a rejection. No record can pass: it would need a field `code` with one of our codes. */
export function isRejection(result: object): result is Rejection {
  return 'code' in result && 'line' in result && codes.has(result.code)
}

const sentences: Readonly<Record<RejectionCode, (rejection: Rejection) => string>> = {
  too_few_values: ({ field }) => `no value for the field "${field}": the line ends early`,
  too_many_values: ({ value }) => `"${value}" follows the last value of the format`,
  bad_integer: ({ field, value }) => `"${value}" is not an integer that "${field}" can hold`,
  bad_address: ({ field, value }) => `"${value}" in "${field}" is not an IPv4 or IPv6 address`,
  line_too_long: () => 'the line is longer than the limit',
  bad_encoding: () => 'the line is not UTF-8',
  no_time: ({ value }) =>
    value === undefined ? 'the line carries no time' : `"${value}" is not a plausible Unix time`,
  no_endpoint: ({ field }) => `the target needs an endpoint, and "${field}" has no address`,
  bad_base64: () => 'the record is not base64',
  bad_gzip: () => 'the record is not whole gzip data',
  bad_json: () => 'the record is not whole JSON',
  bad_parquet: ({ value }) => `the object is not Parquet that can be read${because(value)}`,
  unknown_shape: ({ field, value }) =>
    field === undefined
      ? `the record is no delivery that AWS makes of flow logs${because(value)}`
      : `a flow log has no "${value}" in "${field}"`,
  too_large: () => 'the record is larger than the limit',
  too_deep: () => 'the record is nested deeper than the limit',
  too_many_records: () => 'the record holds more values than the limit',
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}

/** One sentence for a person: what is wrong, where, and with which value. */
export function describeRejection(rejection: Rejection): string {
  return sentences[rejection.code](rejection)
}
