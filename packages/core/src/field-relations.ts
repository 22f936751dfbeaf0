/** What the documentation says of two fields of one record: pairs of columns that cannot be them. */
import { isIPv4 } from './address.ts'
import type { FieldName } from './fields.ts'
import type { InferenceRule } from './inference-rules.ts'
import type { LineColumn } from './line-columns.ts'
import { isPrivate } from './private-address.ts'

/** Something that holds in every record that has both fields. */
export interface FieldRelation {
  readonly rule: InferenceRule
  readonly left: FieldName
  readonly right: FieldName
  /** The index of a line that shows that these columns are not these fields. */
  readonly contradiction: (left: LineColumn, right: LineColumn) => number | undefined
}

/** The index of the first line that contradicts, by its two values; lines with a `-` say nothing. */
function byLine(
  holds: (left: string, right: string) => boolean,
): (left: LineColumn, right: LineColumn) => number | undefined {
  return (left, right) => {
    const index = left.values.findIndex((value, line) => {
      const other = right.values[line] as string
      return value !== '-' && other !== '-' && !holds(value, other)
    })
    return index === -1 ? undefined : index
  }
}

/** The first line in which the same left value has another right value than before. */
function isFunction(left: LineColumn, right: LineColumn): number | undefined {
  const known = new Map<string, string>()
  const index = left.values.findIndex((value, line) => {
    const other = right.values[line] as string
    if (value === '-' || other === '-') return false
    const before = known.get(value)
    if (before === undefined) known.set(value, other)
    return before !== undefined && before !== other
  })
  return index === -1 ? undefined : index
}

function isNotAbove(left: string, right: string): boolean {
  return left.length < right.length || (left.length === right.length && left <= right)
}

const isPublic = (address: string, _service: string): boolean => !isPrivate(address)
const isPortless = (protocol: string): boolean => protocol === '1' || protocol === '58'
const endsWith = (text: string, end: string): boolean =>
  text.endsWith(`/${end}`) || text.endsWith(`:${end}`)

function relation(
  rule: InferenceRule,
  left: FieldName,
  right: FieldName,
  contradiction: FieldRelation['contradiction'],
): FieldRelation {
  return { rule, left, right, contradiction }
}

function belongs(left: FieldName, ...rights: readonly FieldName[]): readonly FieldRelation[] {
  return rights.map((right) => relation('belongs', left, right, isFunction))
}

const portless = byLine((protocol, port) => !isPortless(protocol) || port === '0')

/** Absent together or present together. */
function together(left: LineColumn, right: LineColumn): number | undefined {
  const index = left.values.findIndex(
    (value, line) => (value === '-') !== (right.values[line] === '-'),
  )
  return index === -1 ? undefined : index
}

const tcpFlags = byLine((flags, protocol) => flags === '0' || protocol === '6')

