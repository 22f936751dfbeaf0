/** What columns that are known already say of others. */
import { isIPv4 } from './address.ts'
import { type FieldRelation, relation } from './field-relations.ts'
import type { FieldName } from './fields.ts'
import type { LineColumn } from './line-columns.ts'

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
