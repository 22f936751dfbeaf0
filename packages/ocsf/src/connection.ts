/** `connection_info`: protocol, direction and the way out of the VPC. */
import {
  choose,
  communityId,
  family,
  type Node,
  number,
  object,
  protocolKeywords,
  type Template,
  text,
  when,
} from '@flowlogs/core'
import type { OcsfOptions } from './options.ts'

const protocolNames: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from(protocolKeywords, ([number, keyword]) => [String(number), keyword.toLowerCase()]),
)

/** AWS `traffic-path` 1-8 are OCSF boundaries 4-11, in the same order. */
const boundaries = [
  'Same VPC',
  'Internet/VPC Gateway',
  'Virtual Private Gateway',
  'Intra-region VPC',
  'Inter-region VPC',
  'Local Gateway',
  'Gateway VPC',
  'Internet Gateway',
]

const boundaryCases: Readonly<Record<string, Template>> = Object.fromEntries(
  boundaries.map((boundary, index) => [String(index + 1), { boundary_id: index + 4, boundary }]),
)

function protocolVersion(version: 4 | 6): Template {
  return {
    protocol_ver_id: version,
    protocol_ver: `Internet Protocol version ${version} (IPv${version})`,
  }
}

const addresses = ['pkt_srcaddr', 'srcaddr', 'pkt_dstaddr', 'dstaddr']

/** The connection; `direction_id` is required, so 0 Unknown is written where AWS tells none. */
export function connectionInfo(options: OcsfOptions): Node {
  return object(connection, options.communityId ? { community_uid: community } : {})
}

const community = communityId(['pkt_srcaddr', 'srcaddr'], ['pkt_dstaddr', 'dstaddr'])

const connection = object(
  choose(
    'flow_direction',
    {
      ingress: { direction_id: 1, direction: 'Inbound' },
      egress: { direction_id: 2, direction: 'Outbound' },
    },
    { direction_id: 99, direction: text('flow_direction') },
    { direction_id: 0, direction: 'Unknown' },
  ),
  {
    protocol_num: number('protocol'),
    protocol_name: choose('protocol', protocolNames),
    tcp_flags: number('tcp_flags'),
  },
  choose(
    'type',
    { IPv4: protocolVersion(4), IPv6: protocolVersion(6) },
    { protocol_ver_id: 99, protocol_ver: text('type') },
    when(
      family(4, ...addresses),
      protocolVersion(4),
      when(family(6, ...addresses), protocolVersion(6)),
    ),
  ),
  choose('traffic_path', boundaryCases, { boundary_id: 99, boundary: text('traffic_path') }, {}),
)
