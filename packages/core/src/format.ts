/** Formats: the ordered fields of a flow log, from everything people have at hand to describe one. */
import { configurationError } from './configuration-error.ts'
import {
  type Field,
  type FieldKey,
  type FieldKind,
  type FlowRecord,
  fieldKey,
  fields,
  findField,
  type Underscored,
  type ValueOf,
} from './fields.ts'

/** One column of a format. A name AWS has not published is a text column under its own name. */
export interface Column {
  /** The name with dashes, as in a header line. */
  readonly name: string
  /** The record key, with underscores. */
  readonly key: string
  readonly kind: FieldKind
  readonly known: boolean
}

/** An ordered list of fields. `text` is its canonical form: names with dashes, single spaces. */
export interface Format {
  readonly text: string
  readonly columns: readonly Column[]
}

const documentationOrder: readonly Field[] = fields.filter((field) => field.family !== 'tgw')

/** Every field of VPC flow logs up to `version`, in documentation order. */
function upTo(version: number): string {
  return documentationOrder
    .filter((field) => field.version <= version)
    .map((field) => field.name)
    .join(' ')
}

/** AWS documents this order as the default, all 36 fields, of Transit Gateway flow logs. */
const tgw =
  'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service'

/**
 * Formats by name: `v2`…`v11` are all fields up to that version in documentation order (there is no
 * VPC v6; 6 is Transit Gateway), `v5-alphabetical` is the order the AWS console writes.
 */
export const presets: Readonly<Record<PresetName, string>> = {
  v2: upTo(2),
  v3: upTo(3),
  v4: upTo(4),
  v5: upTo(5),
  'v5-alphabetical': upTo(5).split(' ').sort().join(' '),
  v7: upTo(7),
  v8: upTo(8),
  v9: upTo(9),
  v10: upTo(10),
  v11: upTo(11),
  tgw,
}

/** The name of a preset. */
export type PresetName = keyof PresetFields

/** The fields of each preset, for types. */
interface PresetFields {
  v2: FieldsUpTo<2>
  v3: FieldsUpTo<2 | 3>
  v4: FieldsUpTo<2 | 3 | 4>
  v5: FieldsUpTo<2 | 3 | 4 | 5>
  'v5-alphabetical': FieldsUpTo<2 | 3 | 4 | 5>
  v7: FieldsUpTo<2 | 3 | 4 | 5 | 7>
  v8: FieldsUpTo<2 | 3 | 4 | 5 | 7 | 8>
  v9: FieldsUpTo<2 | 3 | 4 | 5 | 7 | 8 | 9>
  v10: FieldsUpTo<2 | 3 | 4 | 5 | 7 | 8 | 9 | 10>
  v11: FieldsUpTo<2 | 3 | 4 | 5 | 7 | 8 | 9 | 10 | 11>
  tgw: Extract<(typeof fields)[number], { family: 'tgw' | 'both' }>['name']
}
type FieldsUpTo<Versions extends number> = Extract<
  (typeof fields)[number],
  { version: Versions; family: 'vpc' | 'both' }
>['name']

/** `$${a-b}`, `${a-b}`, `a-b` or `a_b` → `a_b`. */
type TokenKey<Token extends string> = Token extends ''
  ? never
  : Token extends `$\${${infer Name}}` | `\${${infer Name}}`
    ? Underscored<Name>
    : Underscored<Token>

// Both recursions end in themselves, so that the compiler does not run out of depth at 54 fields.
type TokenKeys<
  Text extends string,
  Keys extends string = never,
> = Text extends `${infer Head} ${infer Tail}`
  ? TokenKeys<Tail, Keys | ListedKeys<Head>>
  : Keys | ListedKeys<Text>

type ListedKeys<
  Text extends string,
  Keys extends string = never,
> = Text extends `${infer Head},${infer Tail}`
  ? ListedKeys<Tail, Keys | TokenKey<Head>>
  : Keys | TokenKey<Text>

/** The record keys of a format given as a literal; any key when the format is only known at run time. */
export type FormatKeys<Text extends string> = string extends Text
  ? FieldKey
  : Text extends PresetName
    ? Underscored<PresetFields[Text]>
    : TokenKeys<Text>

/** The record that a format gives: exactly its keys, each with its value type. */
export type RecordOf<Text extends string> = string extends Text
  ? FlowRecord
  : { [Key in FormatKeys<Text>]: ValueOf<Key> }

/** A format as text (preset name, header line, AWS `LogFormat`) or already parsed. */
export type FormatInput = string | Format

/**
 * Reads a format: a preset name, a header line, or an AWS `LogFormat` such as `${version} ${vpc-id}`
 * (also `$${…}`, as Terraform escapes it), with dashes or underscores, spaces or commas.
 * Throws on an empty format, a malformed name, or a field that is named twice.
 */
export function parseFormat(input: FormatInput): Format {
  if (typeof input !== 'string') return input
  if (Object.hasOwn(presets, input.trim())) {
    return formatOf(presets[input.trim() as PresetName].split(' '))
  }
  // `\s` holds the byte order mark too.
  const names = input
    .split(/[\s,]+/)
    .filter((token) => token !== '')
    .map((token) => fieldName(token, input))
  if (names.length === 0) throw configurationError('a format needs at least one field')
  if (!names.some((name) => findField(name) !== undefined)) {
    throw configurationError(
      `"${input.trim()}" names no field that AWS has published, nor a preset (${Object.keys(presets).join(', ')})`,
    )
  }
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw configurationError(`the format names the field "${name}" twice`)
    seen.add(name)
  }
  return formatOf(names)
}

/** The format of a list of field names with dashes. */
export function formatOf(names: readonly string[]): Format {
  const columns = names.map((name): Column => {
    const field = findField(name)
    return { name, key: fieldKey(name), kind: field?.kind ?? 'text', known: field !== undefined }
  })
  return { text: names.join(' '), columns }
}

function fieldName(token: string, input: string): string {
  const name = /^\$?\$\{(.*)\}$/.exec(token)?.[1] ?? token
  if (!isFieldName(name)) {
    throw configurationError(`"${token}" is not a field name, in the format "${input.trim()}"`)
  }
  return name.replaceAll('_', '-')
}

/** Whether a token has the shape of a field name: lower-case words joined by dashes or underscores. */
function isFieldName(token: string): boolean {
  return /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/.test(token)
}

/**
 * The names of a header line, or undefined when the values are data. A header has at least two
 * tokens, all shaped like field names, none twice, and at least half of them published by AWS, so
 * that a file with next year's field is still understood.
 */
export function headerNames(values: readonly string[]): readonly string[] | undefined {
  if (values.length < 2 || !values.every(isFieldName)) return undefined
  const known = values.filter((value) => findField(value) !== undefined).length
  if (known < 2 || known * 2 < values.length) return undefined
  const names = values.map((value) => value.replaceAll('_', '-'))
  return new Set(names).size === names.length ? names : undefined
}
