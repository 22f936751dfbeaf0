/** Firehose calls this with its records, and delivers what it answers. */
import { FirehoseClient } from '@aws-sdk/client-firehose'
import { createFirehoseTransformation, type FirehoseTransformation } from '@flowlogs/aws'
import { createReingest } from '@flowlogs/aws/reingest'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { environment } from './environment.ts'

export const handler: FirehoseTransformation = createFirehoseTransformation({
  transform: createTransform({
    format: environment('LOG_FORMAT'),
    mapping: createOcsfMapping(),
  }),
  overflow: createReingest({
    client: new FirehoseClient(),
    deliveryStreamName: environment('DELIVERY_STREAM'),
  }),
})
