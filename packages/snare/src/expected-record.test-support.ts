/** What Snare Central stores of a record, worked out column by column, apart from the mapping. */
import type { Case, ExactJson } from '@flowlogs/conformance'
import { parseFormat } from '@flowlogs/core'

type CorpusRecord = Readonly<Record<string, string | number | bigint>>

const columns: Readonly<Record<string, string>> = {
  version: 'VERSION',
  account_id: 'ACCOUNTID',
  interface_id: 'INTERFACEID',
  srcaddr: 'SRCADDR',
  dstaddr: 'DSTADDR',
  srcport: 'SRCPORT',
  dstport: 'DSTPORT',
  protocol: 'PROTOCOL',
  packets: 'PACKETS',
  bytes: 'BYTES',
  action: 'ACTION',
  log_status: 'LOGSTATUS',
}

/** The stored record of a case that was collected at a time, or its rejection. */
export function expectedRecord({ header, line, goldens }: Case, collected: string): ExactJson {
  const record = goldens.record as CorpusRecord
  if ('rejection' in record) return record
  const start = timeOf(record.start)
  const end = timeOf(record.end)
  const time = end ?? start
  if (time === undefined) {
    const keys = parseFormat(header.replace(/^\ufeff/, '')).columns.map(({ key }) => key)
    const field = ['end', 'start'].find((key) => keys.includes(key))
    const value = field === undefined ? undefined : record[field]
    return {
      rejection: {
        code: 'no_time',
        ...(field !== undefined && { field }),
        ...(value !== undefined && { value: String(value) }),
        line,
      },
    }
  }
  const stored: Record<string, ExactJson> = {
    DATE: time.slice(0, 10),
    TIME: time.slice(11, 19),
    SYSTEM: 'AWS Internal',
    TABLE: 'AWSVPCFlowLog',
    COLLECTIONDATETIME: collected,
    DATETIME: time,
  }
  const others: Record<string, string> = {}
  for (const [key, value] of Object.entries(record)) {
    if (columns[key]) stored[columns[key]] = value
    else if (key === 'start' && start) stored.START = start
    else if (key !== 'end' || !end) others[key] = String(value)
  }
  return Object.keys(others).length > 0 ? { ...stored, SNAREDATAMAP: others } : stored
}

/** RFC 3339 as Go writes it, which leaves zeros at the end of a fraction out. */
function timeOf(time: CorpusRecord[string] | undefined): string | undefined {
  const [, seconds, fraction = ''] = /^([1-9]\d{9})(\d{3})?$/.exec(String(time)) ?? []
  if (seconds === undefined) return undefined
  const digits = fraction.replace(/0+$/, '')
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${whole}${digits && `.${digits}`}Z`
}
