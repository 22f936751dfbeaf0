export { isAddress, sameAddress } from './address.ts'
export {
  all,
  allFields,
  any,
  bits,
  choose,
  communityId,
  date,
  datetime,
  differs,
  distinct,
  document,
  duration,
  family,
  hasTime,
  id,
  inNetwork,
  inSample,
  is,
  keyValues,
  labelled,
  line,
  lineLength,
  milliseconds,
  nanoseconds,
  not,
  now,
  nowNanoseconds,
  nowShortDatetime,
  number,
  object,
  origin,
  present,
  rest,
  seconds,
  shortDatetime,
  status,
  text,
  timeOfDay,
  when,
} from './combinators.ts'
export { compileKernel } from './compile-kernel.ts'
export { configurationError } from './configuration-error.ts'
export { bulkEnvelope, hecEnvelope } from './envelope.ts'
export type { Event, EventValue } from './evaluate.ts'
export type { EventIndex } from './event-index.ts'
export { type Explanation, explainMapping } from './explain.ts'
export {
  type Field,
  type FieldFamily,
  type FieldKey,
  type FieldKind,
  type FieldName,
  type FieldValue,
  type FlowRecord,
  fieldKey,
  fields,
  findField,
  type Underscored,
  type ValueOf,
} from './fields.ts'
export { createFilter, type FilterRule } from './filter.ts'
export {
  type Column,
  type Format,
  type FormatInput,
  type FormatKeys,
  type PresetName,
  parseFormat,
  presets,
  type RecordOf,
} from './format.ts'
export type {
  Ambiguity,
  FittingFormat,
  FormatInference,
  InferredColumn,
  Proof,
} from './format-inference.ts'
export { gatherResults } from './gather-results.ts'
export { createIdentify, type Identify } from './id.ts'
export {
  type Direction,
  type DirectionOptions,
  type DirectionRule,
  inferDirection,
} from './infer-direction.ts'
export { type InferenceOptions, inferFormat } from './infer-format.ts'
export {
  type Initiator,
  type InitiatorOptions,
  type InitiatorRule,
  inferInitiator,
} from './infer-initiator.ts'
export { type InferenceRule, inferenceRules, type RuleText } from './inference-rules.ts'
export type { LaneOptions } from './lane.ts'
export {
  addLedger,
  emptyLedger,
  isBalanced,
  type Ledger,
  type LedgerColumn,
  ledgerColumns,
  type Note,
} from './ledger.ts'
export { parseHeader } from './line-columns.ts'
export {
  createMapper,
  type Mapped,
  type Mapper,
  type MapperContext,
} from './mapper.ts'
export {
  type Condition,
  createMapping,
  type KeepOut,
  type Mapping,
  type Node,
  type Part,
  type Requirement,
  type Source,
  type Template,
} from './mapping.ts'
export { mergeResults } from './merge-results.ts'
export { type Network, parseNetwork } from './network.ts'
export type { CommonOrigin, Origin, OriginLookup, OriginSource } from './origin.ts'
export {
  createParser,
  defaultMaxLineLength,
  type MixedParser,
  type Parser,
  type ParserOptions,
} from './parser.ts'
export { type PreparedKernels, prepareMapping } from './prepared-mapping.ts'
export { protocolKeywords } from './protocols.ts'
export { recordMapping } from './record-mapping.ts'
export {
  describeRejection,
  isRejection,
  type Rejection,
  type RejectionCode,
  rejectionCodes,
} from './rejection.ts'
export { render } from './render.ts'
export { type OnResult, toTransformStream, transformChunks } from './streaming.ts'
export { type TcpFlag, tcpFlagNames } from './tcp-flags.ts'
export { isMilliseconds, toMilliseconds } from './time.ts'
export { trafficPaths } from './traffic-path.ts'
export {
  createTransform,
  type Transform,
  type TransformOptions,
  type TransformResult,
  type TransformSession,
} from './transform.ts'
