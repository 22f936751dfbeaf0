import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataId, type FirehoseRecord } from './record.ts'
import type { Failure } from './response.ts'

/** One line of a file in the error folder. */
export interface ErrorRecord {
  attemptsMade: number
  arrivalTimestamp: number
  errorCode: string
  errorMessage: string
  attemptEndingTimestamp: number
  /** The record's data in base64. */
  rawData: string
  subsequenceNumber: number
  dataId: string
}

export interface Defeat {
  failure: Failure
  attemptsMade: number
  /** Milliseconds. */
  attemptEndingTimestamp: number
}

/**
 * Writes the records of one request as JSON lines under
 * `http-endpoint-failed/YYYY/MM/dd/HH/`, as Firehose does in the bucket for failed data.
 */
export async function writeErrorFile(
  folder: string,
  streamName: string,
  requestId: string,
  records: readonly FirehoseRecord[],
  { failure, attemptsMade, attemptEndingTimestamp }: Defeat,
): Promise<void> {
  const [year, month, date, hour, minute, second] = new Date(attemptEndingTimestamp)
    .toISOString()
    .split(/[-T:.]/)
  const path = join(folder, 'http-endpoint-failed', `${year}`, `${month}`, `${date}`, `${hour}`)
  const stamp = [year, month, date, hour, minute, second].join('-')
  const lines = records.map((record) => {
    const entry: ErrorRecord = {
      attemptsMade,
      arrivalTimestamp: record.arrivalTimestamp,
      errorCode: failure.errorCode,
      errorMessage: failure.errorMessage,
      attemptEndingTimestamp,
      rawData: record.data,
      subsequenceNumber: 0,
      dataId: dataId(record),
    }
    return `${JSON.stringify(entry)}\n`
  })
  await mkdir(path, { recursive: true })
  await writeFile(join(path, `${streamName}-1-${stamp}-${requestId}`), lines.join(''))
}
