/** What Elastic's integration makes of a record, worked out field by field, apart from the mapping. */
import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { Case, ExactJson } from '@flowlogs/conformance'
import { createIdentify, parseFormat } from '@flowlogs/core'

type CorpusRecord = Readonly<Record<string, string | number | bigint>>

/** Where the integration puts a field; its pipeline keeps some of them in `aws.vpcflow` as well. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  srcport: ['source.port'],
  dstport: ['destination.port'],
  bytes: ['source.bytes', 'network.bytes'],
  packets: ['source.packets', 'network.packets'],
}
const texts: Readonly<Record<string, readonly string[]>> = {
  srcaddr: ['source.address', 'source.ip'],
  dstaddr: ['destination.address', 'destination.ip'],
  protocol: ['network.iana_number'],
  flow_direction: ['network.direction'],
  action: ['event.action', 'aws.vpcflow.action'],
  reject_reason: ['event.reason'],
  region: ['cloud.region'],
  az_id: ['cloud.availability_zone'],
  instance_id: ['cloud.instance.id', 'aws.vpcflow.instance_id'],
  sublocation_type: ['aws.vpcflow.sublocation.type'],
  sublocation_id: ['aws.vpcflow.sublocation.id'],
  pkt_src_aws_service: ['aws.vpcflow.pkt_src_service'],
  pkt_dst_aws_service: ['aws.vpcflow.pkt_dst_service'],
  ecs_cluster_arn: ['orchestrator.cluster.id'],
  ecs_cluster_name: ['orchestrator.cluster.name'],
  ecs_container_instance_id: ['orchestrator.resource.id'],
  ecs_container_instance_arn: ['orchestrator.resource.name'],
  ecs_service_name: ['service.name'],
}

/** The protocols that occur in the corpus. */
const transports: Readonly<Record<string, string>> = {
  0: 'hopopt',
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
}

/** The document of a case, or its rejection. */
export function expectedDocument({ header, line, goldens }: Case): ExactJson {
  const record = goldens.record as CorpusRecord
  if ('rejection' in record) return record
  const end = timeOf(record.end)
  const start = timeOf(record.start)
  const format = parseFormat(header.replace(/^\ufeff/, ''))
  const values = line
    .replace(/^\ufeff/, '')
    .trim()
    .split(/[ \t]+/)
  if (end === undefined && start === undefined) {
    const has = (key: string): boolean => format.columns.some((column) => column.key === key)
    const field = ['end', 'start'].find(has)
    const value = field === undefined ? undefined : record[field]
    return {
      rejection: {
        code: 'no_time',
        ...(field !== undefined && { field }),
        ...(value !== undefined && { value: String(value) }),
        line,
      },
    }
  }
  const { action, account_id, srcaddr, dstaddr, tcp_flags } = record
  const verdicts: Readonly<Record<string, readonly string[]>> = {
    ACCEPT: ['success', 'allowed'],
    REJECT: ['failure', 'denied'],
  }
  const [outcome, type] = verdicts[String(action)] ?? []
  const document: Record<string, ExactJson | undefined> = {
    '@timestamp': end ?? start,
    'ecs.version': '8.11.0',
    'cloud.provider': 'aws',
    'cloud.account.id': account_id === 'unknown' ? undefined : account_id,
    'event.dataset': 'aws.vpcflow',
    'event.module': 'aws',
    'event.kind': 'event',
    'event.category': ['network'],
    'event.type': ['connection', ...(type ? [type] : [])],
    'event.outcome': outcome,
    'event.id': createIdentify(format)(values.slice(0, format.columns.length).join(' '), {}),
    'event.start': start,
    'event.end': end,
    'network.transport': transports[String(record.protocol)],
    'network.type': srcaddr && (isIPv4(String(srcaddr)) ? 'ipv4' : 'ipv6'),
    'network.community_id': communityIdOf(record),
    'related.ip': [srcaddr, dstaddr].filter((address) => address !== undefined),
    'aws.vpcflow.tcp_flags_array': flagsOf(Number(tcp_flags ?? 0)),
  }
  for (const [key, value] of Object.entries(record)) {
    if ((key === 'start' && start) || (key === 'end' && end)) continue
    for (const path of numbers[key] ?? []) document[path] = value
    for (const path of texts[key] ?? []) document[path] = String(value)
    if (!numbers[key] && !texts[key]) document[`aws.vpcflow.${key}`] = String(value)
  }
  return nested(document)
}

function timeOf(time: CorpusRecord[string] | undefined): string | undefined {
  if (!/^[1-9][0-9]{9}(?:[0-9]{3})?$/.test(String(time))) return undefined
  return new Date(Number(String(time).padEnd(13, '0'))).toISOString()
}

function flagsOf(flags: number): string[] {
  return ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'].filter((_, bit) => flags & (1 << bit))
}

/** https://github.com/corelight/community-id-spec, for TCP and UDP. */
function communityIdOf(record: CorpusRecord): string | undefined {
  const { srcaddr, dstaddr, srcport, dstport, protocol } = record
  if (srcaddr === undefined || dstaddr === undefined || protocol === undefined) return undefined
  const ends = [
    [bytesOf(String(srcaddr)), srcport],
    [bytesOf(String(dstaddr)), dstport],
  ] as const
  if (ends[0][0].length !== ends[1][0].length || [1, 58].includes(Number(protocol))) {
    return undefined
  }
  const hasPorts = [6, 17, 132].includes(Number(protocol))
  if (hasPorts && (srcport === undefined || dstport === undefined)) return undefined
  const [first, second] = [...ends].sort(
    (left, right) =>
      Buffer.compare(left[0], right[0]) || Number(left[1] ?? 0) - Number(right[1] ?? 0),
  )
  const hash = createHash('sha1').update(Uint8Array.of(0, 0))
  hash
    .update(first![0])
    .update(second![0])
    .update(Uint8Array.of(Number(protocol), 0))
  for (const [, port] of hasPorts ? [first!, second!] : []) {
    hash.update(Uint8Array.of(Number(port) >> 8, Number(port) & 255))
  }
  return `1:${hash.digest('base64')}`
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const missing = 8 - groups(head).length - groups(tail ?? '').length
  const all = [
    ...groups(head),
    ...Array(tail === undefined ? 0 : missing).fill('0'),
    ...groups(tail ?? ''),
  ]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** `{ 'a.b': 1 }` → `{ a: { b: 1 } }`, without what has no value. */
function nested(flat: Readonly<Record<string, ExactJson | undefined>>): ExactJson {
  const root: Record<string, ExactJson> = {}
  for (const [path, value] of Object.entries(flat)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    const names = path.split('.')
    let place = root
    for (const name of names.slice(0, -1)) {
      place[name] ??= {}
      place = place[name] as Record<string, ExactJson>
    }
    place[names.at(-1) as string] = value
  }
  return root
}
