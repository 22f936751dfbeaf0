/** Envelopes: what a SIEM wants around each event, as mappings around a mapping. */
import { document, id, origin, seconds } from './combinators.ts'
import { createMapping, type Mapping, type Source, type Template } from './mapping.ts'

const times: readonly Source[] = ['start', 'end', origin('timestamp')]

/**
 * OpenSearch and Elasticsearch `_bulk`: an action line before each document. `create` with the
 * deterministic id stores a retried document once.
 */
export function bulkEnvelope(
  mapping: Mapping,
  options: {
    /** The index or data stream; left out, the request's path names it. */
    readonly index?: string
    /** Default `create`, the only action that data streams take. */
    readonly action?: 'create' | 'index'
    /** Whether to set `_id`; some serverless collections refuse ids. Default true. */
    readonly withId?: boolean
  } = {},
): Mapping {
  const { index, action = 'create', withId = true } = options
  const hasTarget = index !== undefined || withId
  const target: Template = {
    ...(index !== undefined && { _index: index }),
    ...(withId && { _id: id }),
  }
  return createMapping({
    ...mapping,
    name: `${mapping.name}+bulk`,
    before: { [action]: hasTarget ? target : { op: 'constant', value: {} } },
  })
}

/** Splunk's HTTP Event Collector: the event with its time in seconds and where it is to go. */
export function hecEnvelope(
  mapping: Mapping,
  options: {
    /** Default `ocsf:aws:vpcflow`; Splunk's OCSF add-on wants the prefix `ocsf`. */
    readonly sourcetype?: string
    readonly source?: string
    readonly host?: string
    readonly index?: string
  } = {},
): Mapping {
  const { sourcetype = 'ocsf:aws:vpcflow', source, host, index } = options
  return createMapping({
    ...mapping,
    name: `${mapping.name}+hec`,
    template: {
      time: seconds(...times),
      ...(host !== undefined && { host }),
      ...(source !== undefined && { source }),
      sourcetype,
      ...(index !== undefined && { index }),
      event: document(mapping.template),
    },
  })
}
