export type { AccessKeys } from './access-keys.ts'
export {
  type CloudWatchLogsHandlerOptions,
  createCloudWatchLogsHandler,
} from './cloudwatch-logs-handler.ts'
export type { Deliver } from './deliver.ts'
export { type Delivery, type Section, transformDelivery } from './delivery.ts'
export { describeEnvelope, type EnvelopeLayer, envelopeLayers } from './describe-envelope.ts'
export { createFirehoseEndpoint, type FirehoseEndpointOptions } from './firehose-endpoint.ts'
export {
  createFirehoseTransformation,
  type FirehoseTransformation,
  type FirehoseTransformationOptions,
} from './firehose-transformation.ts'
export { createKinesisHandler, type KinesisHandlerOptions } from './kinesis-handler.ts'
export type { Overflow, OverflowFailure, OverflowRecord } from './overflow.ts'
export { type PartitionKey, partitionMapping } from './partition-keys.ts'
export type { ReplayCacheOptions } from './replay-cache.ts'
export { parseS3Key, type S3KeyParts } from './s3-key.ts'
export { type TableColumn, tableColumns } from './table-columns.ts'
export type { Invocation, Log, TelemetryOptions } from './telemetry.ts'
export { transformStream } from './transform-stream.ts'
export { type UnwrapOptions, unwrap } from './unwrap.ts'
export type { WithLedger } from './with-ledger.ts'
