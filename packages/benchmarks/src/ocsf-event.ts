/** The default OCSF 1.1.0 event of `@flowlogs/ocsf`, id and observables included, written by hand. */
import { createIdentify, parseFormat, protocolKeywords } from '@flowlogs/core'
import type { CorpusName } from './corpus.ts'
import type { PlainRecord, ToEvent } from './plain.ts'

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

const verdicts: PlainRecord = {
  ACCEPT: {
    activity_id: 6,
    activity_name: 'Traffic',
    type_uid: 400106,
    type_name: 'Network Activity: Traffic',
    action_id: 1,
    action: 'Allowed',
    disposition_id: 1,
    disposition: 'Allowed',
  },
  REJECT: {
    activity_id: 5,
    activity_name: 'Refuse',
    type_uid: 400105,
    type_name: 'Network Activity: Refuse',
    action_id: 2,
    action: 'Denied',
    disposition_id: 2,
    disposition: 'Blocked',
  },
}

/**
 * Builds the function for lines of a corpus, from a log group if one is named; the id is core's,
 * since nobody writes SipHash twice.
 */
export function createOcsfEvent(name: CorpusName, logGroup?: string): ToEvent {
  const identify = createIdentify(parseFormat(name))
  return (record, line) => {
    const { start, end, srcaddr, dstaddr, instance_id: instance } = record
    if (record.log_status !== 'OK') return undefined
    const isEgress = record.flow_direction === 'egress'
    const isIngress = record.flow_direction === 'ingress'
    const observables = [address('src_endpoint.ip', srcaddr)]
    if (dstaddr !== srcaddr) observables.push(address('dst_endpoint.ip', dstaddr))
    if (isEgress && instance !== undefined) {
      observables.push(resource('src_endpoint.instance_uid', instance))
    }
    if (isIngress && instance !== undefined) {
      observables.push(resource('dst_endpoint.instance_uid', instance))
    }
    return {
      ...verdicts[record.action],
      category_uid: 4,
      category_name: 'Network Activity',
      class_uid: 4001,
      class_name: 'Network Activity',
      severity_id: 1,
      severity: 'Informational',
      status_code: record.log_status,
      time: start * 1000,
      start_time: start * 1000,
      end_time: end * 1000,
      duration: (end - start) * 1000,
      metadata: {
        version: '1.1.0',
        profiles: ['cloud', 'security_control'],
        product: {
          name: 'Amazon VPC',
          vendor_name: 'AWS',
          version: String(record.version),
          feature: { name: 'Flowlogs' },
        },
        uid: identify(line, {}),
        log_name: logGroup,
        log_version: String(record.version),
        original_time: String(start),
      },
      cloud: {
        provider: 'AWS',
        account: { uid: record.account_id, type_id: 10, type: 'AWS Account' },
        region: record.region,
        zone: record.az_id,
      },
      connection_info: connection(record),
      src_endpoint: endpoint(record, 'src', isEgress),
      dst_endpoint: endpoint(record, 'dst', isIngress),
      traffic: { bytes: record.bytes, packets: record.packets },
      observables,
      unmapped: unmapped(record, isEgress || isIngress),
    }
  }
}

function connection(record: PlainRecord): PlainRecord {
  const path = record.traffic_path
  const version = record.srcaddr.includes(':') ? 6 : 4
  const [direction_id, direction] =
    record.flow_direction === 'ingress'
      ? [1, 'Inbound']
      : record.flow_direction === 'egress'
        ? [2, 'Outbound']
        : [0, 'Unknown']
  return {
    direction_id,
    direction,
    protocol_num: record.protocol,
    protocol_name: protocolKeywords.get(record.protocol)?.toLowerCase(),
    tcp_flags: record.tcp_flags,
    protocol_ver_id: version,
    protocol_ver: `Internet Protocol version ${version} (IPv${version})`,
    ...(path !== undefined && { boundary_id: path + 3, boundary: boundaries[path - 1] }),
  }
}

function endpoint(record: PlainRecord, side: 'src' | 'dst', isOwn: boolean): PlainRecord {
  return {
    ip: record[`${side}addr`],
    port: record[`${side}port`],
    svc_name: record[`pkt_${side}_aws_service`],
    ...(isOwn && {
      interface_uid: record.interface_id,
      instance_uid: record.instance_id,
      subnet_uid: record.subnet_id,
      vpc_uid: record.vpc_id,
    }),
  }
}

function address(name: string, value: string): PlainRecord {
  return { name, type_id: 2, type: 'IP Address', value }
}

function resource(name: string, value: string): PlainRecord {
  return { name, type_id: 10, type: 'Resource UID', value }
}

function unmapped(record: PlainRecord, hasDirection: boolean): PlainRecord | undefined {
  const { sublocation_type, sublocation_id } = record
  if (!hasDirection) return { interface_id: record.interface_id }
  return sublocation_id === undefined ? undefined : { sublocation_type, sublocation_id }
}
