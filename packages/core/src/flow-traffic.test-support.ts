/** Realistic flow log lines in any format: a small network whose records agree with each other. */
import type { Random } from '@flowlogs/conformance'
import type { FieldName } from './fields.ts'
import { fields, findField } from './fields.ts'

/** What kind of records. */
export type Profile = 'mixed' | 'nodata' | 'rejects' | 'ipv6' | 'one interface'

type Values = Partial<Record<FieldName, string | number>>

/** Fields of one family of flow logs in any order, and the version that AWS would write for them. */
export function randomNames(dice: Random): readonly string[] {
  const family = dice.chance(0.85) ? 'vpc' : 'tgw'
  const newest = dice.pick([2, 3, 5, 5, 8, 11, 11])
  const share = dice.pick([0.2, 0.4, 0.7, 1])
  const rows: readonly { name: string; family: string; version: number }[] = fields
  const names = rows
    .filter((row) => row.family === family || row.family === 'both')
    .filter((row) => family === 'tgw' || row.version <= newest)
    .filter((row) => dice.chance(row.name === 'version' ? Math.max(0.6, share) : share))
    .map((row) => row.name)
  for (let index = names.length - 1; index > 0; index--) {
    const other = dice.below(index + 1)
    const [one, two] = [names[index] as string, names[other] as string]
    names[index] = two
    names[other] = one
  }
  return names.length >= 3 ? names : randomNames(dice)
}

/** Lines in the format of these names. */
export function realisticLines(
  names: readonly string[],
  count: number,
  { dice, profile }: { dice: Random; profile: Profile },
): string[] {
  const isTransit = names.some((name) => findField(name)?.family === 'tgw')
  const version = Math.max(2, ...names.map((name) => findField(name)?.version ?? 2))
  const record = isTransit ? createTransit(dice) : createVpc(dice, profile)
  return Array.from({ length: count }, () => {
    const values: Values = { ...record(), version }
    return names.map((name) => values[name as FieldName] ?? '-').join(' ')
  })
}

function hex(dice: Random, length: number): string {
  return Array.from({ length }, () => dice.below(16).toString(16)).join('')
}

const services = [22, 25, 53, 80, 123, 443, 443, 443, 3306, 3389, 5432, 6379, 8080, 8443, 2049]
// Tags are chosen by people, also as numbers.
const tags = ['web', 'prod', 'a%20b', '4211', '7', '5', 'team-x', 'blue', '2026', 'Finance', 'true']
const start = 1_767_225_600

interface Host {
  readonly name: string
  readonly instance: string | undefined
  readonly subnet: number
  readonly address: string
  readonly pod: string | undefined
  readonly address6: string
  readonly type: string | undefined
  readonly values: Values
}

