/**
 * The field table: everything AWS may put in a flow log record. Types, parser, presets, generators
 * and documentation follow from these rows; a new AWS field is one row.
 *
 * Rows 1-54 are VPC flow logs in documentation order
 * (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html); `both` marks the ones
 * that Transit Gateway flow logs share; the rows after them belong to Transit Gateway alone
 * (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html).
 */

/** How a value is written and checked; the names say the range (`int64` is 0…2^63−1, as all are). */
export type FieldKind = 'text' | 'address' | 'uint8' | 'uint16' | 'int32' | 'int64' | 'seconds'

/** Which kind of flow log can carry the field. */
export type FieldFamily = 'vpc' | 'tgw' | 'both'

/** One row of the table. */
export interface Field {
  /** The name as AWS writes it, with dashes: `pkt-srcaddr`. */
  readonly name: string
  readonly kind: FieldKind
  /** The flow log version that introduced the field. */
  readonly version: number
  readonly family: FieldFamily
  /** The column type in Parquet files that AWS writes. */
  readonly parquet: 'STRING' | 'INT32' | 'INT64'
  readonly about: string
}

// biome-ignore format: a table is read by column
export const fields = [
  { name: 'version', kind: 'int32', version: 2, family: 'both', parquet: 'INT32', about: 'The highest flow log version among the chosen fields.' },
  { name: 'account-id', kind: 'text', version: 2, family: 'both', parquet: 'STRING', about: 'Owner account of the interface or transit gateway; 12 digits, or `unknown` for interfaces made by AWS services.' },
  { name: 'interface-id', kind: 'text', version: 2, family: 'vpc', parquet: 'STRING', about: 'The recorded network interface; absent for regional NAT gateways.' },
  { name: 'srcaddr', kind: 'address', version: 2, family: 'both', parquet: 'STRING', about: 'Source address; on egress the primary private address of the interface.' },
  { name: 'dstaddr', kind: 'address', version: 2, family: 'both', parquet: 'STRING', about: 'Destination address; on ingress the primary private address of the interface.' },
  { name: 'srcport', kind: 'uint16', version: 2, family: 'both', parquet: 'INT32', about: 'Source port; 0 where the protocol has none.' },
  { name: 'dstport', kind: 'uint16', version: 2, family: 'both', parquet: 'INT32', about: 'Destination port; 0 where the protocol has none.' },
  { name: 'protocol', kind: 'uint8', version: 2, family: 'both', parquet: 'INT32', about: 'IANA protocol number.' },
  { name: 'packets', kind: 'int64', version: 2, family: 'both', parquet: 'INT64', about: 'Packets transferred in the interval.' },
  { name: 'bytes', kind: 'int64', version: 2, family: 'both', parquet: 'INT64', about: 'Bytes transferred in the interval.' },
  { name: 'start', kind: 'seconds', version: 2, family: 'both', parquet: 'INT64', about: 'Unix seconds of the first packet in the interval.' },
  { name: 'end', kind: 'seconds', version: 2, family: 'both', parquet: 'INT64', about: 'Unix seconds of the last packet in the interval.' },
  { name: 'action', kind: 'text', version: 2, family: 'vpc', parquet: 'STRING', about: '`ACCEPT` or `REJECT`; REJECT also covers packets that arrive after the connection was closed.' },
  { name: 'log-status', kind: 'text', version: 2, family: 'both', parquet: 'STRING', about: '`OK`, `NODATA` (no traffic) or `SKIPDATA` (AWS lost records); an open set.' },
  { name: 'vpc-id', kind: 'text', version: 3, family: 'vpc', parquet: 'STRING', about: 'VPC of the recorded interface.' },
  { name: 'subnet-id', kind: 'text', version: 3, family: 'vpc', parquet: 'STRING', about: 'Subnet of the recorded interface.' },
  { name: 'instance-id', kind: 'text', version: 3, family: 'vpc', parquet: 'STRING', about: 'Instance behind the interface, if the account owns it.' },
  { name: 'tcp-flags', kind: 'uint8', version: 3, family: 'both', parquet: 'INT32', about: 'OR of the TCP flags seen in the interval; a pure ACK is 0.' },
  { name: 'type', kind: 'text', version: 3, family: 'both', parquet: 'STRING', about: '`IPv4`, `IPv6` or `EFA`.' },
  { name: 'pkt-srcaddr', kind: 'address', version: 3, family: 'vpc', parquet: 'STRING', about: 'Source address in the packet; differs from srcaddr on intermediate interfaces.' },
  { name: 'pkt-dstaddr', kind: 'address', version: 3, family: 'vpc', parquet: 'STRING', about: 'Destination address in the packet; differs from dstaddr on intermediate interfaces.' },
  { name: 'region', kind: 'text', version: 4, family: 'both', parquet: 'STRING', about: 'Region of the interface.' },
  { name: 'az-id', kind: 'text', version: 4, family: 'vpc', parquet: 'STRING', about: 'Availability Zone id (`use1-az1`), not name.' },
  { name: 'sublocation-type', kind: 'text', version: 4, family: 'vpc', parquet: 'STRING', about: '`wavelength`, `outpost` or `localzone`.' },
  { name: 'sublocation-id', kind: 'text', version: 4, family: 'vpc', parquet: 'STRING', about: 'Id of the sublocation.' },
  { name: 'pkt-src-aws-service', kind: 'text', version: 5, family: 'both', parquet: 'STRING', about: 'AWS service whose public range holds the packet source.' },
  { name: 'pkt-dst-aws-service', kind: 'text', version: 5, family: 'both', parquet: 'STRING', about: 'AWS service whose public range holds the packet destination.' },
  { name: 'flow-direction', kind: 'text', version: 5, family: 'both', parquet: 'STRING', about: '`ingress` or `egress`, seen from the recorded interface.' },
  { name: 'traffic-path', kind: 'int32', version: 5, family: 'vpc', parquet: 'INT32', about: 'Path of egress traffic, 1-8.' },
  { name: 'ecs-cluster-arn', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'ARN of the ECS cluster of the task.' },
  { name: 'ecs-cluster-name', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'Name of the ECS cluster.' },
  { name: 'ecs-container-instance-arn', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'ARN of the ECS container instance; absent on Fargate.' },
  { name: 'ecs-container-instance-id', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'Id of the ECS container instance; absent on Fargate.' },
  { name: 'ecs-container-id', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'Docker runtime id of the first container.' },
  { name: 'ecs-second-container-id', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'Docker runtime id of the second container.' },
  { name: 'ecs-service-name', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'ECS service that started the task.' },
  { name: 'ecs-task-definition-arn', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'ARN of the ECS task definition.' },
  { name: 'ecs-task-arn', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'ARN of the ECS task.' },
  { name: 'ecs-task-id', kind: 'text', version: 7, family: 'vpc', parquet: 'STRING', about: 'Id of the ECS task.' },
  { name: 'reject-reason', kind: 'text', version: 8, family: 'vpc', parquet: 'STRING', about: '`BPA` (Block Public Access) or `EC` (encryption controls); an open set.' },
  { name: 'resource-id', kind: 'text', version: 9, family: 'vpc', parquet: 'STRING', about: 'The regional NAT gateway that the flow belongs to.' },
  { name: 'encryption-status', kind: 'int32', version: 10, family: 'vpc', parquet: 'INT32', about: '0 not encrypted, 1 Nitro, 2 application, 3 both.' },
  { name: 'instance-tag', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Value of the configured instance tag, percent-encoded.' },
  { name: 'instance-tag-2', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Value of the second configured instance tag, percent-encoded.' },
  { name: 'interface-tag', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Value of the configured interface tag, percent-encoded.' },
  { name: 'interface-tag-2', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Value of the second configured interface tag, percent-encoded.' },
  { name: 'asg-tag', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Value of the configured Auto Scaling group tag, percent-encoded.' },
  { name: 'asg-tag-2', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Value of the second configured Auto Scaling group tag, percent-encoded.' },
  { name: 'interface-type', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Type of the recorded interface, such as `nat_gateway` or `vpc_endpoint`; an open set.' },
  { name: 'next-hop-interface-id', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Interface at the other side: the receiver on egress, the sender on ingress.' },
  { name: 'next-hop-subnet-id', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Subnet of the next hop.' },
  { name: 'next-hop-az-id', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Availability Zone id of the next hop.' },
  { name: 'next-hop-vpc-id', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'VPC of the next hop.' },
  { name: 'next-hop-interface-type', kind: 'text', version: 11, family: 'vpc', parquet: 'STRING', about: 'Type of the next hop interface.' },
  { name: 'resource-type', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: '`TransitGateway` or `TransitGatewayAttachment`.' },
  { name: 'tgw-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'The recorded transit gateway.' },
  { name: 'tgw-attachment-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'The recorded transit gateway attachment.' },
  { name: 'tgw-src-vpc-account-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Account of the source VPC.' },
  { name: 'tgw-dst-vpc-account-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Account of the destination VPC.' },
  { name: 'tgw-src-vpc-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Source VPC.' },
  { name: 'tgw-dst-vpc-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Destination VPC.' },
  { name: 'tgw-src-subnet-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Subnet of the source attachment interface.' },
  { name: 'tgw-dst-subnet-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Subnet of the destination attachment interface.' },
  { name: 'tgw-src-eni', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Interface of the source attachment.' },
  { name: 'tgw-dst-eni', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Interface of the destination attachment.' },
  { name: 'tgw-src-az-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Availability Zone id of the source attachment interface.' },
  { name: 'tgw-dst-az-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Availability Zone id of the destination attachment interface.' },
  { name: 'tgw-pair-attachment-id', kind: 'text', version: 6, family: 'tgw', parquet: 'STRING', about: 'Attachment at the other side of the transit gateway.' },
  { name: 'packets-lost-no-route', kind: 'int64', version: 6, family: 'tgw', parquet: 'INT64', about: 'Packets dropped because no route was found.' },
  { name: 'packets-lost-blackhole', kind: 'int64', version: 6, family: 'tgw', parquet: 'INT64', about: 'Packets dropped by a blackhole route.' },
  { name: 'packets-lost-mtu-exceeded', kind: 'int64', version: 6, family: 'tgw', parquet: 'INT64', about: 'Packets dropped because they exceeded the MTU.' },
  { name: 'packets-lost-ttl-expired', kind: 'int64', version: 6, family: 'tgw', parquet: 'INT64', about: 'Packets dropped because their time to live ended.' },
] as const

/** A field name as AWS writes it. */
export type FieldName = (typeof fields)[number]['name']

/** `pkt-srcaddr` → `pkt_srcaddr`. */
export type Underscored<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : Name

/** A record key: the field name with underscores, as in Parquet and Athena. */
export type FieldKey = Underscored<FieldName>

/** A value of a record. */
export type FieldValue = string | number | bigint | undefined

type KindOf<Key extends string> = Extract<
  { [Row in (typeof fields)[number] as Underscored<Row['name']>]: Row['kind'] } extends infer Kinds
    ? Key extends keyof Kinds
      ? Kinds[Key]
      : 'text'
    : never,
  FieldKind
>

/** The type of one key's value; `undefined` is AWS's `-`. Unknown keys are text. */
export type ValueOf<Key extends string> =
  | (KindOf<Key> extends 'text' | 'address'
      ? string
      : KindOf<Key> extends 'int64' | 'seconds'
        ? number | bigint
        : number)
  | undefined

/** A record whose format is not known at compile time. */
export type FlowRecord = { [Key in FieldKey]?: ValueOf<Key> } & { [key: string]: FieldValue }

/** `pkt-srcaddr` → `pkt_srcaddr`. */
export function fieldKey(name: string): string {
  return name.replaceAll('-', '_')
}

/** The largest value of each integer kind; `seconds` are written like any other int64. */
export const integerLimits: Readonly<Record<Exclude<FieldKind, 'text' | 'address'>, bigint>> = {
  uint8: 255n,
  uint16: 65_535n,
  int32: 2_147_483_647n,
  int64: 9_223_372_036_854_775_807n,
  seconds: 9_223_372_036_854_775_807n,
}

const rows: readonly Field[] = fields
const byName: ReadonlyMap<string, Field> = new Map(rows.map((field) => [field.name, field]))

/** The row of a field, by its name with dashes or underscores; undefined for a name AWS has not published. */
export function findField(name: string): Field | undefined {
  return byName.get(name.replaceAll('_', '-'))
}
