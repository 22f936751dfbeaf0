/** The fields of a record, found again in OCSF Network Activity events. */
import { fieldKey, fields } from '@flowlogs/core'
import { quoted } from './quoted.ts'

const text = (path: string): string => `json_extract_string(event, '$.${path}')`
const integer = (path: string): string => `CAST(${text(path)} AS BIGINT)`
const unmapped = (key: string): string => text(`unmapped.${key}`)

/** Of whichever end the recorded interface is, or left over where the direction is not known. */
const ofInterface = (attribute: string, key: string): string =>
  `COALESCE(${[
    'src_endpoint',
    'dst_endpoint',
    'src_endpoint.proxy_endpoint',
    'dst_endpoint.proxy_endpoint',
  ]
    .map((end) => text(`${end}.${attribute}`))
    .join(', ')}, ${unmapped(key)})`

const endpoint = (side: 'src' | 'dst'): Readonly<Record<string, string>> => ({
  // The interface-level address is the intermediate one where it is not the packet's.
  [`${side}addr`]: `COALESCE(${text(`${side}_endpoint.intermediate_ips[0]`)}, ${text(`${side}_endpoint.proxy_endpoint.ip`)}, ${text(`${side}_endpoint.ip`)})`,
  [`pkt_${side}addr`]: text(`${side}_endpoint.ip`),
  [`${side}port`]: integer(`${side}_endpoint.port`),
  [`pkt_${side}_aws_service`]: text(`${side}_endpoint.svc_name`),
})

const seconds = (path: string): string => `${integer(path)} // 1000`

const found: Readonly<Record<string, string>> = {
  ...endpoint('src'),
  ...endpoint('dst'),
  version: integer('metadata.product.version'),
  account_id: text('cloud.account.uid'),
  region: text('cloud.region'),
  az_id: text('cloud.zone'),
  interface_id: ofInterface('interface_uid', 'interface_id'),
  instance_id: ofInterface('instance_uid', 'instance_id'),
  subnet_id: ofInterface('subnet_uid', 'subnet_id'),
  vpc_id: ofInterface('vpc_uid', 'vpc_id'),
  resource_id: ofInterface('uid', 'resource_id'),
  protocol: integer('connection_info.protocol_num'),
  tcp_flags: integer('connection_info.tcp_flags'),
  flow_direction: `CASE ${integer('connection_info.direction_id')} WHEN 1 THEN 'ingress' WHEN 2 THEN 'egress' WHEN 99 THEN ${text('connection_info.direction')} END`,
  type: `CASE ${integer('connection_info.protocol_ver_id')} WHEN 4 THEN 'IPv4' WHEN 6 THEN 'IPv6' WHEN 99 THEN ${text('connection_info.protocol_ver')} END`,
  traffic_path: `CASE ${integer('connection_info.boundary_id')} WHEN 99 THEN TRY_CAST(${text('connection_info.boundary')} AS BIGINT) ELSE ${integer('connection_info.boundary_id')} - 3 END`,
  packets: integer('traffic.packets'),
  bytes: integer('traffic.bytes'),
  start: seconds('start_time'),
  end: seconds('end_time'),
  action: `CASE ${integer('action_id')} WHEN 1 THEN 'ACCEPT' WHEN 2 THEN 'REJECT' END`,
  log_status: text('status_code'),
  reject_reason: text('status_detail'),
  ecs_container_id: `COALESCE(${text('src_endpoint.container.uid')}, ${text('dst_endpoint.container.uid')}, ${unmapped('ecs_container_id')})`,
}

/** A select of records from a source with an event in JSON on each row. */
export function selectOcsf(source: string, event: string): string {
  const columns = fields.map(({ name }) => {
    const key = fieldKey(name)
    return `${found[key] ?? unmapped(key)} AS ${quoted(key)}`
  })
  return `SELECT ${columns.join(', ')} FROM (SELECT ${event} AS event FROM ${source}) events`
}
