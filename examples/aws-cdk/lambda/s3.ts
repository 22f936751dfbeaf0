/** Turns flow log objects into Parquet objects where Security Lake looks for a custom source. */
import { S3 } from '@aws-sdk/client-s3'
import { createS3Handler } from '@flowlogs/aws/s3'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createBucketStore, createSecurityLakeSink } from '@flowlogs/siem'
import { createBucketDeadLetter } from './bucket-dead-letter.ts'
import { environment } from './environment.ts'

const client = new S3({ requestHandler: { requestTimeout: 30_000, socketTimeout: 60_000 } })

const sink = createSecurityLakeSink({
  store: createBucketStore(client, environment('LAKE_BUCKET')),
  source: environment('LAKE_SOURCE'),
  region: environment('AWS_REGION'),
  // An object of the lake for each batch, whose name follows from its events.
  flushInterval: 0,
  deadLetter: createBucketDeadLetter(client, environment('FAILED_BUCKET')),
})

export const handler: ReturnType<typeof createS3Handler> = createS3Handler({
  client,
  transform: createTransform({
    format: environment('LOG_FORMAT'),
    mapping: createOcsfMapping(),
    index: true,
  }),
  deliver: sink.deliver,
  maxBatchBytes: 64 * 1024 * 1024,
})
