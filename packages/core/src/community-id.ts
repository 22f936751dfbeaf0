/** Community ID v1 (https://github.com/corelight/community-id-spec), with the default seed 0. */
import { isIPv4, parseIPv6 } from './address.ts'
import { toBase64 } from './platform.ts'
import { sha1 } from './sha1.ts'

const icmp = new Set([1, 58])
const withPorts = new Set([6, 17, 132])

/**
 * The Community ID of a flow, or undefined where a flow log cannot give it: for ICMP, whose type and
 * code it does not carry, for ends of two families, and for TCP, UDP and SCTP without ports.
 */
export function toCommunityId(
  from: string,
  to: string,
  protocol: number,
  fromPort: number | undefined,
  toPort: number | undefined,
): string | undefined {
  const hasPorts = withPorts.has(protocol)
  if (icmp.has(protocol) || (hasPorts && (fromPort === undefined || toPort === undefined))) {
    return undefined
  }
  const source = bytesOf(from)
  const destination = bytesOf(to)
  if (source.length !== destination.length) return undefined
  const ports = hasPorts ? [fromPort ?? 0, toPort ?? 0] : []
  const [left, right, leftPort, rightPort] = isOrdered(source, destination, ports)
    ? [source, destination, ports[0], ports[1]]
    : [destination, source, ports[1], ports[0]]
  const message = [0, 0, ...left, ...right, protocol, 0]
  if (leftPort !== undefined && rightPort !== undefined) {
    message.push(leftPort >> 8, leftPort & 255, rightPort >> 8, rightPort & 255)
  }
  return `1:${toBase64(sha1(Uint8Array.from(message)))}`
}

/** The end with the smaller address comes first, and with equal addresses the smaller port. */
function isOrdered(
  source: readonly number[],
  destination: readonly number[],
  [sourcePort = 0, destinationPort = 0]: readonly number[],
): boolean {
  const index = source.findIndex((byte, at) => byte !== destination[at])
  if (index === -1) return sourcePort < destinationPort
  return (source[index] ?? 0) < (destination[index] ?? 0)
}

function bytesOf(address: string): readonly number[] {
  if (isIPv4(address)) return address.split('.').map(Number)
  return (parseIPv6(address) ?? []).flatMap((group) => [group >> 8, group & 255])
}
