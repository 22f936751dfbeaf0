/** What the values of each field look like, by AWS's documentation: the ground that inference stands on. */
import { isAddress } from './address.ts'
import type { FieldName } from './fields.ts'

/** What the values of a field look like. */
export interface FieldShape {
  /** For a person: `an address`. */
  readonly about: string
  /** Whether AWS can write this value (never `-`) in the field. */
  readonly fits: (value: string) => boolean
  /** The same by the words published so far, where the documentation leaves the set open. */
  readonly isPublished?: (value: string) => boolean
  /**
   * `telling`: no free text looks like this by chance. `plain`: a number or a short word, which a
   * tag could hold, too. `free`: any text, chosen by whoever runs the network.
   */
  readonly kind: 'telling' | 'plain' | 'free'
}

function shape(kind: FieldShape['kind'], about: string, pattern: RegExp): FieldShape {
  return { kind, about, fits: (value) => pattern.test(value) }
}

function words(about: string, ...list: readonly string[]): FieldShape {
  return { kind: 'telling', about, fits: (value) => list.includes(value) }
}

/** A set that AWS may add to. */
function openWords(open: FieldShape, published: readonly string[]): FieldShape {
  return { ...open, isPublished: (value) => published.includes(value) }
}

function integer(about: string, limit: number): FieldShape {
  const isInteger = (value: string) => /^(?:0|[1-9][0-9]{0,18})$/.test(value)
  return { kind: 'plain', about, fits: (value) => isInteger(value) && Number(value) <= limit }
}

/** An id as AWS makes them, also masked as in examples. */
function id(prefix: string): FieldShape {
  return shape('telling', `an id, ${prefix}…`, new RegExp(`^${prefix}[0-9A-Za-z]+$`))
}

function arn(resource: string): FieldShape {
  const pattern = new RegExp(`^arn:aws[a-z-]*:ecs:[^:]*:[^:]*:${resource}/`)
  return shape('telling', `an ARN of an ECS ${resource}`, pattern)
}

const address: FieldShape = { kind: 'telling', about: 'an IP address', fits: isAddress }
const port = integer('a port', 65_535)
const counter = integer('a count', 2 ** 63 - 1)
// Twelve digits; examples mask some with an x, or lose leading zeros.
const accountId = shape('plain', 'an account id, or unknown', /^(?:[0-9x]{10,12}|unknown)$/)
const time = shape('plain', 'a Unix time', /^(?:[1-9][0-9]{9}|[1-9][0-9]{12})$/)
const direction = words('ingress or egress', 'ingress', 'egress')
const zone = shape('telling', 'an Availability Zone id', /^[a-z]+[0-9]+(?:-[a-z0-9]+)*-az[0-9]+$/)
const label = shape('free', 'free text', /^/)
const name = shape('free', 'a name', /^[\w.-]+$/)
const ecsId = shape('free', 'an ECS id', /^(?=.*[A-Za-z])[0-9A-Za-z-]{8,}$/)
const service = openWords(
  shape('plain', 'an AWS service', /^(?!ACCEPT$|REJECT$|OK$|(?:NO|SKIP)DATA$)[A-Z][A-Z0-9_]+$/),
  'AMAZON AMAZON_APPFLOW AMAZON_CONNECT API_GATEWAY AURORA_DSQL CHIME_MEETINGS CHIME_VOICECONNECTOR CLOUD9 CLOUDFRONT CLOUDFRONT_ORIGIN_FACING CODEBUILD DYNAMODB EBS EC2 EC2_INSTANCE_CONNECT GLOBALACCELERATOR IVS_LOW_LATENCY IVS_REALTIME KINESIS_VIDEO_STREAMS MEDIA_PACKAGE_V2 ROUTE53 ROUTE53_HEALTHCHECKS ROUTE53_HEALTHCHECKS_PUBLISHING ROUTE53_RESOLVER S3 WORKSPACES_GATEWAYS'.split(
    ' ',
  ),
)
const interfaceType = openWords(
  shape('plain', 'an interface type', /^(?!(?:in|e)gress$|unknown$)[a-z][A-Za-z_-]+$/),
  'nat_gateway network_load_balancer regional_nat_gateway transit_gateway vpc_endpoint gateway_load_balancer gateway_load_balancer_endpoint load_balancer api_gateway_managed global_accelerator_managed iot_rules_managed lambda'.split(
    ' ',
  ),
)

