/** What `@flowlogs/aws/s3` offers; it needs the S3 client of the AWS SDK. */
export {
  createS3Handler,
  type S3HandlerEvent,
  type S3HandlerOptions,
  type S3Invocation,
} from './s3-handler.ts'
export type { S3ObjectReference } from './s3-notification.ts'
