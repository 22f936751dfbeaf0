/** One Firehose record on its way: base64 as it will be sent, and what the account needs to know. */
export interface FirehoseRecord {
  data: string
  /** Bytes before base64. */
  size: number
  /** How many flow log lines it holds; none for a control message and for data of the caller's own. */
  lines: number
  arrivalTimestamp: number
  sequence: number
}

/** Firehose takes at most this many bytes in one record, before base64. */
export const maximumRecordSize = 1_024_000

/** The record that VPC Flow Logs put for one line when they deliver straight to Firehose. */
export function wrapLine(line: string, newline: boolean): Buffer {
  return Buffer.from(`{"message":${JSON.stringify(line)}}${newline ? '\n' : ''}`)
}

/** The id under which Firehose names a record in the error folder. */
export function dataId({ sequence }: FirehoseRecord): string {
  return `49607357361271740811418664280693${String(sequence).padStart(24, '0')}.0`
}
