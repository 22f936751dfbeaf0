import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Traffic } from '@flowlogs/example-firehose'

/** Writes the day as AWS writes objects to S3: text with a header, in gzip. */
export function writeDemoFile(path: string, traffic: Traffic): void {
  const lines = [traffic.format.join(' '), ...traffic]
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`))
}
