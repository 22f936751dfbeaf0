import { awsService } from './internet.ts'
import type { NetworkInterface } from './network.ts'

/** One direction of a connection as one interface sees it: the addressing half of a flow log record. */
export interface View {
  networkInterface: NetworkInterface
  /** True for the packets that the server sends. */
  reply: boolean
  direction: 'ingress' | 'egress'
  srcaddr: string
  dstaddr: string
  srcport: number
  dstport: number
  pktSrcaddr: string
  pktDstaddr: string
  pktSrcService: string | undefined
  pktDstService: string | undefined
  trafficPath: number | undefined
  /** The interface at the other end, where it is in the VPC. */
  nextHop: NetworkInterface | undefined
}

export interface Ports {
  client: number
  server: number
}

// The traffic-path codes of AWS that this VPC knows.
const insideVpc = 1
const gatewayEndpoint = 7
const internetGateway = 8

/** Both ends are in the VPC, so both interfaces record both directions. */
export function insidePath(
  client: NetworkInterface,
  server: NetworkInterface,
  ports: Ports,
  ipv6 = false,
): View[] {
  const source = ipv6 ? client.address6 : client.address
  const target = ipv6 ? server.address6 : server.address
  const hop = { source, target, ports, trafficPath: insideVpc }
  return [
    ...bothDirections(client, 'egress', { ...hop, nextHop: server }),
    ...bothDirections(server, 'ingress', { ...hop, nextHop: client }),
  ]
}

export function fromInternetPath(client: string, server: NetworkInterface, ports: Ports): View[] {
  const target = client.includes(':') ? server.address6 : server.address
  const hop = { source: client, target, ports, trafficPath: internetGateway }
  return bothDirections(server, 'ingress', hop)
}

/** Through a gateway endpoint straight to an AWS service. */
export function toServicePath(client: NetworkInterface, server: string, ports: Ports): View[] {
  const hop = { source: client.address, target: server, ports, trafficPath: gatewayEndpoint }
  return bothDirections(client, 'egress', hop)
}

/** Through the NAT gateway, which records the inner and the outer leg: six records in all. */
export function natPath(
  client: NetworkInterface,
  nat: NetworkInterface,
  server: string,
  ports: Ports,
  natPort: number,
): View[] {
  const inner = { source: client.address, target: server, ports, trafficPath: insideVpc }
  const outer = {
    source: nat.address,
    target: server,
    ports: { client: natPort, server: ports.server },
    trafficPath: internetGateway,
  }
  return [
    ...bothDirections(client, 'egress', { ...inner, nextHop: nat }),
    ...bothDirections(nat, 'ingress', { ...inner, recordedTarget: nat.address, nextHop: client }),
    ...bothDirections(nat, 'egress', outer),
  ]
}

interface Hop {
  source: string
  target: string
  /** What `dstaddr` says where it differs from the packet's destination. */
  recordedTarget?: string
  ports: Ports
  trafficPath: number
  nextHop?: NetworkInterface
}

function bothDirections(
  networkInterface: NetworkInterface,
  direction: View['direction'],
  { source, target, recordedTarget = target, ports, trafficPath, nextHop }: Hop,
): View[] {
  const request: View = {
    networkInterface,
    reply: false,
    direction,
    srcaddr: source,
    dstaddr: recordedTarget,
    srcport: ports.client,
    dstport: ports.server,
    pktSrcaddr: source,
    pktDstaddr: target,
    pktSrcService: awsService(source),
    pktDstService: awsService(target),
    trafficPath: direction === 'egress' ? trafficPath : undefined,
    nextHop,
  }
  const reply: View = {
    networkInterface,
    reply: true,
    direction: direction === 'egress' ? 'ingress' : 'egress',
    srcaddr: request.dstaddr,
    dstaddr: request.srcaddr,
    srcport: request.dstport,
    dstport: request.srcport,
    pktSrcaddr: request.pktDstaddr,
    pktDstaddr: request.pktSrcaddr,
    pktSrcService: request.pktDstService,
    pktDstService: request.pktSrcService,
    trafficPath: direction === 'egress' ? undefined : trafficPath,
    nextHop,
  }
  return [request, reply]
}
