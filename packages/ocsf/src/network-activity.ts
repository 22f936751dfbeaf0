/**
 * OCSF Network Activity (class 4001, https://schema.ocsf.io/1.8.0/classes/network_activity): where
 * each field of a flow log goes, for every schema version. What has no attribute goes to `unmapped`
 * as text, so that nothing is dropped.
 */
import {
  all,
  any,
  bits,
  type Condition,
  choose,
  createMapping,
  datetime,
  duration,
  hasTime,
  id,
  is,
  labelled,
  line,
  lineLength,
  type Mapping,
  milliseconds,
  type Node,
  not,
  now,
  number,
  object,
  origin,
  prepareMapping,
  present,
  type Requirement,
  rest,
  type Source,
  type Template,
  text,
  when,
} from '@flowlogs/core'
import { connectionInfo } from './connection.ts'
import { endpoints, hasDestination, hasSource, observables } from './endpoint.ts'
import { checkOptions, isDefault, type OcsfOptions, type OcsfOptionsInput } from './options.ts'
import { preparedKernels } from './prepared-kernels.ts'
import { prune } from './prune.ts'
import { dataLoss, keepOut } from './status.ts'
import { has } from './version.ts'

const className = 'Network Activity'

/**
 * Builds the mapping to OCSF Network Activity. Throws when an option does not exist or does not fit
 * the version.
 */
export function createOcsfMapping(input: OcsfOptionsInput = {}): Mapping {
  const options = checkOptions(input)
  const build = () => networkActivityMapping(options)
  return isDefault(options) ? prepareMapping(build, preparedKernels) : build()
}

/** The same without kernels that were made ahead of time. */
export function networkActivityMapping(options: OcsfOptions): Mapping {
  return createMapping({
    name: `ocsf-${options.version}`,
    keepOut: keepOut(options),
    requires: requirements(options),
    template: prune(networkActivity(options), options.version),
  })
}

function networkActivity(options: OcsfOptions): Node {
  return object(
    activity(options),
    {
      category_uid: 4,
      category_name: className,
      class_uid: 4001,
      class_name: className,
      severity_id: 1,
      severity: 'Informational',
      status_code: text('log_status'),
      status_detail: text('reject_reason'),
      time: milliseconds(...times),
      start_time: milliseconds('start'),
      end_time: milliseconds('end'),
      duration: duration('start', 'end'),
    },
    options.datetime ? datetimes : {},
    { metadata: metadata(options), cloud, connection_info: connectionInfo(options) },
    endpoints(options),
    { traffic: { bytes: number('bytes'), packets: number('packets') } },
    notForDataLoss(options, { is_src_dst_assignment_known: isInitiator }),
    observationPoint,
    options.observables ? { observables: observables(options) } : {},
    options.rawData ? { raw_data: line, raw_data_size: lineLength } : {},
    { unmapped: rest },
  )
}

/** The verdict: what AWS did with the packets, under the names of the security_control profile. */
function activity(options: OcsfOptions): Node {
  return notForDataLoss(
    options,
    choose(
      'action',
      {
        ACCEPT: verdict({
          activity: [6, 'Traffic'],
          action: [1, 'Allowed'],
          disposition: [1, 'Allowed'],
        }),
        REJECT: verdict({
          activity: [5, 'Refuse'],
          action: [2, 'Denied'],
          disposition: [2, 'Blocked'],
        }),
      },
      verdict({ activity: [6, 'Traffic'], action: [0, 'Unknown'], disposition: [0, 'Unknown'] }),
    ),
    verdict({ activity: [0, 'Unknown'], action: [0, 'Unknown'], disposition: [0, 'Unknown'] }),
  )
}

function verdict(of: Record<'activity' | 'action' | 'disposition', [number, string]>): Template {
  const [activityId, activityName] = of.activity
  return {
    activity_id: activityId,
    activity_name: activityName,
    type_uid: 400_100 + activityId,
    type_name: `${className}: ${activityName}`,
    action_id: of.action[0],
    action: of.action[1],
    disposition_id: of.disposition[0],
    disposition: of.disposition[1],
  }
}

/** A template for lines with traffic, and one for lost records where those are written at all. */
function notForDataLoss({ skipdata }: OcsfOptions, template: Template, otherwise?: Template): Node {
  return skipdata === 'emit' ? when(not(dataLoss), template, otherwise) : object(template)
}

const times = ['start', 'end', origin('timestamp')]

const datetimes: Template = {
  time_dt: datetime(...times),
  start_time_dt: datetime('start'),
  end_time_dt: datetime('end'),
}

/** The product is the log's source, in the three strings that Security Lake documents. */
function metadata({ version, ...options }: OcsfOptions): Template {
  return {
    version,
    profiles: [
      'cloud',
      'security_control',
      ...(options.datetime ? ['datetime'] : []),
      ...(options.container ? ['container'] : []),
    ],
    product: {
      name: 'Amazon VPC',
      vendor_name: 'AWS',
      version: text('version'),
      feature: { name: 'Flowlogs' },
    },
    uid: id,
    log_name: text(origin('logGroup'), origin('bucket')),
    log_version: text('version'),
    original_time: text('start'),
    log_format: 'vpc-flow-log',
    original_event_uid: text(origin('eventId')),
    ...(options.processedTime && { processed_time: now }),
  }
}

const hasAccount = labelled(
  'account_id is known',
  all(present('account_id'), not(is('account_id', 'unknown'))),
)

const cloud: Template = {
  provider: 'AWS',
  account: when(
    hasAccount,
    account('account_id'),
    when(present(origin('account')), account(origin('account'))),
  ),
  region: text('region', origin('region')),
  zone: text('az_id'),
}

function account(source: Source): Template {
  return { uid: text(source), type_id: 10, type: 'AWS Account' }
}

/**
 * Flow logs order the endpoints by packet, not by initiator: only a SYN without ACK proves that the
 * source opened the connection.
 */
const isInitiator: Node = when(all(is('protocol', '6'), bits('tcp_flags', 18, 2)), true, false)

/** What flow-direction says exactly: which end of the flow the recorded interface is. */
const observationPoint = choose(
  'flow_direction',
  {
    egress: { observation_point_id: 1, observation_point: 'Source' },
    ingress: { observation_point_id: 2, observation_point: 'Destination' },
  },
  { observation_point_id: 0, observation_point: 'Unknown' },
)

/** A time, and the endpoints that the version cannot do without. */
function requirements(options: OcsfOptions): readonly Requirement[] {
  const { version } = options
  const source = hasSource(options)
  const destination = hasDestination(options)
  const needs = (field: string, condition: Condition): Requirement => ({
    code: 'no_endpoint',
    fields: [field],
    fallback: field,
    condition,
  })
  return [
    { code: 'no_time', fields: ['start', 'end'], condition: hasTime(...times) },
    ...(has(version, '1.4.0')
      ? [needs('srcaddr', any(source, destination))]
      : [
          ...(has(version, '1.3.0') ? [] : [needs('srcaddr', source)]),
          needs('dstaddr', destination),
        ]),
  ]
}
