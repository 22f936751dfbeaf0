import type { Random } from './random.ts'

type Role = 'web' | 'app' | 'database' | 'bastion' | 'nat' | 'resolver' | 'endpoint' | 'standby'

interface Subnet {
  subnetId: string
  azId: string
  /** The first three octets. */
  prefix: string
  /** The first four groups, in subnets with IPv6. */
  prefix6: string
}

/** One elastic network interface of the simulated VPC. */
export interface NetworkInterface {
  name: string
  role: Role
  interfaceId: string
  /** `unknown` where an AWS service owns the interface. */
  accountId: string
  /** Absent where AWS manages the host. */
  instanceId: string | undefined
  interfaceType: string | undefined
  subnet: Subnet
  /** The primary private IPv4 address, the only one that AWS records. */
  address: string
  address6: string
}

/** The simulated account: one VPC in one region. */
export interface Network {
  region: string
  vpcId: string
  interfaces: readonly NetworkInterface[]
  all(role: Role): readonly NetworkInterface[]
  one(role: Role): NetworkInterface
}

const accountId = '123456789012'
export const minimumInterfaces = 8

/** Lays out a VPC with the given number of interfaces: five fixed ones, the rest in three tiers. */
export function createNetwork(random: Random, interfaceCount: number): Network {
  const tiers = interfaceCount - 5
  const databases = Math.max(1, Math.round(tiers / 4))
  const webs = Math.ceil((tiers - databases) / 2)

  const publicSubnets = [createSubnet(random, 0, 1), createSubnet(random, 1, 2)]
  const privateSubnets = [createSubnet(random, 10, 1), createSubnet(random, 11, 2)]
  const dataSubnets = [createSubnet(random, 20, 1), createSubnet(random, 21, 2)]

  const interfaces = [
    ...createTier(random, 'bastion', 1, publicSubnets, 5),
    ...createTier(random, 'nat', 1, publicSubnets, 220),
    ...createTier(random, 'resolver', 1, privateSubnets, 53),
    ...createTier(random, 'endpoint', 1, privateSubnets, 200),
    ...createTier(random, 'standby', 1, dataSubnets, 240),
    ...createTier(random, 'web', webs, publicSubnets, 20),
    ...createTier(random, 'app', tiers - databases - webs, privateSubnets, 20),
    ...createTier(random, 'database', databases, dataSubnets, 20),
  ]

  const all = (role: Role) => interfaces.filter((candidate) => candidate.role === role)
  return {
    region: 'us-east-1',
    vpcId: `vpc-${random.hex(17)}`,
    interfaces,
    all,
    one: (role) => all(role)[0]!,
  }
}

function createSubnet(random: Random, octet: number, zone: number): Subnet {
  return {
    subnetId: `subnet-${random.hex(17)}`,
    azId: `use1-az${zone}`,
    prefix: `10.0.${octet}`,
    prefix6: `2001:db8:1234:1a${octet.toString(16).padStart(2, '0')}`,
  }
}

function createTier(
  random: Random,
  role: Role,
  count: number,
  subnets: readonly Subnet[],
  firstHost: number,
): NetworkInterface[] {
  return Array.from({ length: count }, (_, index) => {
    const subnet = subnets[index % subnets.length]!
    const host = firstHost + Math.floor(index / subnets.length)
    const managed = role === 'nat' || role === 'endpoint'
    return {
      name: count === 1 ? role : `${role}-${index + 1}`,
      role,
      interfaceId: `eni-${random.hex(17)}`,
      accountId: role === 'endpoint' ? 'unknown' : accountId,
      instanceId: managed ? undefined : `i-${random.hex(17)}`,
      interfaceType:
        role === 'nat' ? 'nat_gateway' : role === 'endpoint' ? 'vpc_endpoint' : undefined,
      subnet,
      address: `${subnet.prefix}.${host}`,
      address6: `${subnet.prefix6}::${host.toString(16)}`,
    }
  })
}