function createVpc(dice: Random, profile: Profile): () => Values {
  const account = `${dice.below(2)}${String(dice.below(1e9)).padStart(11, '3')}`
  const vpcs = [`vpc-${hex(dice, 17)}`, `vpc-${hex(dice, 17)}`]
  const region = dice.pick(['us-east-1', 'eu-west-1', 'ap-southeast-2'])
  const zone = { 'us-east-1': 'use1', 'eu-west-1': 'euw1', 'ap-southeast-2': 'apse2' }[region]
  const subnets = [0, 1, 2].map((index) => ({
    id: `subnet-${hex(dice, 17)}`,
    vpc: vpcs[index === 2 ? 1 : 0] as string,
    zone: index === 2 && dice.chance(0.3) ? undefined : `${zone}-az${index + 1}`,
  }))
  const hosts = Array.from({ length: profile === 'one interface' ? 1 : 6 }, (_, index): Host => {
    const subnet = index % 3
    const isManaged = index === 5
    const isTask = index === 1 || index === 4
    const place = subnets[subnet] as (typeof subnets)[number]
    const instance = isManaged ? undefined : `i-${hex(dice, 17)}`
    const cluster = dice.pick(['shop', 'jobs-eu', 'c1'])
    const arn = `arn:aws:ecs:${region}:${account}`
    const task = hex(dice, 32)
    const host = hex(dice, 32)
    const label = (): string | undefined => (dice.chance(0.8) ? dice.pick(tags) : undefined)
    const labels = [label(), label(), label(), label(), label(), label()]
    return {
      name: `eni-${hex(dice, 17)}`,
      instance,
      subnet,
      address: `10.0.${subnet}.${10 + index}`,
      pod: index === 2 ? `10.0.${subnet}.${100 + index}` : undefined,
      address6: `2001:db8:0:${subnet}::${(10 + index).toString(16)}`,
      type: isManaged ? 'nat_gateway' : undefined,
      values: defined({
        'account-id': isManaged && dice.chance(0.5) ? 'unknown' : account,
        'vpc-id': place.vpc,
        'subnet-id': place.id,
        'instance-id': instance,
        region,
        'az-id': place.zone,
        'sublocation-type': place.zone === undefined ? 'wavelength' : undefined,
        'sublocation-id': place.zone === undefined ? `${zone}-wl1-bos-wlz1` : undefined,
        'instance-tag': instance && labels[0],
        'instance-tag-2': instance && labels[1],
        'interface-tag': labels[2],
        'interface-tag-2': labels[3],
        'asg-tag': instance && labels[4],
        'asg-tag-2': instance && labels[5],
        'interface-type': isManaged ? 'nat_gateway' : undefined,
        ...(isTask && {
          'ecs-cluster-arn': `${arn}:cluster/${cluster}`,
          'ecs-cluster-name': cluster,
          'ecs-task-arn': `${arn}:task/${cluster}/${task}`,
          'ecs-task-id': task,
          'ecs-task-definition-arn': `${arn}:task-definition/web:${dice.below(50)}`,
          'ecs-container-id': hex(dice, 64),
          'ecs-second-container-id': dice.chance(0.5) ? hex(dice, 64) : undefined,
          'ecs-service-name': dice.pick(['checkout', 'search']),
        }),
        ...(index === 1 && {
          'ecs-container-instance-arn': `${arn}:container-instance/${cluster}/${host}`,
          'ecs-container-instance-id': host,
        }),
      }),
    }
  })
  const internet = Array.from(
    { length: 30 },
    () => `198.51.${dice.below(99)}.${1 + dice.below(250)}`,
  )
  const publicServices: Readonly<Record<string, string>> = {
    '52.216.8.1': 'S3',
    '52.94.4.9': 'DYNAMODB',
    '3.5.1.7': 'S3',
  }
  let clock = start

  return () => {
    clock += dice.below(8)
    const host = dice.pick(hosts)
    const times = { start: clock, end: clock + dice.below(60) }
    const own = { ...host.values, 'interface-id': host.name, ...times }
    if (profile === 'nodata' || dice.chance(0.03)) {
      const status = dice.chance(0.1) ? 'SKIPDATA' : 'NODATA'
      const quiet = Object.entries(own).filter(
        ([name]) => !/^(?:ecs|sub)/.test(name) || name === 'subnet-id',
      )
      return { ...Object.fromEntries(quiet), 'log-status': status }
    }
    const other = dice.pick(hosts)
    const isInside =
      other !== host && other.values['vpc-id'] === host.values['vpc-id'] && dice.chance(0.4)
    const isSix = profile === 'ipv6' || dice.chance(0.1)
    const isNat = host.type !== undefined
    const isEgress = dice.chance(0.5)
    const isRejected = profile === 'rejects' || dice.chance(0.15)
    // What is rejected is a question, not an answer.
    const isServer = isRejected ? !isEgress : dice.chance(0.5)
    const mine = isSix ? host.address6 : host.address
    const far =
      dice.chance(0.2) && !isSix ? dice.pick(Object.keys(publicServices)) : dice.pick(internet)
    const theirs = isInside
      ? isSix
        ? other.address6
        : other.address
      : isSix
        ? `2a02:cf40::${dice.below(99)}`
        : far
    // Behind a NAT gateway and in a pod the packet has another address than the interface.
    const inPacket = isSix
      ? mine
      : isNat && dice.chance(0.7)
        ? dice.pick(internet)
        : host.pod && dice.chance(0.5)
          ? host.pod
          : mine
    const service = publicServices[theirs]
    const protocol = dice.pick(
      profile === 'rejects' ? [6, 6, 6, 17, 1] : [6, 6, 6, 6, 17, 17, isSix ? 58 : 1],
    )
    const hasPorts = protocol === 6 || protocol === 17
    const [minePort, theirPort] = isServer
      ? [dice.pick(services), 32_768 + dice.below(28_000)]
      : [32_768 + dice.below(28_000), dice.pick(services)]
    const isAnswer = isServer === isEgress
    const flags = isRejected
      ? 2
      : isAnswer
        ? dice.pick([18, 19, 0, 1, 22])
        : dice.pick([2, 3, 0, 1, 6])
    const packets = isRejected ? 1 + dice.below(3) : 1 + Math.floor(-Math.log(1 - dice.next()) * 40)
    const sides = <Item>(here: Item, there: Item): readonly [Item, Item] =>
      isEgress ? [here, there] : [there, here]
    const [srcaddr, dstaddr] = sides(mine, theirs)
    const [srcport, dstport] = hasPorts ? sides(minePort, theirPort) : [0, 0]
    const [pktSource, pktDestination] = sides(inPacket, theirs)
    const [serviceSource, serviceDestination] = sides<string | undefined>(undefined, service)
    const isRegional = isNat && dice.chance(0.3)
    return defined({
      ...own,
      srcaddr,
      dstaddr,
      srcport,
      dstport,
      protocol,
      packets,
      bytes: packets * (40 + dice.below(isRejected ? 30 : 1460)),
      action: isRejected ? 'REJECT' : 'ACCEPT',
      'log-status': 'OK',
      'tcp-flags': protocol === 6 ? flags : 0,
      type: isSix ? 'IPv6' : 'IPv4',
      'pkt-srcaddr': pktSource,
      'pkt-dstaddr': pktDestination,
      'pkt-src-aws-service': serviceSource,
      'pkt-dst-aws-service': serviceDestination,
      'flow-direction': isEgress ? 'egress' : 'ingress',
      'traffic-path': isEgress ? (isInside ? 1 : dice.pick([7, 8, 8])) : undefined,
      'reject-reason': isRejected && dice.chance(0.2) ? dice.pick(['BPA', 'EC']) : undefined,
      'interface-id': isRegional ? undefined : host.name,
      'resource-id': isRegional ? `nat-0${host.name.slice(4, 20)}` : undefined,
      'encryption-status': dice.chance(0.9) ? dice.below(4) : undefined,
      ...(isInside && {
        'next-hop-interface-id': other.name,
        'next-hop-subnet-id': other.values['subnet-id'],
        'next-hop-az-id': other.values['az-id'],
        'next-hop-vpc-id': other.values['vpc-id'],
        'next-hop-interface-type': other.type,
      }),
    })
  }
}

