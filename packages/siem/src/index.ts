export {
  type BackfillCheckpoint,
  type BackfillFile,
  createBackfillCheckpoint,
} from './backfill-checkpoint.ts'
export {
  type Cause,
  createDeadLetter,
  type DeadEvent,
  type DeadLetter,
  type DeadLetterEntry,
  type DeadLetterOptions,
  type DeadLine,
} from './dead-letter.ts'
export type { DeliveryError, DeliveryErrorCode } from './delivery-error.ts'
export type { Compression } from './file-encoder.ts'
export { createFileSink, type FileSinkOptions } from './file-sink.ts'
export type { HecMetadata } from './hec-request.ts'
export {
  createBucketStore,
  createDirectoryStore,
  type ObjectStore,
  type PutObjectClient,
} from './object-store.ts'
export type { LakeVersion } from './ocsf-columns.ts'
export type {
  OpenSearchAuthentication,
  OpenSearchConnectionOptions,
} from './opensearch-connection.ts'
export { type SavedObject, toOpenSearchDashboards } from './opensearch-dashboards.ts'
export {
  installOpenSearch,
  type OpenSearchSetup,
  type OpenSearchSetupOptions,
  type SetupRequest,
} from './opensearch-setup.ts'
export { createOpenSearchSink, type OpenSearchSinkOptions } from './opensearch-sink.ts'
export type { SearchFlavour } from './opensearch-template.ts'
export { type ReadEntry, readDeadLetter } from './read-dead-letter.ts'
export { recoverFiles } from './recover-files.ts'
export { type ReplayOptions, type ReplayReport, replayDeadLetter } from './replay-dead-letter.ts'
export type { LakePlace } from './security-lake-key.ts'
export { createSecurityLakeSink, type SecurityLakeOptions } from './security-lake-sink.ts'
export type { AwsCredentials, AwsSigning } from './sigv4.ts'
export type { Batch, IndexedOutput, Report, Sink } from './sink.ts'
export type { AcknowledgementOptions } from './splunk-acknowledgement.ts'
export type { SplunkConnectionOptions } from './splunk-connection.ts'
export {
  createSplunkSink,
  type SplunkSinkOptions,
} from './splunk-sink.ts'
export { createSpool, type SpoolOptions } from './spool.ts'
export type { SpoolProblem } from './spool-delivery.ts'
