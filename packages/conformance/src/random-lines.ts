/** Valid lines of any format, generated from the field table, and which of them are clean. */
import { isIPv4, isIPv6 } from 'node:net'
import type { Random } from './random.ts'

/** What is needed of a row of the field table. */
export interface FieldRow {
  readonly name: string
  readonly kind: string
}

/** Generates the values of one line of a format. */
export type LineGenerator = () => string[]

/** Field names that AWS has not published. */
export const unknownNames: readonly string[] = ['tenant-id', 'next-hop-region', 'x']

/** A format of any fields in any order, one of which is not text. */
export function randomFormat(fields: readonly FieldRow[], random: Random): readonly FieldRow[] {
  const rows = [...fields, ...unknownNames.map((name) => ({ name, kind: 'text' }))]
  // Without these a target can express few lines.
  const vital = rows.filter(({ name }) => /^(?:start|end|srcaddr|dstaddr)$/.test(name))
  const share = random.pick([0.1, 0.3, 0.6, 1])
  const chosen = random.some(
    rows.filter((row) => (vital.includes(row) ? random.chance(0.8) : random.chance(share))),
    1,
  )
  return chosen.some(({ kind }) => kind !== 'text') ? chosen : randomFormat(fields, random)
}

/** Builds the generator for the columns of a format; every line is one that a parser must accept. */
export function createLineGenerator(columns: readonly FieldRow[], random: Random): LineGenerator {
  const generators = columns.map(({ name, kind }) => valueGenerator(name, kind, random))
  const isQuiet = columns.map(({ kind }) => kind === 'text' || kind === 'seconds')
  const isFlow = columns.map(({ name }) => flowTexts.has(name))
  const statusAt = columns.findIndex(({ name }) => name === 'log-status')
  const places = (pattern: RegExp): number[] =>
    columns.flatMap(({ name }, index) => (pattern.test(name) ? [index] : []))
  const sources = places(/^(?:pkt-)?srcaddr$/)
  const destinations = places(/^(?:pkt-)?dstaddr$/)
  return () => {
    const values = generators.map((generate) => generate())
    const profile = random.next()
    if (profile < 0.1) {
      const keep = (index: number): boolean => isQuiet[index]! && !isFlow[index]
      for (const index of values.keys()) if (!keep(index)) values[index] = '-'
      if (statusAt !== -1) values[statusAt] = random.pick(['NODATA', 'NODATA', 'SKIPDATA'])
    } else if (profile < 0.2) {
      for (const index of values.keys()) if (random.chance(0.3)) values[index] = '-'
    } else {
      // Mostly the packet's address is the interface's, and both are of one IP version.
      for (const pair of [sources, destinations]) {
        if (pair.length > 1 && random.chance(0.6)) values[pair[0]!] = values[pair[1]!]!
      }
    }
    return values
  }
}

/** Texts that describe traffic, and are absent without it. */
const flowTexts: ReadonlySet<string> = new Set([
  'action',
  'type',
  'pkt-src-aws-service',
  'pkt-dst-aws-service',
  'flow-direction',
])

const limits: Readonly<Record<string, bigint>> = {
  uint8: 255n,
  uint16: 65_535n,
  int32: 2_147_483_647n,
  int64: 9_223_372_036_854_775_807n,
}

function valueGenerator(name: string, kind: string, random: Random): () => string {
  const { chance, pick, below } = random
  if (kind === 'address') return () => address(random)
  if (kind === 'seconds') {
    return () => (chance(0.01) ? pick(oddTimes) : String(1_400_000_000 + below(400_000_000)))
  }
  const limit = limits[kind]
  if (limit !== undefined) return () => integer(name, limit, random)
  const words = wordsOf[name]
  return () => (words && chance(0.97) ? pick(words) : chance(0.1) ? '-' : text(random))
}

const oddTimes = ['0', '17', '999999999', '14185300100', '1418530010000', '9223372036854775807']

function integer(name: string, limit: bigint, { chance, pick, below }: Random): string {
  const common = commonNumbers[name]
  if (common && chance(0.8)) return pick(common)
  if (limit <= 2_147_483_647n) return String(chance(0.1) ? limit : below(Number(limit) + 1))
  if (chance(0.98)) return String(below(10 ** (1 + below(15))))
  return pick(['9007199254740991', '9007199254740992', '9007199254740993', String(limit)])
}

