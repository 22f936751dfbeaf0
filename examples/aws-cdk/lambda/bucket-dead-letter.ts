import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { createDeadLetter, type DeadLetter } from '@flowlogs/siem'

/**
 * Keeps refused events and bad lines in a bucket, as files that `flowlogs replay` reads, and logs
 * how many events were refused; the ledger has the bad lines.
 */
export function createBucketDeadLetter(client: S3Client, bucket: string): DeadLetter {
  return {
    async write(entries) {
      if (entries.length === 0) return
      const name = `${new Date().toISOString()}-${randomUUID()}.ndjson`
      const path = join(tmpdir(), name)
      const file = createDeadLetter({ path })
      try {
        await file.write(entries)
        const Body = await readFile(path)
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key: `dead-letters/${name}`, Body }),
        )
      } finally {
        await rm(path, { force: true })
      }
      const refused = entries.filter((entry) => 'event' in entry).length
      process.stdout.write(`${JSON.stringify({ message: 'flowlogs dead letters', refused })}\n`)
    },
    async close() {},
  }
}
