/** Brings what CloudWatch Logs wrote to a Kinesis stream to OpenSearch, each event once by its id. */
import { S3Client } from '@aws-sdk/client-s3'
import { createKinesisHandler } from '@flowlogs/aws'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { createOpenSearchSink } from '@flowlogs/siem'
import { createBucketDeadLetter } from './bucket-dead-letter.ts'
import { environment } from './environment.ts'

const sink = createOpenSearchSink({
  url: environment('OPENSEARCH_URL'),
  index: environment('OPENSEARCH_INDEX'),
  authentication: { service: 'es' },
  deadLetter: createBucketDeadLetter(new S3Client(), environment('FAILED_BUCKET')),
  retry: { deadline: 30_000 },
})

export const handler: ReturnType<typeof createKinesisHandler> = createKinesisHandler({
  transform: createTransform({
    format: environment('LOG_FORMAT'),
    mapping: createOcsfMapping(),
    index: true,
  }),
  deliver: sink.deliver,
})
