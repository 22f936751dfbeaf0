/** Damages lines: as networks, disks, people and attackers do. */
import type { Random } from './random.ts'

const nastyTokens = [
  '-5 +5 07 00 0 1e3 0x1f 1.0 .5 -- - # #x C CWL " \\ a"b \\" \\u0041 \' ~ %00',
  '255 256 65535 65536 2147483647 2147483648 999999999999999 1000000000000000',
  '9007199254740991 9007199254740993 9223372036854775807 9223372036854775808',
  '99999999999999999999 0999999999 999999999 1418530010 1418530010000 14185300100 9999999999',
  '10.1.:4 10.0.0 10.0.0.01 10.0.0.256 256.1.1.1 1.2.3.4.5 1.2.3. .1.2.3 1..2.3 01.2.3.4 1.2.3.4:',
  '::ffff:1.2.3.4 ::1.2.3.4 1.2.3.4:: fe80::1%eth0 1::2::3 ::: :: ::1 1:: : 1: :1 ::1: 12345::',
  '1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3:4:5:6:7:8:: 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7 g::1 [::1]',
  'ACCEPT ACCEPTED ACCEP REJECT OK OKAY O NODATA nodata SKIPDATA skipData IPv4 IPv6 ingress egress',
  'constructor __proto__ toString hasOwnProperty log-status srcaddr',
]
  .join(' ')
  .split(' ')
const nastyBytes = [
  ...['"', '\\', '\t', '\r', '\0', '\u001f', '\u007f', '\u00e9', '\u20ac', '\u{1F600}', '\u2028'],
  ...['\u0130', '\u212a', '  ', ' ', '#', ' # ', '-', '\ufeff', '\n', '\r\n'],
].map((text) => Buffer.from(text))
const malformed = ['ff', 'c0af', 'e282', 'eda080', 'f4908080', '80'].map((hex) =>
  Buffer.from(hex, 'hex'),
)
const strangeLines = [
  '',
  ' ',
  '\t',
  '\r',
  '#',
  '# comment',
  'CWL CONTROL MESSAGE: checking the health of the destination',
  'srcaddr dstaddr start end bytes',
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
  'start end srcaddr dstaddr action tenant_id',
  'account-id action',
  'srcaddr',
  '\ufeff',
  '{"message":"2 1 eni"}',
]

/** A damaged copy of a line; it may hold line feeds. */
export function mutate(line: Uint8Array, random: Random): Uint8Array {
  const { below, pick, chance } = random
  const bytes = Buffer.from(line)
  const splice = (at: number, removed: number, added: Uint8Array): Buffer =>
    Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])
  const anywhere = below(bytes.length + 1)
  switch (below(10)) {
    case 0:
      return bytes.subarray(0, anywhere)
    case 1:
      return splice(anywhere, 0, pick(nastyBytes))
    case 2:
      return splice(anywhere, 1 + below(3), pick([...nastyBytes, ...malformed]))
    case 3: {
      if (bytes.length > 0) bytes[below(bytes.length)]! ^= 1 << below(8)
      return bytes
    }
    case 4:
      return splice(pick([0, bytes.length]), 0, pick([...nastyBytes, Buffer.from(' x')]))
    case 5:
      return chance(0.5) ? Buffer.from(pick(strangeLines)) : splice(anywhere, below(20), bytes)
    default:
      return Buffer.from(mutateTokens(bytes.toString().split(' '), random).join(' '))
  }
}

function mutateTokens(tokens: string[], { below, pick, chance }: Random): string[] {
  const at = below(tokens.length)
  const nasty = pick(nastyTokens)
  switch (below(6)) {
    case 0:
      return tokens.toSpliced(at, 1)
    case 1:
      return tokens.toSpliced(at, 0, nasty)
    case 2:
      return [...tokens, ...(chance(0.5) ? [nasty] : ['#', nasty])]
    case 3:
      return tokens.with(at, tokens[below(tokens.length)]!)
    default:
      return tokens.with(at, nasty)
  }
}
