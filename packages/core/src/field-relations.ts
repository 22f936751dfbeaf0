/** What the documentation says of two fields of one record: pairs of columns that cannot be them. */
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

/** A relation, written short. */
export function relation(
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
