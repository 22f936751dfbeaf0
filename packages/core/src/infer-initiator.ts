/** Who opened the conversation that a flow belongs to, and by which evidence. */
import type { AnyRecord } from './infer-direction.ts'

/** What the answer rests on, the strongest evidence first; the last three give no answer. */
export type InitiatorRule =
  | 'syn'
  | 'syn-ack'
  | 'rejected-alone'
  | 'earlier'
  | 'service-port'
  | 'registered-port'
  | 'no-evidence'
  | 'no-ports'
  | 'no-traffic'

/** Which end opened the conversation, and the rule that says so. */
export interface Initiator {
  readonly initiator: 'source' | 'destination' | 'unknown'
  readonly rule: InitiatorRule
}

/** What is known beside the record. */
export interface InitiatorOptions {
  /**
   * The record of the other direction on the same interface, or `none` if there is none. Left out
   * when nobody looked. After SKIPDATA, that there is none proves nothing.
   */
  readonly reverse?: AnyRecord | 'none'
}

const syn = 2
const acknowledgement = 16
/** Records may name a start of up to a minute after the first packet was seen. */
const slack = 60

// Ports from 1024 on that servers have registered and clients rarely call from.
const registered: ReadonlySet<number> = new Set([
  1433, 1521, 1883, 2049, 2181, 2379, 2380, 3000, 3128, 3260, 3268, 3269, 3306, 3389, 4222, 5060,
  5061, 5432, 5439, 5601, 5671, 5672, 5900, 5985, 5986, 6379, 6443, 7000, 7001, 8000, 8080, 8081,
  8086, 8088, 8089, 8443, 8883, 8888, 9000, 9042, 9090, 9092, 9093, 9094, 9098, 9200, 9300, 9418,
  10250, 11211, 15672, 27017, 27018,
])

/** Infers which end of a record's flow opened the conversation. */
export function inferInitiator(record: AnyRecord, { reverse }: InitiatorOptions = {}): Initiator {
  const { protocol, tcp_flags, action, srcport, dstport, srcaddr, pkt_srcaddr } = record
  if ((srcaddr ?? pkt_srcaddr ?? srcport ?? dstport) === undefined) return unknown('no-traffic')
  const flags = Number(tcp_flags ?? 0)
  if ((protocol === undefined || protocol === 6) && (flags & syn) !== 0) {
    if ((flags & acknowledgement) === 0) return { initiator: 'source', rule: 'syn' }
    // A transit gateway's 18 may be a client's SYN and its later ACK.
    if (!isTransit(record)) return { initiator: 'destination', rule: 'syn-ack' }
  }
  if (reverse === 'none' && action === 'REJECT') {
    return { initiator: 'source', rule: 'rejected-alone' }
  }
  if (reverse !== undefined && reverse !== 'none') {
    const gap = Number(reverse.start) - Number(record.start)
    if (Math.abs(gap) > slack) {
      return { initiator: gap > 0 ? 'source' : 'destination', rule: 'earlier' }
    }
  }
  if (protocol !== undefined && !hasPorts.has(Number(protocol))) return unknown('no-ports')
  return byPorts(srcport, dstport)
}

/** TCP, UDP, DCCP, SCTP and UDP-Lite. */
const hasPorts: ReadonlySet<number> = new Set([6, 17, 33, 132, 136])

function isTransit({ tgw_id, tgw_attachment_id, resource_type }: AnyRecord): boolean {
  return (tgw_id ?? tgw_attachment_id ?? resource_type) !== undefined
}

function byPorts(srcport: unknown, dstport: unknown): Initiator {
  if (typeof srcport !== 'number' || typeof dstport !== 'number') return unknown('no-evidence')
  const isServer = (port: number): boolean => port < 1024 || registered.has(port)
  // Clients of NFS call from low ports, so a low and a registered port leave it open.
  if (isServer(srcport) === isServer(dstport)) return unknown('no-evidence')
  const initiator = isServer(dstport) ? 'source' : 'destination'
  const isLow = Math.min(srcport, dstport) < 1024
  return { initiator, rule: isLow ? 'service-port' : 'registered-port' }
}

function unknown(rule: InitiatorRule): Initiator {
  return { initiator: 'unknown', rule }
}
