/** Lines as AWS wraps them on the ways that are sized and measured. */
import { gzipSync } from 'node:zlib'

/** The record of a flow log that is sent straight to Firehose. */
export function toDirectRecord(line: string): Buffer {
  return Buffer.from(`{"message":"${line}"}\n`)
}

/** The payload of a CloudWatch Logs subscription. */
export function toCloudWatchPayload(lines: readonly string[]): Buffer {
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/vpc/flowlogs',
    logStream: 'eni-0f6428b026d2cdcf8-all',
    subscriptionFilters: ['flow-logs'],
    logEvents: lines.map((message, index) => ({
      id: `3837343053619850017537150557643578380845945119${String(1_091_505_072 + index)}`,
      timestamp: 1_720_724_137_000 + index,
      message,
    })),
  }
  return gzipSync(JSON.stringify(payload))
}