/** Relations that need no more than the two columns. */
export const fieldRelations: readonly FieldRelation[] = [
  relation('counts', 'packets', 'bytes', byLine(isNotAbove)),
  relation('times', 'start', 'end', byLine(isNotAbove)),
  relation('no-ports', 'protocol', 'srcport', portless),
  relation('no-ports', 'protocol', 'dstport', portless),
  relation('flags', 'tcp-flags', 'protocol', tcpFlags),
  relation(
    'path',
    'traffic-path',
    'flow-direction',
    byLine((_, direction) => direction === 'egress'),
  ),
  relation(
    'reason',
    'reject-reason',
    'action',
    byLine((_, action) => action === 'REJECT'),
  ),
  relation('sublocation', 'sublocation-type', 'sublocation-id', together),
  relation('service', 'pkt-srcaddr', 'pkt-src-aws-service', byLine(isPublic)),
  relation('service', 'pkt-dstaddr', 'pkt-dst-aws-service', byLine(isPublic)),
  relation('arn', 'ecs-cluster-arn', 'ecs-cluster-name', byLine(endsWith)),
  relation('arn', 'ecs-container-instance-arn', 'ecs-container-instance-id', byLine(endsWith)),
  relation('arn', 'ecs-task-arn', 'ecs-task-id', byLine(endsWith)),
  ...belongs('interface-id', 'vpc-id', 'subnet-id', 'az-id', 'region'),
  ...belongs('subnet-id', 'vpc-id', 'az-id', 'region'),
  ...belongs('next-hop-interface-id', 'next-hop-subnet-id', 'next-hop-az-id', 'next-hop-vpc-id'),
  ...belongs('next-hop-interface-id', 'next-hop-interface-type'),
  ...belongs('next-hop-subnet-id', 'next-hop-az-id', 'next-hop-vpc-id'),
  ...belongs('tgw-attachment-id', 'tgw-id'),
  ...belongs('tgw-src-eni', 'tgw-src-subnet-id', 'tgw-src-az-id', 'tgw-src-vpc-id'),
  ...belongs('tgw-dst-eni', 'tgw-dst-subnet-id', 'tgw-dst-az-id', 'tgw-dst-vpc-id'),
  ...belongs('tgw-src-subnet-id', 'tgw-src-az-id', 'tgw-src-vpc-id'),
  ...belongs('tgw-dst-subnet-id', 'tgw-dst-az-id', 'tgw-dst-vpc-id'),
  ...belongs('tgw-src-vpc-id', 'tgw-src-vpc-account-id'),
  ...belongs('tgw-dst-vpc-id', 'tgw-dst-vpc-account-id'),
]

/** Fields that describe traffic, of which a NODATA or SKIPDATA record has none. */
const traffic: readonly FieldName[] = [
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'action',
  'tcp-flags',
  'type',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'pkt-src-aws-service',
  'pkt-dst-aws-service',
  'flow-direction',
  'traffic-path',
  'reject-reason',
  'next-hop-interface-id',
  'next-hop-subnet-id',
  'next-hop-az-id',
  'next-hop-vpc-id',
  'next-hop-interface-type',
]

/**
 * NODATA and SKIPDATA records have `-` for everything about traffic. Lines that carry an address all
 * the same, as test data of some tools, are left out.
 */
export function noDataRelations(hasAddress: readonly boolean[]): readonly FieldRelation[] {
  const contradiction: FieldRelation['contradiction'] = (status, column) => {
    const index = status.values.findIndex(
      (value, line) =>
        (value === 'NODATA' || value === 'SKIPDATA') &&
        !hasAddress[line] &&
        column.values[line] !== '-',
    )
    return index === -1 ? undefined : index
  }
  return traffic.map((field) => relation('no-data', 'log-status', field, contradiction))
}

/** Columns whose field is known, by the name of the field. */
export type KnownColumns = (field: FieldName) => LineColumn | undefined

/** Relations that need to know further columns. */
export function relationsGiven(known: KnownColumns, strict: boolean): readonly FieldRelation[] {
  const relations: FieldRelation[] = []
  const interfaces = known('interface-id')
  if (interfaces) {
    const isEgress = egressTest(known)
    const contradiction: FieldRelation['contradiction'] = (source, destination) =>
      ownAddressBroken(interfaces, source, destination, isEgress)
    relations.push(relation('own-address', 'srcaddr', 'dstaddr', contradiction))
  }
  const flags = known('tcp-flags')
  if (flags && !strict) {
    const contradiction: FieldRelation['contradiction'] = (source, destination) =>
      clientPortBroken(flags, source, destination)
    relations.push(relation('client-port', 'srcport', 'dstport', contradiction))
  }
  return relations
}

/** What the known columns say of a single other one: fields that it is not, by a line. */
export function strikesGiven(
  known: KnownColumns,
  column: LineColumn,
): readonly (readonly [field: FieldName, line: number])[] {
  const interfaces = known('interface-id')
  if (interfaces === undefined) return []
  const isEgress = egressTest(known)
  return (['srcaddr', 'dstaddr'] as const).flatMap((field) => {
    const isOwnSide = (line: number): boolean => isEgress(line) === (field === 'srcaddr')
    const line = manyAddressesAt(interfaces, column, isOwnSide)
    return line === undefined ? [] : [[field, line] as const]
  })
}

