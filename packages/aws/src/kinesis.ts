/** What `@flowlogs/aws/kinesis` offers; it needs the Kinesis client of the AWS SDK. */
export {
  createKinesisReingest,
  type KinesisReingestOptions,
} from './kinesis-reingest.ts'
export {
  type KinesisPollInvocation,
  type PollKinesisOptions,
  pollKinesis,
} from './poll-kinesis.ts'
