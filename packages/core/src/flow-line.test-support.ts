/** Generated formats and lines, derived from the field table. */
import fc from 'fast-check'
import { type Field, type FieldKind, fields, findField, integerLimits } from './fields.ts'

/** A line of a format, as its columns: a name and a value each. */
export type Columns = readonly (readonly [name: string, value: string])[]

/** A format, and valid lines of it as their values. */
export interface FlowLines {
  readonly names: readonly string[]
  readonly lines: readonly (readonly string[])[]
}

const rows: readonly Field[] = fields
const unknownNames = ['tenant-id', 'next-hop-region', 'x']

/** Any fields in any order, now and then with some that AWS has not published. */
const someNames: fc.Arbitrary<readonly string[]> = fc
  .shuffledSubarray([...rows.map((field) => field.name), ...unknownNames], { minLength: 1 })
  .filter((names) => names.some((name) => findField(name) !== undefined))

/** Text as AWS could write it: no blank, not `-`, and no `#` in front, which begins a comment. */
const anyText = fc.stringMatching(/^[!"$-,.-~][!-~é€\u{1F600}]{0,12}$/u)
const words = fc.constantFrom('ACCEPT', 'REJECT', 'OK', 'NODATA', 'SKIPDATA', 'eni-1235b8ca', 'S3')

function integer(limit: bigint): fc.Arbitrary<string> {
  const edges = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, limit].filter((edge) => edge <= limit)
  return fc.oneof(fc.bigInt(0n, limit), fc.constantFrom(...edges)).map(String)
}

const valuesOf: Readonly<Record<FieldKind, fc.Arbitrary<string>>> = {
  text: fc.oneof(anyText, words),
  address: fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((text) => text.length <= 40),
  ),
  uint8: integer(integerLimits.uint8),
  uint16: integer(integerLimits.uint16),
  int32: integer(integerLimits.int32),
  int64: integer(integerLimits.int64),
  seconds: fc.oneof(
    fc.integer({ min: 1_400_000_000, max: 1_800_000_000 }).map(String),
    integer(integerLimits.seconds),
  ),
}

/** Valid values of a format: complete, with some absent, or with only text and times, as NODATA. */
function valuesFor(names: readonly string[]): fc.Arbitrary<readonly string[]> {
  const kinds = names.map((name) => findField(name)?.kind ?? 'text')
  const complete = kinds.map((kind) => valuesOf[kind])
  const dash = fc.constant('-')
  return fc.oneof(
    fc.tuple(...complete),
    fc.tuple(...complete.map((value) => fc.oneof(value, dash))),
    fc.tuple(...complete.map((value, at) => (isQuiet(kinds[at]) ? value : dash))),
  )
}

function isQuiet(kind: FieldKind | undefined): boolean {
  return kind === 'text' || kind === 'seconds'
}

/** A format, and valid lines of it. */
export const flowLines: fc.Arbitrary<FlowLines> = someNames.chain((names) =>
  fc.record({
    names: fc.constant(names),
    lines: fc.array(valuesFor(names), { minLength: 1, maxLength: 8 }),
  }),
)

/** A valid line, and the same columns in another order. */
export const permutedLine: fc.Arbitrary<readonly [Columns, Columns]> = someNames
  .chain((names) =>
    valuesFor(names).map((values) => names.map((name, at) => [name, values[at] ?? '-'] as const)),
  )
  .chain((columns) =>
    fc.tuple(fc.constant(columns), fc.shuffledSubarray(columns, { minLength: columns.length })),
  )

/** What is not a line of the format `srcaddr bytes`, for a known reason. */
export const badPair: fc.Arbitrary<readonly [code: string, line: string]> = fc.oneof(
  valuesOf.address.map((address) => ['too_few_values', address] as const),
  valuesOf.int32.map((bytes) => ['too_many_values', `10.0.0.1 ${bytes} x`] as const),
  fc
    .constantFrom(
      'x',
      '-1',
      '+1',
      '01',
      '1.0',
      '1e3',
      '0x1',
      '9223372036854775808',
      '99999999999999999999',
    )
    .map((bytes) => ['bad_integer', `10.0.0.1 ${bytes}`] as const),
  fc
    .constantFrom('x', '10.0.0', '10.0.0.256', '10.0.0.01', 'fe80::1%eth0', ':::', '1::2::3')
    .map((address) => ['bad_address', `${address} 1`] as const),
)

const snippets = fc.constantFrom(
  'srcaddr bytes',
  'version account-id',
  '10.0.0.1 1',
  '10.0.0.1 9223372036854775807',
  'CWL CONTROL MESSAGE: x',
  '# comment',
  '\uFEFF',
  ' ',
  '\t',
  '\r',
  '\r\n',
  '\n',
  '-',
  '\0',
  '\uD800',
  '€',
  '😀',
)

/** Anything at all, not unlike flow logs. */
export const anyInput: fc.Arbitrary<string> = fc
  .array(fc.oneof(snippets, snippets, fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''))