/** A line with another IPv4 address of the same interface than before. */
function manyAddressesAt(
  interfaces: LineColumn,
  column: LineColumn,
  isOwnSide: (line: number) => boolean,
): number | undefined {
  const known = new Map<string, string>()
  const index = column.values.findIndex((address, line) => {
    const name = interfaces.values[line] as string
    if (name === '-' || !isIPv4(address) || !isOwnSide(line)) return false
    const before = known.get(name)
    if (before === undefined) known.set(name, address)
    return before !== undefined && before !== address
  })
  return index === -1 ? undefined : index
}

/** Whether a line is egress, or undefined when it does not say. */
function egressTest(known: KnownColumns): (line: number) => boolean | undefined {
  const directions = known('flow-direction')
  const paths = known('traffic-path')
  return (line) => {
    const direction = directions?.values[line] ?? '-'
    if (direction !== '-') return direction === 'egress'
    return paths !== undefined && paths.values[line] !== '-' ? true : undefined
  }
}

/** A line in which no address of the interface is where it has to be. */
function ownAddressBroken(
  interfaces: LineColumn,
  source: LineColumn,
  destination: LineColumn,
  isEgress: (line: number) => boolean | undefined,
): number | undefined {
  const possible = new Map<string, readonly string[]>()
  for (const [line, name] of interfaces.values.entries()) {
    const from = source.values[line] as string
    const to = destination.values[line] as string
    if (name === '-' || !isIPv4(from) || !isIPv4(to)) continue
    const egress = isEgress(line)
    const here = egress === undefined ? [from, to] : [egress ? from : to]
    const before = possible.get(name)
    const left = before ? before.filter((address) => here.includes(address)) : here
    if (left.length === 0) return line
    possible.set(name, left)
  }
  return undefined
}

const servicePorts: ReadonlySet<string> = new Set(
  '20 21 22 23 25 53 80 88 110 123 135 139 143 389 443 445 465 587 636 993 995'.split(' '),
)
const minimumOpenings = 5
const manyServices = 3

/**
 * A line whose client would call from a service port, where enough do and none the other way round.
 * Old protocols call from ports below 1024, too; they do not show several services.
 */
function clientPortBroken(
  flags: LineColumn,
  source: LineColumn,
  destination: LineColumn,
): number | undefined {
  const broken: number[] = []
  const services = new Set<string>()
  let isOther = false
  for (const [line, value] of flags.values.entries()) {
    if (value !== '2') continue
    const from = source.values[line] as string
    const to = destination.values[line] as string
    if (Number(from) < 1024 === Number(to) < 1024) continue
    if (Number(to) < 1024) return undefined
    broken.push(line)
    if (servicePorts.has(from)) services.add(from)
    else isOther = true
  }
  const isConvincing = services.size >= (isOther ? manyServices : 1)
  return isConvincing && broken.length >= minimumOpenings ? broken[0] : undefined
}

/**
 * Pairs of columns that mostly hold the same address are both of the source or both of the
 * destination.
 */
export const sameSideRelations: readonly FieldRelation[] = (
  [
    ['srcaddr', 'dstaddr'],
    ['srcaddr', 'pkt-dstaddr'],
    ['pkt-srcaddr', 'dstaddr'],
    ['pkt-srcaddr', 'pkt-dstaddr'],
  ] as const
).map(([left, right]) => relation('same-side', left, right, mostlySame))

function mostlySame(left: LineColumn, right: LineColumn): number | undefined {
  let same = 0
  let both = 0
  let first: number | undefined
  for (const [line, value] of left.values.entries()) {
    if (value === '-' || right.values[line] === '-') continue
    both++
    if (value !== right.values[line]) continue
    same++
    first ??= line
  }
  return same * 2 > both ? first : undefined
}
