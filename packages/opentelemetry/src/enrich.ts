/** What the processor does to one record. */
import {
  allFields,
  createMapper,
  createMapping,
  createParser,
  type FlowRecord,
  type FormatInput,
  isRejection,
  milliseconds,
  type Origin,
  object,
  type ParserOptions,
  parseFormat,
  type Rejection,
} from '@flowlogs/core'
import { type EventObject, toAttributes } from './attribute-value.ts'
import type { LogOptions } from './log-options.ts'
import type { LogRecord } from './log-record.ts'
import { createLogTemplate, eventName } from './log-template.ts'
import { readBody } from './read-body.ts'

/** How lines in bodies are read, and what records become. */
export interface EnrichOptions extends LogOptions, ParserOptions {
  /** The format of the lines. Default `v2`. */
  readonly format?: FormatInput
  /** The 16-byte key of the deterministic id; zeros by default. */
  readonly idKey?: Uint8Array
}

/**
 * What became of a record: `parsed`; `multiple_lines` for several flow logs in one body, which a
 * processor cannot take apart; `rejected` for a line of the format's length with a bad value, or one
 * that the profile cannot express; `passed` for anything else.
 */
export interface Enriched {
  readonly outcome: 'parsed' | 'multiple_lines' | 'rejected' | 'passed'
  /** The flow log, if it was parsed. */
  readonly flow?: FlowRecord
  readonly origin?: Origin
}

/** The parts of an event of the mapping. */
interface LogEvent {
  readonly time?: number
  readonly severityNumber: number
  readonly severityText: string
  readonly body?: EventObject
  readonly attributes: EventObject
}

/** Builds the function. Throws when an option is wrong. */
export function createEnrich(options: EnrichOptions): (record: LogRecord) => Enriched {
  const { profile, resource, attributes, times, severity, body } = createLogTemplate(options)
  const format = parseFormat(options.format ?? 'v2')
  const parser = createParser(format, options)
  const mapping = createMapping({
    name: profile.name,
    ...(profile.keepOut && { keepOut: profile.keepOut }),
    ...(profile.requires && { requires: profile.requires }),
    template: object({ time: milliseconds(...times) }, severity, {
      ...(body === 'record' && { body: allFields }),
      // The resource of a record is its provider's, and not for processors to change.
      attributes: object(resource, attributes),
    }),
  })
  const map = createMapper(mapping, format, options)

  return (record) => {
    const { lines: [line, second] = [], origin = {} } = readBody(record.body) ?? {}
    if (line === undefined) return { outcome: 'passed' }
    const flow = parser.parse(line)
    if (isRejection(flow)) return { outcome: isOfOtherLength(flow) ? 'passed' : 'rejected' }
    if (second !== undefined) return { outcome: 'multiple_lines' }
    const mapped = map(flow, { line, origin })
    if (!('event' in mapped)) return { outcome: 'rejected' }
    apply(record, mapped.event as unknown as LogEvent, body)
    return { outcome: 'parsed', flow, origin }
  }
}

function isOfOtherLength({ code }: Rejection): boolean {
  return code === 'too_few_values' || code === 'too_many_values' || code === 'line_too_long'
}

function apply(record: LogRecord, event: LogEvent, body: 'keep' | 'record' | 'remove'): void {
  const { time, severityNumber, severityText, attributes } = event
  if (time !== undefined) {
    const writable: { hrTime: LogRecord['hrTime'] } = record
    writable.hrTime = [Math.floor(time / 1000), (time % 1000) * 1e6]
  }
  record.setSeverityNumber(severityNumber)
  record.setSeverityText(severityText)
  record.setEventName(eventName)
  record.setAttributes(toAttributes(attributes))
  if (body !== 'keep') record.setBody(event.body && toAttributes(event.body))
}
