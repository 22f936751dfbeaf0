/** Networks in CIDR notation, and which addresses they hold. */
import { isIPv4, parseIPv6 } from './address.ts'
import { configurationError } from './configuration-error.ts'

/** A network: the bits of its address that count, in groups of 16. */
export interface Network {
  readonly groups: readonly number[]
  readonly bits: number
}

/** Reads `10.0.0.0/8` or `2001:db8::/32`, or a single address. Throws on anything else. */
export function parseNetwork(text: string): Network {
  const [address = '', prefix, ...more] = text.split('/')
  const groups = groupsOf(address)
  if (groups === undefined || more.length > 0) {
    throw configurationError(`"${text}" is not a network: write 10.0.0.0/8 or 2001:db8::/32`)
  }
  const width = groups.length * 16
  const bits = prefix === undefined ? width : Number(prefix)
  if (prefix?.trim() === '' || !Number.isInteger(bits) || bits < 0 || bits > width) {
    throw configurationError(`"${text}" is not a network: the prefix has 0 to ${width} bits`)
  }
  return { groups, bits }
}

/** A test of whether a valid address lies in one of the networks. */
export function createNetworkTest(networks: readonly string[]): (address: string) => boolean {
  const parsed = networks.map(parseNetwork)
  return (address) => {
    const groups = groupsOf(address)
    return groups !== undefined && parsed.some((network) => holds(network, groups))
  }
}

function holds({ groups, bits }: Network, address: readonly number[]): boolean {
  if (groups.length !== address.length) return false
  let left = bits
  for (const [index, group] of groups.entries()) {
    if (left <= 0) return true
    const mask = left >= 16 ? 0xffff : 0xffff & (0xffff << (16 - left))
    if (((group ^ (address[index] ?? 0)) & mask) !== 0) return false
    left -= 16
  }
  return true
}

/** Two groups of 16 bits for IPv4, eight for IPv6. */
function groupsOf(address: string): readonly number[] | undefined {
  if (!isIPv4(address)) return parseIPv6(address)
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}
