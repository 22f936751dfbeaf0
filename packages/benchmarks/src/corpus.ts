/**
 * Seeded lines like those of a mid-size organisation: 12 accounts, 20 VPCs, 600 interfaces of which
 * few carry most traffic, 40,000 outside addresses; 10 % IPv6, 84/14/1.5 % TCP/UDP/ICMP, 5 % REJECT,
 * 0.9 % NODATA, 0.1 % SKIPDATA.
 */
import { createRandom, type Random } from './random.ts'

/** The formats that are measured. */
export type CorpusName = 'v2' | 'v5'

/** Some consecutive lines of a corpus, in every form that a variant may want. */
export interface Slice {
  readonly bytes: Uint8Array
  readonly lines: readonly string[]
}

interface NetworkInterface {
  readonly id: string
  readonly account: string
  readonly vpc: string
  readonly subnet: string
  readonly instance: string
  readonly region: string
  readonly zone: string
  readonly address: string
  readonly address6: string
}

interface World {
  readonly interfaces: readonly NetworkInterface[]
  readonly outside: readonly string[]
}

const regions = [
  ['us-east-1', 'use1-az'],
  ['eu-west-1', 'euw1-az'],
  ['ap-southeast-2', 'apse2-az'],
] as const
const knownPorts = [443, 443, 443, 443, 80, 53, 22, 3306, 5432, 6379, 8080, 8443, 123, 9200]
const services = ['AMAZON', 'S3', 'EC2', 'DYNAMODB', 'CLOUDFRONT', 'ROUTE53_HEALTHCHECKS']
const tcpFlags = [0, 2, 3, 18, 19, 2, 19, 1, 4, 6]
const egressPaths = [1, 1, 2, 5, 8, 8]

/** A corpus in slices of `linesPerSlice` lines; the same arguments give the same bytes. */
export function createCorpus(name: CorpusName, slices: number, linesPerSlice: number): Slice[] {
  const random = createRandom(name === 'v2' ? 42 : 43)
  const world = createWorld(random)
  return Array.from({ length: slices }, (_, slice) => {
    const time = 1_718_000_000 + slice * 5
    const text = Array.from({ length: linesPerSlice }, () => `${line(name, random, world, time)}\n`)
    const bytes = new TextEncoder().encode(text.join(''))
    return { bytes, lines: new TextDecoder().decode(bytes).split('\n').slice(0, -1) }
  })
}

function createWorld(random: Random): World {
  const { integer, pick, hexadecimal } = random
  const octets = (count: number) => Array.from({ length: count }, () => integer(0, 255)).join('.')
  const groups = (count: number) => Array.from({ length: count }, () => hexadecimal(4)).join(':')
  const accounts = Array.from({ length: 12 }, () => String(integer(1e11, 1e12 - 1)))
  const networks = Array.from({ length: 20 }, () => ({
    account: pick(accounts),
    vpc: `vpc-${hexadecimal(17)}`,
    region: pick(regions),
    prefix: `10.${octets(1)}`,
    prefix6: `2600:1f18:${groups(2)}`,
  }))
  const interfaces = Array.from({ length: 600 }, () => {
    const { account, vpc, region, prefix, prefix6 } = pick(networks)
    return {
      id: `eni-0${hexadecimal(16)}`,
      account,
      vpc,
      subnet: `subnet-0${hexadecimal(16)}`,
      instance: random.chance(0.2) ? '-' : `i-0${hexadecimal(16)}`,
      region: region[0],
      zone: `${region[1]}${integer(1, 6)}`,
      address: `${prefix}.${octets(1)}.${integer(1, 254)}`,
      address6: `${prefix6}:${groups(4)}`,
    }
  })
  const outside = Array.from({ length: 40_000 }, () => `${integer(1, 223)}.${octets(3)}`)
  return { interfaces, outside }
}

function line(name: CorpusName, random: Random, world: World, time: number): string {
  const { interfaces } = world
  const own = interfaces[Math.floor(interfaces.length * random.next() ** 2.2)]!
  const start = time + random.integer(0, 50)
  const end = start + random.integer(1, 60)
  const draw = random.next()
  if (draw < 0.01) {
    const status = draw < 0.009 ? 'NODATA' : 'SKIPDATA'
    const head = `${own.account} ${own.id} - - - - - - - ${start} ${end} - ${status}`
    if (name === 'v2') return `2 ${head}`
    const { vpc, subnet, instance, region, zone } = own
    return `5 ${head} ${vpc} ${subnet} ${instance} - - - - ${region} ${zone} - - - - - -`
  }
  return traffic(name, random, world, own, `${start} ${end}`)
}

function traffic(
  name: CorpusName,
  random: Random,
  { interfaces, outside }: World,
  own: NetworkInterface,
  times: string,
): string {
  const { integer, pick, chance } = random
  const isIPv6 = chance(0.1)
  const isIngress = chance(0.5)
  const isInside = chance(0.6)
  const other = pick(interfaces)
  const self = isIPv6 ? own.address6 : own.address
  const peer4 = isInside ? other.address : pick(outside)
  const peer6 = isInside ? other.address6 : outsideAddress6(random)
  const peer = isIPv6 ? peer6 : peer4
  const [source, destination] = isIngress ? [peer, self] : [self, peer]
  const protocol = drawProtocol(random)
  const hasPorts = protocol === 6 || protocol === 17
  const client = hasPorts ? integer(1024, 65_535) : 0
  const server = hasPorts ? (chance(0.85) ? pick(knownPorts) : integer(1024, 65_535)) : 0
  const ports = chance(0.5) ? `${client} ${server}` : `${server} ${client}`
  const packets = Math.max(1, Math.floor(Math.exp(random.next() * random.next() * 9)))
  const bytes = packets * integer(40, 1500)
  const action = chance(0.05) ? 'REJECT' : 'ACCEPT'
  const counts = `${protocol} ${packets} ${bytes}`
  const head = `${own.account} ${own.id} ${source} ${destination} ${ports} ${counts} ${times} ${action} OK`
  if (name === 'v2') return `2 ${head}`
  const { vpc, subnet, instance, region, zone } = own
  const flags = protocol === 6 ? pick(tcpFlags) : 0
  const service = !isInside && chance(0.35) ? pick(services) : '-'
  const place = chance(0.01) ? `wavelength subl-${random.hexadecimal(8)}` : '- -'
  const packet = `${flags} ${isIPv6 ? 'IPv6' : 'IPv4'} ${source} ${destination}`
  const way = isIngress ? `${service} - ingress -` : `- ${service} egress ${pick(egressPaths)}`
  return `5 ${head} ${vpc} ${subnet} ${instance} ${packet} ${region} ${zone} ${place} ${way}`
}

function drawProtocol({ next, integer }: Random): number {
  const draw = next()
  return draw < 0.84 ? 6 : draw < 0.98 ? 17 : draw < 0.995 ? 1 : integer(2, 140)
}

function outsideAddress6({ integer, hexadecimal }: Random): string {
  const group = () => integer(1, 0xffff).toString(16)
  const forms = [
    () => `2001:db8:${group()}::${group()}`,
    () => `2a00:1450:4001:${hexadecimal(3)}::200e`,
    () => `2600:1f18:${Array.from({ length: 6 }, () => hexadecimal(4)).join(':')}`,
  ]
  return forms[integer(0, 2)]!()
}
