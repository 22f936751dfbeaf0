/** The attributes that the profiles share. */
import {
  choose,
  differs,
  type Node,
  number,
  object,
  origin,
  present,
  protocolKeywords,
  type Template,
  text,
  when,
} from '@flowlogs/core'

/** The packet's own addresses win; the interface's address where a NAT or gateway lies between is the local one. */
const network: Template = {
  'source.address': text('pkt_srcaddr', 'srcaddr'),
  'source.port': number('srcport'),
  'destination.address': text('pkt_dstaddr', 'dstaddr'),
  'destination.port': number('dstport'),
  'network.local.address': when(
    differs('pkt_dstaddr', 'dstaddr'),
    text('dstaddr'),
    when(differs('pkt_srcaddr', 'srcaddr'), text('srcaddr')),
  ),
  'network.type': choose('type', { IPv4: 'ipv4', IPv6: 'ipv6', EFA: 'efa' }),
  'network.io.direction': choose('flow_direction', { ingress: 'receive', egress: 'transmit' }),
  'network.interface.name': text('interface_id'),
  'network.tcp.flags': text('tcp_flags'),
}

const flow: Template = {
  'aws.vpc.flow.log.version': number('version'),
  'aws.vpc.flow.packets': number('packets'),
  'aws.vpc.flow.bytes': number('bytes'),
  'aws.vpc.flow.start': number('start'),
  'aws.vpc.flow.end': number('end'),
  'aws.vpc.flow.action': text('action'),
  'aws.vpc.flow.status': text('log_status'),
  'aws.vpc.flow.reject_reason': text('reject_reason'),
  'aws.vpc.flow.source.service': text('pkt_src_aws_service'),
  'aws.vpc.flow.destination.service': text('pkt_dst_aws_service'),
  'aws.vpc.flow.traffic_path': text('traffic_path'),
  'aws.vpc.flow.resource_id': text('resource_id'),
  'aws.vpc.flow.encryption_status': number('encryption_status'),
  'aws.vpc.flow.instance_tag': text('instance_tag'),
  'aws.vpc.flow.instance_tag_2': text('instance_tag_2'),
  'aws.vpc.flow.interface_tag': text('interface_tag'),
  'aws.vpc.flow.interface_tag_2': text('interface_tag_2'),
  'aws.vpc.flow.asg_tag': text('asg_tag'),
  'aws.vpc.flow.asg_tag_2': text('asg_tag_2'),
  'aws.vpc.flow.interface_type': text('interface_type'),
  'aws.vpc.flow.next_hop.interface.id': text('next_hop_interface_id'),
  'aws.vpc.flow.next_hop.interface.type': text('next_hop_interface_type'),
  'aws.vpc.flow.next_hop.subnet.id': text('next_hop_subnet_id'),
  'aws.vpc.flow.next_hop.az.id': text('next_hop_az_id'),
  'aws.vpc.flow.next_hop.vpc.id': text('next_hop_vpc_id'),
  'aws.vpc.flow.packets_lost_no_route': number('packets_lost_no_route'),
  'aws.vpc.flow.packets_lost_blackhole': number('packets_lost_blackhole'),
  'aws.vpc.flow.packets_lost_mtu_exceeded': number('packets_lost_mtu_exceeded'),
  'aws.vpc.flow.packets_lost_ttl_expired': number('packets_lost_ttl_expired'),
}

const place: Template = {
  'aws.vpc.id': text('vpc_id'),
  'aws.vpc.subnet.id': text('subnet_id'),
  'aws.az.id': text('az_id'),
  'aws.sublocation.type': text('sublocation_type'),
  'aws.sublocation.id': text('sublocation_id'),
  'host.id': text('instance_id'),
}

const containers: Template = {
  'aws.ecs.cluster.arn': text('ecs_cluster_arn'),
  'aws.ecs.cluster.name': text('ecs_cluster_name'),
  'aws.ecs.container.instance.arn': text('ecs_container_instance_arn'),
  'aws.ecs.container.instance.id': text('ecs_container_instance_id'),
  'aws.ecs.second.container.id': text('ecs_second_container_id'),
  'aws.ecs.service.name': text('ecs_service_name'),
  'aws.ecs.task.definition.arn': text('ecs_task_definition_arn'),
  'aws.ecs.task.arn': text('ecs_task_arn'),
  'aws.ecs.task.id': text('ecs_task_id'),
}

const transitGateway: Template = {
  'aws.tgw.resource.type': text('resource_type'),
  'aws.tgw.id': text('tgw_id'),
  'aws.tgw.attachment.id': text('tgw_attachment_id'),
  'aws.tgw.attachment.pair.id': text('tgw_pair_attachment_id'),
  'aws.tgw.source.account.id': text('tgw_src_vpc_account_id'),
  'aws.tgw.source.vpc.id': text('tgw_src_vpc_id'),
  'aws.tgw.source.vpc.subnet.id': text('tgw_src_subnet_id'),
  'aws.tgw.source.eni.id': text('tgw_src_eni'),
  'aws.tgw.source.az.id': text('tgw_src_az_id'),
  'aws.tgw.destination.account.id': text('tgw_dst_vpc_account_id'),
  'aws.tgw.destination.vpc.id': text('tgw_dst_vpc_id'),
  'aws.tgw.destination.vpc.subnet.id': text('tgw_dst_subnet_id'),
  'aws.tgw.destination.eni.id': text('tgw_dst_eni'),
  'aws.tgw.destination.az.id': text('tgw_dst_az_id'),
}

/** Where the line was delivered from. */
const delivery: Template = object(
  {
    'aws.log.group.names': [text(origin('logGroup'))],
    'aws.log.stream.names': [text(origin('logStream'))],
  },
  when(present(origin('bucket')), {
    'aws.s3.bucket': text(origin('bucket')),
    'aws.s3.key': text(origin('key')),
  }),
)

/** All but the names of the protocol and of the first container. */
export const flowAttributes: Node = object(
  network,
  flow,
  place,
  containers,
  transitGateway,
  delivery,
)

/** The protocol's keyword in lower case, under each of these names. */
export function protocolAttributes(...names: readonly string[]): Node {
  return choose(
    'protocol',
    Object.fromEntries(
      Array.from(protocolKeywords, ([number, keyword]) => [
        String(number),
        Object.fromEntries(names.map((name) => [name, keyword.toLowerCase()])),
      ]),
    ),
  )
}