/**
 * FIN 1, SYN 2, RST 4, and ACK 16 only beside SYN; Transit Gateway flow logs also know PSH 8 and
 * URG 32.
 */
const flags: FieldShape = {
  kind: 'plain',
  about: 'TCP flags',
  fits: (value) => /^(?:0|[1-9][0-9]?)$/.test(value) && Number(value) < 64,
}

// biome-ignore format: a table is read by column
/** The shape of each field. */
export const fieldShapes: Readonly<Record<FieldName, FieldShape>> = {
  version: shape('plain', 'a flow log version', /^(?:[2-9]|10|11)$/),
  'account-id': accountId,
  'interface-id': id('eni-'),
  srcaddr: address,
  dstaddr: address,
  srcport: port,
  dstport: port,
  protocol: integer('a protocol number', 255),
  packets: counter,
  bytes: counter,
  start: time,
  end: time,
  action: words('ACCEPT or REJECT', 'ACCEPT', 'REJECT'),
  'log-status': words('a log status', 'OK', 'NODATA', 'SKIPDATA', 'INCOMPLETEDATA'),
  'vpc-id': id('vpc-'),
  'subnet-id': id('subnet-'),
  'instance-id': id('i-'),
  'tcp-flags': flags,
  type: words('IPv4, IPv6 or EFA', 'IPv4', 'IPv6', 'EFA'),
  'pkt-srcaddr': address,
  'pkt-dstaddr': address,
  region: shape('telling', 'a region', /^[a-z]{2,4}(?:-[a-z]+)+-[0-9]+$/),
  'az-id': zone,
  'sublocation-type': words('a kind of sublocation', 'wavelength', 'outpost', 'localzone'),
  'sublocation-id': shape('free', 'an id', /^(?=.*[A-Za-z])[\w:/.-]+$/),
  'pkt-src-aws-service': service,
  'pkt-dst-aws-service': service,
  'flow-direction': direction,
  'traffic-path': integer('a traffic path', 8),
  'ecs-cluster-arn': arn('cluster'),
  'ecs-cluster-name': name,
  'ecs-container-instance-arn': arn('container-instance'),
  'ecs-container-instance-id': ecsId,
  'ecs-container-id': ecsId,
  'ecs-second-container-id': ecsId,
  'ecs-service-name': name,
  'ecs-task-definition-arn': arn('task-definition'),
  'ecs-task-arn': arn('task'),
  'ecs-task-id': ecsId,
  'reject-reason': openWords({ ...service, about: 'a reason' }, ['BPA', 'EC']),
  'resource-id': id('nat-'),
  'encryption-status': integer('an encryption status', 3),
  'instance-tag': label,
  'instance-tag-2': label,
  'interface-tag': label,
  'interface-tag-2': label,
  'asg-tag': label,
  'asg-tag-2': label,
  'interface-type': interfaceType,
  'next-hop-interface-id': id('eni-'),
  'next-hop-subnet-id': id('subnet-'),
  'next-hop-az-id': zone,
  'next-hop-vpc-id': id('vpc-'),
  'next-hop-interface-type': interfaceType,
  'resource-type': words('a kind of resource', 'TransitGateway', 'TransitGatewayAttachment'),
  'tgw-id': id('tgw-'),
  'tgw-attachment-id': id('tgw-attach-'),
  'tgw-src-vpc-account-id': accountId,
  'tgw-dst-vpc-account-id': accountId,
  'tgw-src-vpc-id': id('vpc-'),
  'tgw-dst-vpc-id': id('vpc-'),
  'tgw-src-subnet-id': id('subnet-'),
  'tgw-dst-subnet-id': id('subnet-'),
  'tgw-src-eni': id('eni-'),
  'tgw-dst-eni': id('eni-'),
  'tgw-src-az-id': zone,
  'tgw-dst-az-id': zone,
  'tgw-pair-attachment-id': id('tgw-attach-'),
  'packets-lost-no-route': counter,
  'packets-lost-blackhole': counter,
  'packets-lost-mtu-exceeded': counter,
  'packets-lost-ttl-expired': counter,
}

/** The flags that a VPC flow log can hold. */
export function isVpcFlags(value: string): boolean {
  const flags = Number(value)
  return (flags & ~23) === 0 && ((flags & 16) === 0 || (flags & 2) === 2)
}
