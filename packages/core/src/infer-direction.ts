/** Which way a flow goes, and by which evidence. */
import type { FieldValue } from './fields.ts'
import { createNetworkTest } from './network.ts'
import { isPrivate } from './private-address.ts'

/** What the answer rests on, the strongest evidence first; the last two give no answer. */
export type DirectionRule =
  | 'flow-direction'
  | 'traffic-path'
  | 'own-addresses'
  | 'private-addresses'
  | 'aws-service'
  | 'no-evidence'
  | 'no-traffic'

/** The direction of a flow, and the rule that says so. */
export interface Direction {
  /**
   * `ingress` and `egress` are seen from the recorded interface, or from the own network where only
   * addresses tell; `internal` has both ends in the own network, `transit` none.
   */
  readonly direction: 'ingress' | 'egress' | 'internal' | 'transit' | 'unknown'
  readonly rule: DirectionRule
}

/** What is known beside the record. */
export interface DirectionOptions {
  /** Networks of one's own, in CIDR notation: `10.0.0.0/8`, `2001:db8::/32`. */
  readonly own?: readonly string[]
}

/** The members of a record that are looked at; absent is undefined, as in every record. */
export interface AnyRecord {
  readonly [key: string]: FieldValue
}

/** Infers the direction of a record's flow. Throws only on networks that are none. */
export function inferDirection(record: AnyRecord, { own }: DirectionOptions = {}): Direction {
  const isOwn = own && ownTest(own)
  const { flow_direction, traffic_path, pkt_srcaddr, pkt_dstaddr, srcaddr, dstaddr } = record
  if (flow_direction === 'ingress' || flow_direction === 'egress') {
    return { direction: flow_direction, rule: 'flow-direction' }
  }
  if (Number(traffic_path) > 0) return { direction: 'egress', rule: 'traffic-path' }
  // The packet's own addresses are the ends; srcaddr and dstaddr may be an interface in between.
  const source = textOf(pkt_srcaddr ?? srcaddr)
  const destination = textOf(pkt_dstaddr ?? dstaddr)
  if (source === undefined && destination === undefined) {
    return { direction: 'unknown', rule: 'no-traffic' }
  }
  if (source !== undefined && destination !== undefined) {
    if (isOwn) {
      const ends = directionBetween(isOwn(source), isOwn(destination))
      return { direction: ends, rule: 'own-addresses' }
    }
    if (isPrivate(source) !== isPrivate(destination)) {
      return { direction: isPrivate(source) ? 'egress' : 'ingress', rule: 'private-addresses' }
    }
  }
  const isFromService = record.pkt_src_aws_service !== undefined
  const isToService = record.pkt_dst_aws_service !== undefined
  if (isFromService !== isToService) {
    return { direction: isToService ? 'egress' : 'ingress', rule: 'aws-service' }
  }
  return { direction: 'unknown', rule: 'no-evidence' }
}

function directionBetween(isFromOwn: boolean, isToOwn: boolean): Direction['direction'] {
  if (isFromOwn) return isToOwn ? 'internal' : 'egress'
  return isToOwn ? 'ingress' : 'transit'
}

function textOf(value: FieldValue): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const tests = new WeakMap<readonly string[], (address: string) => boolean>()

/** The test of a list of networks, which is read once. */
function ownTest(own: readonly string[]): (address: string) => boolean {
  const test = tests.get(own) ?? createNetworkTest(own)
  tests.set(own, test)
  return test
}