function createTransit(dice: Random): () => Values {
  const gateway = `tgw-${hex(dice, 17)}`
  const sides = Array.from({ length: 4 }, (_, index) => ({
    attachment: `tgw-attach-${hex(dice, 17)}`,
    account: `4${String(dice.below(1e11)).padStart(11, '0')}`,
    vpc: `vpc-${hex(dice, 17)}`,
    subnet: `subnet-${hex(dice, 17)}`,
    eni: `eni-${hex(dice, 17)}`,
    zone: `use1-az${index + 1}`,
    prefix: `10.${index}.1`,
  }))
  let clock = start
  return () => {
    clock += dice.below(8)
    const from = dice.pick(sides)
    const to = dice.pick(sides.filter((side) => side !== from))
    const isGateway = dice.chance(0.2)
    const protocol = dice.pick([6, 6, 17, 1])
    const hasPorts = protocol !== 1
    const packets = 1 + Math.floor(-Math.log(1 - dice.next()) * 40)
    const lost = (): number => (dice.chance(0.1) ? dice.below(packets) : 0)
    const status = dice.chance(0.03) ? 'SKIPDATA' : 'OK'
    const place: Values = {
      'resource-type': isGateway ? 'TransitGateway' : 'TransitGatewayAttachment',
      'account-id': '123456789010',
      'tgw-id': gateway,
      'tgw-attachment-id': from.attachment,
      start: clock,
      end: clock + dice.below(60),
      'log-status': status,
      region: 'us-east-1',
    }
    if (status !== 'OK') return place
    return defined({
      ...place,
      'tgw-src-vpc-account-id': from.account,
      'tgw-dst-vpc-account-id': to.account,
      'tgw-src-vpc-id': from.vpc,
      'tgw-dst-vpc-id': to.vpc,
      'tgw-src-subnet-id': from.subnet,
      'tgw-dst-subnet-id': to.subnet,
      'tgw-src-eni': from.eni,
      'tgw-dst-eni': to.eni,
      'tgw-src-az-id': from.zone,
      'tgw-dst-az-id': to.zone,
      'tgw-pair-attachment-id': to.attachment,
      srcaddr: `${from.prefix}.${1 + dice.below(9)}`,
      dstaddr: `${to.prefix}.${1 + dice.below(9)}`,
      srcport: hasPorts ? 32_768 + dice.below(28_000) : 0,
      dstport: hasPorts ? dice.pick(services) : 0,
      protocol,
      packets,
      bytes: packets * (40 + dice.below(1460)),
      type: 'IPv4',
      'packets-lost-no-route': lost(),
      'packets-lost-blackhole': lost(),
      'packets-lost-mtu-exceeded': lost(),
      'packets-lost-ttl-expired': lost(),
      'tcp-flags': protocol === 6 ? dice.pick([0, 2, 3, 18, 19, 24]) : 0,
      'flow-direction': dice.pick(['ingress', 'egress']),
      'pkt-dst-aws-service': undefined,
    })
  }
}

function defined(values: Partial<Record<FieldName, string | number | undefined>>): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
