/**
 * The attributes that a record must have in the default profile, written down from the Collector's
 * own table and without the mapping.
 */

import { sameAddress } from '@flowlogs/core'

/** A record as the corpus has it. */
export type CorpusRecord = Readonly<Record<string, string | number | bigint>>

const copied: Readonly<Record<string, string>> = {
  version: 'aws.vpc.flow.log.version',
  interface_id: 'network.interface.name',
  srcport: 'source.port',
  dstport: 'destination.port',
  packets: 'aws.vpc.flow.packets',
  bytes: 'aws.vpc.flow.bytes',
  start: 'aws.vpc.flow.start',
  end: 'aws.vpc.flow.end',
  action: 'aws.vpc.flow.action',
  log_status: 'aws.vpc.flow.status',
  vpc_id: 'aws.vpc.id',
  subnet_id: 'aws.vpc.subnet.id',
  instance_id: 'host.id',
  az_id: 'aws.az.id',
  sublocation_type: 'aws.sublocation.type',
  sublocation_id: 'aws.sublocation.id',
  pkt_src_aws_service: 'aws.vpc.flow.source.service',
  pkt_dst_aws_service: 'aws.vpc.flow.destination.service',
  ecs_cluster_arn: 'aws.ecs.cluster.arn',
  ecs_cluster_name: 'aws.ecs.cluster.name',
  ecs_container_instance_arn: 'aws.ecs.container.instance.arn',
  ecs_container_instance_id: 'aws.ecs.container.instance.id',
  ecs_container_id: 'aws.ecs.container.id',
  ecs_second_container_id: 'aws.ecs.second.container.id',
  ecs_service_name: 'aws.ecs.service.name',
  ecs_task_definition_arn: 'aws.ecs.task.definition.arn',
  ecs_task_arn: 'aws.ecs.task.arn',
  ecs_task_id: 'aws.ecs.task.id',
  reject_reason: 'aws.vpc.flow.reject_reason',
  resource_id: 'aws.vpc.flow.resource_id',
  encryption_status: 'aws.vpc.flow.encryption_status',
  instance_tag: 'aws.vpc.flow.instance_tag',
  instance_tag_2: 'aws.vpc.flow.instance_tag_2',
  interface_tag: 'aws.vpc.flow.interface_tag',
  interface_tag_2: 'aws.vpc.flow.interface_tag_2',
  asg_tag: 'aws.vpc.flow.asg_tag',
  asg_tag_2: 'aws.vpc.flow.asg_tag_2',
  interface_type: 'aws.vpc.flow.interface_type',
  next_hop_interface_id: 'aws.vpc.flow.next_hop.interface.id',
  next_hop_interface_type: 'aws.vpc.flow.next_hop.interface.type',
  next_hop_subnet_id: 'aws.vpc.flow.next_hop.subnet.id',
  next_hop_az_id: 'aws.vpc.flow.next_hop.az.id',
  next_hop_vpc_id: 'aws.vpc.flow.next_hop.vpc.id',
  resource_type: 'aws.tgw.resource.type',
  tgw_id: 'aws.tgw.id',
  tgw_attachment_id: 'aws.tgw.attachment.id',
  tgw_pair_attachment_id: 'aws.tgw.attachment.pair.id',
  tgw_src_vpc_account_id: 'aws.tgw.source.account.id',
  tgw_src_vpc_id: 'aws.tgw.source.vpc.id',
  tgw_src_subnet_id: 'aws.tgw.source.vpc.subnet.id',
  tgw_src_eni: 'aws.tgw.source.eni.id',
  tgw_src_az_id: 'aws.tgw.source.az.id',
  tgw_dst_vpc_account_id: 'aws.tgw.destination.account.id',
  tgw_dst_vpc_id: 'aws.tgw.destination.vpc.id',
  tgw_dst_subnet_id: 'aws.tgw.destination.vpc.subnet.id',
  tgw_dst_eni: 'aws.tgw.destination.eni.id',
  tgw_dst_az_id: 'aws.tgw.destination.az.id',
  packets_lost_no_route: 'aws.vpc.flow.packets_lost_no_route',
  packets_lost_blackhole: 'aws.vpc.flow.packets_lost_blackhole',
  packets_lost_mtu_exceeded: 'aws.vpc.flow.packets_lost_mtu_exceeded',
  packets_lost_ttl_expired: 'aws.vpc.flow.packets_lost_ttl_expired',
}

const asText: Readonly<Record<string, string>> = {
  tcp_flags: 'network.tcp.flags',
  traffic_path: 'aws.vpc.flow.traffic_path',
}

/** The protocols that occur in the corpus. */
const protocols: Readonly<Record<string, string>> = {
  0: 'hopopt',
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
}

const directions: Readonly<Record<string, string>> = { ingress: 'receive', egress: 'transmit' }
const types: Readonly<Record<string, string>> = { IPv4: 'ipv4', IPv6: 'ipv6', EFA: 'efa' }

/** The attributes of a record and its resource, without the id. */
export function expectedAttributes(record: CorpusRecord): Record<string, unknown> {
  const attributes: Record<string, unknown> = { 'cloud.provider': 'aws' }
  const unmapped: Record<string, string> = {}
  const set = (name: string, value: unknown): void => {
    attributes[name] = typeof value === 'bigint' ? String(value) : value
  }
  for (const [key, value] of Object.entries(record)) {
    const text = String(value)
    if (copied[key]) set(copied[key], value)
    else if (asText[key]) set(asText[key], text)
    else if (key === 'region') set('cloud.region', text)
    else if (key === 'account_id' && text !== 'unknown') set('cloud.account.id', text)
    else if (key === 'protocol' && protocols[text]) {
      set('network.protocol.name', protocols[text])
      set('network.transport', protocols[text])
    } else if (key === 'flow_direction' && directions[text]) {
      set('network.io.direction', directions[text])
    } else if (key === 'type' && types[text]) set('network.type', types[text])
    else if (!/^(?:pkt_)?(?:src|dst)addr$/.test(key)) unmapped[key] = text
  }
  const { srcaddr, pkt_srcaddr = srcaddr, dstaddr, pkt_dstaddr = dstaddr } = record
  if (pkt_srcaddr !== undefined) set('source.address', pkt_srcaddr)
  if (pkt_dstaddr !== undefined) set('destination.address', pkt_dstaddr)
  const differ = (left: unknown, right: unknown): boolean =>
    left !== undefined && right !== undefined && !sameAddress(String(left), String(right))
  const hidesSource = differ(srcaddr, pkt_srcaddr)
  const hidesDestination = differ(dstaddr, pkt_dstaddr)
  if (hidesDestination) set('network.local.address', dstaddr)
  else if (hidesSource) set('network.local.address', srcaddr)
  if (hidesSource && hidesDestination) unmapped.srcaddr = String(srcaddr)
  if (Object.keys(unmapped).length > 0) attributes['aws.vpc.flow.unmapped'] = unmapped
  return attributes
}
