import type { FlowRecord, Traffic } from './connection.ts'
import type { Network, NetworkInterface } from './network.ts'

interface Field {
  version: number
  text(record: FlowRecord, network: Network): string
}

/** What each AWS field says of a record, in documentation order. */
const fields: Readonly<Record<string, Field>> = {
  version: { version: 2, text: () => '2' },
  'account-id': owner(2, ({ accountId }) => accountId),
  'interface-id': owner(2, ({ interfaceId }) => interfaceId),
  srcaddr: packet(2, ({ view }) => view.srcaddr),
  dstaddr: packet(2, ({ view }) => view.dstaddr),
  srcport: packet(2, ({ view }) => view.srcport),
  dstport: packet(2, ({ view }) => view.dstport),
  protocol: packet(2, ({ protocol }) => protocol),
  packets: packet(2, ({ packets }) => packets),
  bytes: packet(2, ({ bytes }) => bytes),
  start: { version: 2, text: ({ start }) => String(start) },
  end: { version: 2, text: ({ end }) => String(end) },
  action: packet(2, ({ action }) => action),
  'log-status': { version: 2, text: ({ status }) => status },
  'vpc-id': { version: 3, text: (_record, { vpcId }) => vpcId },
  'subnet-id': owner(3, ({ subnet }) => subnet.subnetId),
  'instance-id': owner(3, ({ instanceId }) => instanceId),
  'tcp-flags': packet(3, ({ tcpFlags }) => tcpFlags),
  type: packet(3, ({ view }) => (view.srcaddr.includes(':') ? 'IPv6' : 'IPv4')),
  'pkt-srcaddr': packet(3, ({ view }) => view.pktSrcaddr),
  'pkt-dstaddr': packet(3, ({ view }) => view.pktDstaddr),
  region: { version: 4, text: (_record, { region }) => region },
  'az-id': owner(4, ({ subnet }) => subnet.azId),
  'sublocation-type': absent(4),
  'sublocation-id': absent(4),
  'pkt-src-aws-service': packet(5, ({ view }) => view.pktSrcService),
  'pkt-dst-aws-service': packet(5, ({ view }) => view.pktDstService),
  'flow-direction': packet(5, ({ view }) => view.direction),
  'traffic-path': packet(5, ({ view }) => view.trafficPath),
  'ecs-cluster-arn': absent(7),
  'ecs-cluster-name': absent(7),
  'ecs-container-instance-arn': absent(7),
  'ecs-container-instance-id': absent(7),
  'ecs-container-id': absent(7),
  'ecs-second-container-id': absent(7),
  'ecs-service-name': absent(7),
  'ecs-task-definition-arn': absent(7),
  'ecs-task-arn': absent(7),
  'ecs-task-id': absent(7),
  'reject-reason': absent(8),
  'resource-id': absent(9),
  'encryption-status': absent(10),
  'instance-tag': packet(11, ({ view: { networkInterface } }) =>
    networkInterface.instanceId === undefined ? undefined : networkInterface.name,
  ),
  'instance-tag-2': absent(11),
  'interface-tag': absent(11),
  'interface-tag-2': absent(11),
  'asg-tag': absent(11),
  'asg-tag-2': absent(11),
  'interface-type': packet(11, ({ view }) => view.networkInterface.interfaceType),
  'next-hop-interface-id': packet(11, ({ view }) => view.nextHop?.interfaceId),
  'next-hop-subnet-id': packet(11, ({ view }) => view.nextHop?.subnet.subnetId),
  'next-hop-az-id': packet(11, ({ view }) => view.nextHop?.subnet.azId),
  'next-hop-vpc-id': {
    version: 11,
    text: ({ traffic }, { vpcId }) => (traffic?.view.nextHop ? vpcId : '-'),
  },
  'next-hop-interface-type': packet(11, ({ view }) => view.nextHop?.interfaceType),
}

/** The names of all fields up to an AWS version, in documentation order. */
export function fieldsOfVersion(version: number): string[] {
  return Object.keys(fields).filter((name) => fields[name]!.version <= version)
}

/** Returns a function that writes records as lines of the format; throws on a name it does not know. */
export function createWriter(
  format: readonly string[],
  network: Network,
): (record: FlowRecord) => string {
  if (format.length === 0) throw new Error('format: at least one field is needed')
  const chosen = format.map((name, index) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) throw new Error(`format: '${name}' is not a field of VPC flow logs`)
    if (format.indexOf(name) !== index) throw new Error(`format: '${name}' appears twice`)
    return field
  })
  // A record's version is the highest among the chosen fields.
  const version = String(Math.max(...chosen.map((field) => field.version)))
  const texts = chosen.map((field) => (field === fields.version ? () => version : field.text))
  return (record) => texts.map((text) => text(record, network)).join(' ')
}

function owner(
  version: number,
  value: (networkInterface: NetworkInterface) => string | undefined,
): Field {
  return { version, text: ({ networkInterface }) => value(networkInterface) ?? '-' }
}

function packet(version: number, value: (traffic: Traffic) => string | number | undefined): Field {
  return { version, text: ({ traffic }) => String((traffic && value(traffic)) ?? '-') }
}

function absent(version: number): Field {
  return { version, text: () => '-' }
}
