/** The names under which tools other than AWS write the fields of flow logs. */
import { type Field, type FieldName, fields } from '@flowlogs/core'

/** A field found by the name of a member or column. */
export interface KnownName {
  readonly field: Field
  /** 0 is AWS's own name, 1 the same in another case, and aliases come after that. */
  readonly rank: number
  /** Whether records that are no flow logs use the name as well. */
  readonly isCommon: boolean
  /** The alias only holds in a record that has this one, too. */
  readonly beside: string | undefined
}

interface Alias {
  readonly alias: string
  readonly field: FieldName
  readonly isCommon?: true
  readonly beside?: string
}

/** Names as they were seen, in lower case and without separators. */
const aliases: readonly Alias[] = [
  { alias: 'account', field: 'account-id', isCommon: true },
  { alias: 'eni', field: 'interface-id' },
  { alias: 'sourceaddress', field: 'srcaddr' },
  { alias: 'source', field: 'srcaddr', isCommon: true, beside: 'destination' },
  { alias: 'destinationaddress', field: 'dstaddr' },
  { alias: 'destination', field: 'dstaddr', isCommon: true, beside: 'source' },
  { alias: 'sourceport', field: 'srcport' },
  { alias: 'destinationport', field: 'dstport' },
  { alias: 'destport', field: 'dstport' },
  { alias: 'numpackets', field: 'packets' },
  { alias: 'numbytes', field: 'bytes' },
  { alias: 'starttime', field: 'start' },
  { alias: 'windowstart', field: 'start' },
  { alias: 'endtime', field: 'end' },
  { alias: 'windowend', field: 'end' },
  { alias: 'logsstatus', field: 'log-status' },
  { alias: 'flowlogstatus', field: 'log-status' },
  { alias: 'status', field: 'log-status', isCommon: true },
  { alias: 'pktsrcservice', field: 'pkt-src-aws-service' },
  { alias: 'pktdstservice', field: 'pkt-dst-aws-service' },
]

const rows: readonly Field[] = fields
const rowOf: ReadonlyMap<string, Field> = new Map(rows.map((field) => [field.name, field]))

const byName: ReadonlyMap<string, KnownName> = new Map([
  ...aliases.map(({ alias, field, isCommon = false, beside }, index): [string, KnownName] => [
    alias,
    { field: rowOf.get(field) as Field, rank: 2 + index, isCommon, beside },
  ]),
  ...rows.map((field): [string, KnownName] => [
    plainName(field.name),
    { field, rank: 1, isCommon: false, beside: undefined },
  ]),
])

/** The field that a name means: AWS's own with dashes or underscores, in camelCase, or an alias. */
export function findKnownName(name: string): KnownName | undefined {
  const known = byName.get(plainName(name))
  return known?.field.name === name.replaceAll('_', '-') ? { ...known, rank: 0 } : known
}

/** A name in lower case and without the separators between its words. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/(?<=[a-z0-9])[-_. ]+(?=[a-z0-9])/g, '')
}
