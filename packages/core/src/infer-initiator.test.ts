import { expect, test } from 'vitest'
import { inferInitiator } from './infer-initiator.ts'
import { createParser } from './parser.ts'

const tcp = { protocol: 6, srcaddr: '10.0.0.1', dstaddr: '10.0.0.2' }
const { parse } = createParser(
  'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
)

test.each([
  [
    'the client of the sequence in the documentation',
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK',
    'source',
    'syn',
  ],
  [
    'its server',
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 632 12 1566848875 1566848933 ACCEPT 18 OK',
    'destination',
    'syn-ack',
  ],
  [
    'a later interval, between two high ports',
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 63388 1219 1566848933 1566849113 ACCEPT 1 OK',
    'unknown',
    'no-evidence',
  ],
  [
    'NODATA',
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 - - - - - - - - - - 1566848875 1566848933 - - NODATA',
    'unknown',
    'no-traffic',
  ],
])('%s', (_, line, initiator, rule) => {
  expect(inferInitiator(parse(line) as typeof tcp)).toStrictEqual({ initiator, rule })
})

test.each([
  ['SYN and FIN in one interval', { ...tcp, tcp_flags: 3 }, 'source', 'syn'],
  ['SYN-ACK and FIN', { ...tcp, tcp_flags: 19 }, 'destination', 'syn-ack'],
  ['a client of HTTPS', { ...tcp, srcport: 50_000, dstport: 443 }, 'source', 'service-port'],
  ['an answer of HTTPS', { ...tcp, srcport: 443, dstport: 50_000 }, 'destination', 'service-port'],
  ['a database', { ...tcp, srcport: 50_000, dstport: 5432 }, 'source', 'registered-port'],
  ['a low port and NFS', { ...tcp, srcport: 800, dstport: 2049 }, 'unknown', 'no-evidence'],
  ['both low', { ...tcp, protocol: 17, srcport: 123, dstport: 123 }, 'unknown', 'no-evidence'],
  ['both high', { ...tcp, srcport: 50_000, dstport: 50_001 }, 'unknown', 'no-evidence'],
  ['ICMP', { ...tcp, protocol: 1, srcport: 0, dstport: 0 }, 'unknown', 'no-ports'],
  ['no ports in the format', tcp, 'unknown', 'no-evidence'],
  [
    'flags of a transit gateway are weaker',
    { ...tcp, tgw_id: 'tgw-1', tcp_flags: 18, srcport: 50_000, dstport: 443 },
    'source',
    'service-port',
  ],
] as const)('%s', (_, record, initiator, rule) => {
  expect(inferInitiator(record)).toStrictEqual({ initiator, rule })
})

test('the other direction tells where it began clearly earlier', () => {
  const record = { ...tcp, srcport: 50_000, dstport: 50_001, start: 1_000_000_000 }
  const earlier = (start: number) => inferInitiator(record, { reverse: { start } })
  expect([1_000_000_061, 999_999_939, 1_000_000_060].map(earlier)).toStrictEqual([
    { initiator: 'source', rule: 'earlier' },
    { initiator: 'destination', rule: 'earlier' },
    { initiator: 'unknown', rule: 'no-evidence' },
  ])
})

test('what was rejected without an answer was tried by its source', () => {
  const record = { ...tcp, srcport: 50_000, dstport: 50_001, action: 'REJECT' }
  expect(inferInitiator(record, { reverse: 'none' })).toStrictEqual({
    initiator: 'source',
    rule: 'rejected-alone',
  })
  expect(inferInitiator(record)).toStrictEqual({ initiator: 'unknown', rule: 'no-evidence' })
})
