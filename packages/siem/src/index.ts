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
export { type ReadEntry, readDeadLetter } from './read-dead-letter.ts'
export type { Batch, IndexedOutput, Report, Sink } from './sink.ts'
