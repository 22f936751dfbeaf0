/**
 * The mapping that engines are compared on: large constants, every kind of value, branches by action,
 * protocol and direction, and nothing that naive programs do not write. It is not the product's.
 */
import {
  choose,
  createMapping,
  family,
  is,
  type Mapping,
  milliseconds,
  number,
  object,
  present,
  type Template,
  text,
  when,
} from '@flowlogs/core'
import type { CorpusName } from './corpus.ts'

/** Keywords of the protocols that the event names. */
export const protocolNames: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  89: 'ospf',
  132: 'sctp',
}

/** The mapping for lines of a corpus. */
export function benchMapping(name: CorpusName): Mapping {
  return createMapping({ name: `bench-${name}`, template: name === 'v2' ? ofV2 : ofV5 })
}

function head(logVersion: string): Template {
  return {
    metadata: {
      version: '1.4.0',
      product: { name: 'Amazon VPC', vendor_name: 'AWS', feature: { name: 'Flowlogs' } },
      log_name: 'vpc_flow_logs',
      log_version: logVersion,
      profiles: ['cloud', 'security_control', 'datetime'],
    },
    category_uid: 4,
    category_name: 'Network Activity',
    class_uid: 4001,
    class_name: 'Network Activity',
    activity_id: 6,
    activity_name: 'Traffic',
    type_uid: 400106,
    type_name: 'Network Activity: Traffic',
    severity_id: 1,
    severity: 'Informational',
    status_code: text('log_status'),
  }
}

const verdict = choose('action', {
  ACCEPT: { action_id: 1, action: 'Allowed', disposition_id: 1, disposition: 'Allowed' },
  REJECT: { action_id: 2, action: 'Denied', disposition_id: 2, disposition: 'Blocked' },
})

const times: Template = {
  time: milliseconds('start'),
  start_time: milliseconds('start'),
  end_time: milliseconds('end'),
}

const account: Template = { uid: text('account_id'), type: 'AWS Account', type_id: 10 }

const protocol = when(
  present('protocol'),
  object(
    { protocol_num: number('protocol'), protocol_name: choose('protocol', protocolNames) },
    when(
      family(6, 'srcaddr'),
      { protocol_ver_id: 6, protocol_ver: 'Internet Protocol version 6 (IPv6)' },
      { protocol_ver_id: 4, protocol_ver: 'Internet Protocol version 4 (IPv4)' },
    ),
  ),
)

const traffic: Template = { traffic: { packets: number('packets'), bytes: number('bytes') } }

const ofV2: Template = object(
  head('2'),
  verdict,
  times,
  {
    cloud: { provider: 'AWS', account },
    connection_info: object({ direction_id: 0, direction: 'Unknown' }, protocol),
    src_endpoint: { ip: text('srcaddr'), port: number('srcport') },
    dst_endpoint: { ip: text('dstaddr'), port: number('dstport') },
  },
  traffic,
  { unmapped: { interface_id: text('interface_id') } },
)

const self: Template = {
  interface_uid: text('interface_id'),
  vpc_uid: text('vpc_id'),
  subnet_uid: text('subnet_id'),
  instance_uid: text('instance_id'),
}

function peer(side: 'src' | 'dst'): Template {
  return {
    ip: text(`${side}addr`),
    port: number(`${side}port`),
    svc_name: text(`pkt_${side}_aws_service`),
  }
}

const isEgress = is('flow_direction', 'egress')

const ofV5: Template = object(
  head('5'),
  verdict,
  times,
  {
    cloud: { provider: 'AWS', region: text('region'), zone: text('az_id'), account },
    connection_info: object(
      choose(
        'flow_direction',
        {
          egress: { direction_id: 2, direction: 'Outbound' },
          ingress: { direction_id: 1, direction: 'Inbound' },
        },
        { direction_id: 0, direction: 'Unknown' },
      ),
      protocol,
      { tcp_flags: number('tcp_flags') },
    ),
    src_endpoint: when(isEgress, object(self, peer('src')), peer('src')),
    dst_endpoint: when(isEgress, peer('dst'), object(self, peer('dst'))),
  },
  traffic,
  {
    unmapped: {
      log_status: text('log_status'),
      pkt_srcaddr: text('pkt_srcaddr'),
      pkt_dstaddr: text('pkt_dstaddr'),
      traffic_path: number('traffic_path'),
      sublocation_type: text('sublocation_type'),
      sublocation_id: text('sublocation_id'),
    },
  },
)
