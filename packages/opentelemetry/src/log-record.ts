/**
 * What is used of `@opentelemetry/sdk-logs`, as structural types: its own have been renamed and moved
 * from release to release, and these fit all of them.
 */

/** A log record on its way through processors. */
export interface LogRecord {
  /** Seconds and nanoseconds; before 0.221 read-only by type, though not in fact. */
  readonly hrTime: readonly [number, number]
  readonly body?: unknown
  setAttributes(attributes: Attributes): unknown
  setBody(body: unknown): unknown
  setEventName(eventName: string): unknown
  setSeverityNumber(severityNumber: number): unknown
  setSeverityText(severityText: string): unknown
}

/** Attributes by name. */
export interface Attributes {
  [name: string]: AttributeValue
}

/** A value of an attribute or a body; no SDK takes larger integers than a number holds. */
export type AttributeValue = string | number | boolean | AttributeValue[] | Attributes

/** A log record processor. */
export interface LogRecordProcessor {
  onEmit(record: LogRecord, context?: unknown): void
  forceFlush(options?: unknown): Promise<void>
  shutdown(): Promise<void>
  enabled?(options: unknown): boolean
}