const commonNumbers: Readonly<Record<string, readonly string[]>> = {
  version: ['2', '5', '7', '11'],
  protocol: ['6', '6', '6', '17', '1', '58', '0'],
  srcport: ['443', '80', '53', '0', '49152'],
  dstport: ['443', '22', '3389', '0', '65535'],
  'tcp-flags': ['0', '1', '2', '3', '4', '18', '19', '255'],
  'traffic-path': ['1', '2', '3', '4', '5', '6', '7', '8', '0', '9'],
  'encryption-status': ['0', '1', '2', '3'],
}

const wordsOf: Readonly<Record<string, readonly string[]>> = {
  action: ['ACCEPT', 'ACCEPT', 'ACCEPT', 'REJECT', 'ACCEPTED', 'REJ', 'accept'],
  'log-status': ['OK', 'OK', 'OK', 'OK', 'OK', 'OKAY', 'O', 'nodata', 'SKIPDATA'],
  'flow-direction': ['ingress', 'egress', 'ingress', 'egress', 'inbound', 'Ingress'],
  type: ['IPv4', 'IPv6', 'EFA', 'ipv4'],
  'account-id': ['123456789010', '210987654321', 'unknown', '-'],
  region: ['us-east-1', 'eu-west-1'],
  'reject-reason': ['BPA', 'EC', '-', '-'],
  'instance-tag': ['web', 'web%20front', '%E2%82%AC', '100%25', '-'],
  'interface-tag': ['a%3Db', '-'],
  'sublocation-type': ['-', 'wavelength', 'outpost', 'localzone'],
}

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFXYZ-_./:%+=@~!$&()*,;<>?[]^`{|}'"

function text({ pick, below, chance }: Random): string {
  if (chance(0.02)) return pick(['::1', '0:0:0:0:0:0:0:1', '10.0.0.1', '443', '2001:DB8::1'])
  if (chance(0.01))
    return pick(['a"b', 'a\\b', '\u00e9', '\u{1F600}', '\u2028', '\u0001', '\u007f'])
  let value = pick(['eni-', 'i-', 'vpc-', 'arn:aws:ecs:', 'x', 'S3', '%'])
  for (let length = below(18); length > 0; length--) value += alphabet[below(alphabet.length)]
  return value
}

function address({ pick, below, chance }: Random): string {
  if (chance(0.7)) {
    const hosts = () => (chance(0.3) ? pick([0, 1, 255]) : below(256))
    return chance(0.4) ? `10.0.0.${below(8)}` : `${below(256)}.${hosts()}.${hosts()}.${hosts()}`
  }
  return chance(0.6)
    ? pick(sixes)
    : Array.from({ length: 8 }, () => below(65_536).toString(16)).join(':')
}

/** Several spellings each of a few addresses, and every place of the gap. */
const sixes = [
  '2001:db8::1',
  '2001:DB8::1',
  '2001:db8:0:0:0:0:0:1',
  '2001:0db8::0001',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '1::',
  '::2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '1:2:3:4:5:6:7:8',
  'fe80::a:b:c:d',
  '::ffff:10.0.0.1',
  '::ffff:a00:1',
  '64:ff9b::192.0.2.33',
]

/**
 * Whether an engine must take the line without help: what the scanner promises, said a second time
 * and in other words. What a mapping cannot express of a clean line is another matter.
 */
export function isClean(columns: readonly FieldRow[], values: readonly string[]): boolean {
  if (values.length !== columns.length || /^[#C]/.test(values[0] ?? '')) return false
  return values.every((value, index) => value === '-' || isCleanValue(columns[index]!.kind, value))
}

function isCleanValue(kind: string, value: string): boolean {
  if (kind === 'text') return /^[!#-[\]-~]+$/.test(value)
  if (kind === 'address') return isIPv4(value) || (isIPv6(value) && !/[.%]/.test(value))
  if (kind === 'seconds') return /^[1-9][0-9]{9}$/.test(value)
  return /^(?:0|[1-9][0-9]{0,14})$/.test(value) && BigInt(value) <= limits[kind]!
}
