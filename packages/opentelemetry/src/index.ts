export { type AttributeRow, attributeRows } from './attribute-rows.ts'
export type { EnrichOptions } from './enrich.ts'
export {
  createFlowLogEmitter,
  type FlowLogEmitter,
  type FlowLogEmitterOptions,
  type LoggerProvider,
} from './flow-log-emitter.ts'
export {
  FlowLogRecordProcessor,
  type FlowLogRecordProcessorOptions,
} from './flow-log-record-processor.ts'
export type { LogOptions } from './log-options.ts'
export type { Attributes, AttributeValue, LogRecord, LogRecordProcessor } from './log-record.ts'
export { createOtlpMapping } from './otlp-mapping.ts'
export {
  createOtlpRequests,
  type OtlpRequest,
  type OtlpRequestOptions,
  toOtlpLines,
  toOtlpRequests,
} from './otlp-request.ts'
export {
  createOtlpSender,
  type OtlpAccount,
  type OtlpSender,
  type OtlpSenderOptions,
} from './otlp-sender.ts'
export { createProfile, type Profile, type ProfileName, profiles } from './profile.ts'
export type { TelemetryOptions } from './telemetry.ts'
export {
  type ExportAccount,
  type ExportResult,
  type LogExporter,
  type TrackedExports,
  trackExports,
} from './track-exports.ts'
