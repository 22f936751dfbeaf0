/** What `bench-mapping.ts` makes of a record, as anybody would write it: one object, by hand. */
import { protocolNames } from './bench-mapping.ts'
import type { CorpusName } from './corpus.ts'
import type { PlainRecord, ToEvent } from './plain.ts'

/** The hand-written event for lines of a corpus. */
export const benchEvents: Readonly<Record<CorpusName, ToEvent>> = { v2: eventOfV2, v5: eventOfV5 }

function eventOfV2(record: PlainRecord): PlainRecord {
  const { srcaddr, dstaddr } = record
  const event = head(record, '2')
  event.cloud = { provider: 'AWS', account: account(record) }
  event.connection_info = protocol({ direction_id: 0, direction: 'Unknown' }, record)
  if (srcaddr !== undefined) event.src_endpoint = { ip: srcaddr, port: record.srcport }
  if (dstaddr !== undefined) event.dst_endpoint = { ip: dstaddr, port: record.dstport }
  addTraffic(event, record)
  event.unmapped = { interface_id: record.interface_id }
  return event
}

function eventOfV5(record: PlainRecord): PlainRecord {
  const { srcaddr, dstaddr, region, az_id: zone } = record
  const isEgress = record.flow_direction === 'egress'
  const event = head(record, '5')
  event.cloud = { provider: 'AWS', region, zone, account: account(record) }
  event.connection_info = protocol(direction(record), record)
  event.connection_info.tcp_flags = record.tcp_flags
  const source = { ip: srcaddr, port: record.srcport, svc_name: record.pkt_src_aws_service }
  const target = { ip: dstaddr, port: record.dstport, svc_name: record.pkt_dst_aws_service }
  if (isEgress) event.src_endpoint = { ...self(record), ...source }
  else if (srcaddr !== undefined) event.src_endpoint = source
  if (!isEgress) event.dst_endpoint = { ...self(record), ...target }
  else if (dstaddr !== undefined) event.dst_endpoint = target
  addTraffic(event, record)
  event.unmapped = {
    log_status: record.log_status,
    pkt_srcaddr: record.pkt_srcaddr,
    pkt_dstaddr: record.pkt_dstaddr,
    traffic_path: record.traffic_path,
    sublocation_type: record.sublocation_type,
    sublocation_id: record.sublocation_id,
  }
  return event
}

function head(record: PlainRecord, logVersion: string): PlainRecord {
  const event: PlainRecord = {
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
    status_code: record.log_status,
  }
  if (record.action === 'ACCEPT') {
    event.action_id = 1
    event.action = 'Allowed'
    event.disposition_id = 1
    event.disposition = 'Allowed'
  } else if (record.action === 'REJECT') {
    event.action_id = 2
    event.action = 'Denied'
    event.disposition_id = 2
    event.disposition = 'Blocked'
  }
  event.time = record.start * 1000
  event.start_time = record.start * 1000
  event.end_time = record.end * 1000
  return event
}

function account(record: PlainRecord): object {
  return { uid: record.account_id, type: 'AWS Account', type_id: 10 }
}

function direction(record: PlainRecord): PlainRecord {
  if (record.flow_direction === 'egress') return { direction_id: 2, direction: 'Outbound' }
  if (record.flow_direction === 'ingress') return { direction_id: 1, direction: 'Inbound' }
  return { direction_id: 0, direction: 'Unknown' }
}

function protocol(connection: PlainRecord, record: PlainRecord): PlainRecord {
  const { protocol, srcaddr } = record
  if (protocol === undefined) return connection
  const version = srcaddr.includes(':') ? 6 : 4
  connection.protocol_num = protocol
  connection.protocol_name = protocolNames[protocol]
  connection.protocol_ver_id = version
  connection.protocol_ver = `Internet Protocol version ${version} (IPv${version})`
  return connection
}

function self(record: PlainRecord): object {
  return {
    interface_uid: record.interface_id,
    vpc_uid: record.vpc_id,
    subnet_uid: record.subnet_id,
    instance_uid: record.instance_id,
  }
}

function addTraffic(event: PlainRecord, { packets, bytes }: PlainRecord): void {
  if (packets !== undefined) event.traffic = { packets, bytes }
}
