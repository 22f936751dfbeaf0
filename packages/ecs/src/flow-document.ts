/**
 * Documents of the Elastic Common Schema (https://www.elastic.co/guide/en/ecs/8.11/index.html), with
 * the names that Elastic's own integration for VPC flow logs uses, so that its dashboards and rules
 * work on them. What has no place of its own stands in `aws.vpcflow` under AWS's name.
 */
import {
  all,
  bits,
  choose,
  communityId,
  configurationError,
  createMapping,
  datetime,
  family,
  hasTime,
  id,
  is,
  line,
  type Mapping,
  type Node,
  not,
  number,
  object,
  origin,
  present,
  protocolKeywords,
  rest,
  type Template,
  text,
  when,
} from '@flowlogs/core'

/** What can be chosen about the documents. */
export interface EcsOptions {
  /** Whether to keep the line itself in `event.original`. Default false, since it doubles the volume. */
  readonly original?: boolean
}

/** Builds the mapping to the Elastic Common Schema, as Elastic's `aws.vpcflow` integration writes it. */
export function createEcsMapping(options: EcsOptions = {}): Mapping {
  for (const name of Object.keys(options)) {
    if (name !== 'original') throw configurationError(`there is no option "${name}"`)
  }
  return createMapping({
    name: 'ecs',
    // Elastic's integration writes NODATA and SKIPDATA records, too; only a document without a time cannot be indexed.
    requires: [{ code: 'no_time', fields: ['end', 'start'], condition: hasTime(...times) }],
    template: {
      '@timestamp': datetime(...times),
      cloud,
      destination: endpoint('dst'),
      ecs: { version: '8.11.0' },
      event: event(options.original ?? false),
      network,
      orchestrator,
      related: { ip: [text('srcaddr'), text('dstaddr')] },
      service: { name: text('ecs_service_name') },
      source: object(endpoint('src'), { bytes: number('bytes'), packets: number('packets') }),
      aws: { vpcflow },
    },
  })
}

const times = ['end', 'start', origin('timestamp')]

const hasAccount = all(present('account_id'), not(is('account_id', 'unknown')))

const cloud: Template = {
  provider: 'aws',
  account: { id: when(hasAccount, text('account_id'), text(origin('account'))) },
  region: text('region', origin('region')),
  availability_zone: text('az_id'),
  instance: { id: text('instance_id') },
}

function endpoint(side: 'src' | 'dst'): Template {
  const address = text(`${side}addr`)
  return { address, ip: address, port: number(`${side}port`) }
}

function event(withOriginal: boolean): Node {
  return object(
    {
      dataset: 'aws.vpcflow',
      module: 'aws',
      kind: 'event',
      category: ['network'],
      id,
      action: text('action'),
      reason: text('reject_reason'),
      start: datetime('start'),
      end: datetime('end'),
    },
    choose(
      'action',
      {
        ACCEPT: { outcome: 'success', type: ['connection', 'allowed'] },
        REJECT: { outcome: 'failure', type: ['connection', 'denied'] },
      },
      { type: ['connection'] },
    ),
    withOriginal ? { original: line } : {},
  )
}

const transports: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from(protocolKeywords, ([protocol, keyword]) => [String(protocol), keyword.toLowerCase()]),
)

const network: Template = {
  iana_number: text('protocol'),
  transport: choose('protocol', transports),
  type: when(family(4, 'srcaddr'), 'ipv4', when(family(6, 'srcaddr'), 'ipv6')),
  direction: text('flow_direction'),
  bytes: number('bytes'),
  packets: number('packets'),
  community_id: communityId(['srcaddr'], ['dstaddr']),
}

/** The cluster of a task in Elastic Container Service, which shares no more than three letters with the schema. */
const orchestrator: Template = {
  cluster: { id: text('ecs_cluster_arn'), name: text('ecs_cluster_name') },
  resource: { id: text('ecs_container_instance_id'), name: text('ecs_container_instance_arn') },
}

/** Elastic's keywords: text, also where AWS writes numbers. */
const vpcflow: Node = object(
  {
    version: text('version'),
    account_id: text('account_id'),
    action: text('action'),
    instance_id: text('instance_id'),
    tcp_flags: text('tcp_flags'),
    tcp_flags_array: ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'].map((name, bit) =>
      when(bits('tcp_flags', 1 << bit, 1 << bit), name),
    ),
    sublocation: { type: text('sublocation_type'), id: text('sublocation_id') },
    pkt_src_service: text('pkt_src_aws_service'),
    pkt_dst_service: text('pkt_dst_aws_service'),
  },
  rest,
)
