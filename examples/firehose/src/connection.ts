import type { NetworkInterface } from './network.ts'
import type { View } from './path.ts'
import type { Random } from './random.ts'

/** One flow log record before it is written as text; `traffic` is absent for NODATA and SKIPDATA. */
export interface FlowRecord {
  networkInterface: NetworkInterface
  start: number
  end: number
  status: 'OK' | 'NODATA' | 'SKIPDATA'
  traffic: Traffic | undefined
}

export interface Traffic {
  view: View
  protocol: number
  packets: number
  bytes: number
  tcpFlags: number
  action: 'ACCEPT' | 'REJECT'
}

export interface Connection {
  protocol: number
  action: 'ACCEPT' | 'REJECT'
  views: readonly View[]
  /** Unix seconds of the first and the last packet; either may lie outside the simulated time. */
  first: number
  last: number
  request: Flow
  reply: Flow
  ending: 'finish' | 'reset' | 'refused' | 'late'
  /** The chance that an interval between opening and closing carries packets. */
  activity: number
}

interface Flow {
  packetsPerSecond: number
  bytesPerPacket: number
}

export const protocols = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const

const finish = 1
const synchronize = 2
const reset = 4
const synchronizeAcknowledge = 18

/** What every interface on the way records of a connection between `from` (inclusive) and `to`. */
export function observe(
  connection: Connection,
  from: number,
  to: number,
  random: Random,
): FlowRecord[] {
  const opens = connection.first >= from
  const closes = connection.last < to
  if (!opens && !closes && !random.chance(connection.activity)) return []

  const start = opens ? connection.first : from + random.integer(0, 2)
  const end = closes ? connection.last : to - 1 - random.integer(0, 2)
  const span = { start: Math.min(start, end), end: Math.max(start, end) }
  const request = amount(connection, connection.request, span, opens, closes, random)
  const reply = amount(connection, connection.reply, span, opens, closes, random)

  const records: FlowRecord[] = []
  for (const view of connection.views) {
    if (view.reply && connection.action === 'REJECT') continue
    records.push({
      networkInterface: view.networkInterface,
      ...span,
      status: 'OK',
      traffic: {
        view,
        protocol: connection.protocol,
        ...(view.reply ? reply : request),
        tcpFlags: tcpFlags(connection, view.reply, opens, closes),
        action: connection.action,
      },
    })
  }
  return records
}

function amount(
  { protocol, action, views, ending }: Connection,
  flow: Flow,
  span: { start: number; end: number },
  opens: boolean,
  closes: boolean,
  random: Random,
): { packets: number; bytes: number } {
  const seconds = span.end - span.start + 1
  const handshakes = protocol === protocols.tcp && action === 'ACCEPT' && ending !== 'refused'
  const minimum = handshakes ? 1 + (opens ? 2 : 0) + (closes ? 1 : 0) : 1
  const expected = flow.packetsPerSecond * seconds * (0.8 + 0.4 * random.next())
  const packets = Math.max(minimum, Math.round(expected))
  const header = views[0]!.srcaddr.includes(':') ? 60 : 40
  const size = Math.max(header, flow.bytesPerPacket * (0.95 + 0.1 * random.next()))
  // 1,500 is the largest packet that leaves the VPC.
  return { packets, bytes: Math.round(packets * Math.min(size, 1500)) }
}

// AWS reports SYN, SYN-ACK, FIN and RST only, OR-ed over the interval.
function tcpFlags(
  { protocol, ending }: Connection,
  isReply: boolean,
  opens: boolean,
  closes: boolean,
): number {
  if (protocol !== protocols.tcp) return 0
  if (ending === 'refused') return isReply ? reset : synchronize
  if (ending === 'late') return finish
  const opening = !opens ? 0 : isReply ? synchronizeAcknowledge : synchronize
  const closing = !closes ? 0 : ending === 'finish' ? finish : isReply ? 0 : reset
  return opening | closing
}
