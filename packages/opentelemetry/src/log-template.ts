/** The parts of a log record, as templates that every way to write one shares. */
import {
  all,
  id,
  is,
  labelled,
  type Node,
  not,
  object,
  origin,
  present,
  type Source,
  type Template,
  text,
  when,
} from '@flowlogs/core'
import { checkLogOptions, type LogOptions } from './log-options.ts'
import { type Profile, profileOf } from './profile.ts'

/** The event name of every record. */
export const eventName = 'aws.vpc.flow'

/** The instrumentation scope; its attribute is the one by which the Collector routes. */
export const scope = {
  name: '@flowlogs/opentelemetry',
  attributes: { 'encoding.format': 'aws.vpcflow' },
} as const

/** The parts of log records under some options. */
export interface LogTemplate {
  readonly profile: Profile
  /** What the records of one account and region share. */
  readonly resource: Template
  readonly attributes: Node
  /** The times to take, the first plausible one. */
  readonly times: readonly Source[]
  readonly severity: Node
  readonly body: 'keep' | 'record' | 'remove'
}

/** Builds the parts. Throws when an option is wrong. */
export function createLogTemplate(options: LogOptions): LogTemplate {
  checkLogOptions(options)
  const { time = 'start', body = 'keep', rejectSeverity = 'INFO', uid = true } = options
  const profile = profileOf(options.profile)
  return {
    profile,
    resource: cloud,
    attributes: object(uid ? { 'log.record.uid': id } : {}, profile.attributes),
    times: [...(time === 'start' ? ['start', 'end'] : ['end', 'start']), origin('timestamp')],
    severity: rejectSeverity === 'INFO' ? object(info) : when(is('action', 'REJECT'), warn, info),
    body,
  }
}

const info = { severityNumber: 9, severityText: 'INFO' }
const warn = { severityNumber: 13, severityText: 'WARN' }

const hasAccount = labelled(
  'account_id is known',
  all(present('account_id'), not(is('account_id', 'unknown'))),
)

const cloud: Template = {
  'cloud.provider': 'aws',
  'cloud.account.id': when(hasAccount, text('account_id'), text(origin('account'))),
  'cloud.region': text('region', origin('region')),
}
