import {
  allFields,
  createMapping,
  keyValues,
  line,
  type Mapping,
  nanoseconds,
  nowNanoseconds,
  object,
  type Template,
} from '@flowlogs/core'
import type { LogOptions } from './log-options.ts'
import { createLogTemplate, eventName, scope } from './log-template.ts'

/**
 * Builds the mapping to OTLP/JSON: each line becomes a whole `ResourceLogs` with one log record,
 * which `toOtlpRequests` gathers into requests. Throws when an option is wrong.
 */
export function createOtlpMapping(options: LogOptions = {}): Mapping {
  const { profile, resource, attributes, times, severity, body } = createLogTemplate(options)
  return createMapping({
    name: `otlp-${profile.name}`,
    ...(profile.keepOut && { keepOut: profile.keepOut }),
    ...(profile.requires && { requires: profile.requires }),
    template: {
      resource: { attributes: keyValues(resource) },
      scopeLogs: [
        {
          scope: { name: scope.name, attributes: keyValues(scope.attributes) },
          logRecords: [
            object(
              { timeUnixNano: nanoseconds(...times), observedTimeUnixNano: nowNanoseconds },
              severity,
              bodies[body],
              { eventName, attributes: keyValues(attributes) },
            ),
          ],
        },
      ],
    },
  })
}

const bodies: Readonly<Record<'keep' | 'record' | 'remove', Template>> = {
  keep: { body: { stringValue: line } },
  record: { body: { kvlistValue: { values: keyValues(allFields) } } },
  remove: {},
}
