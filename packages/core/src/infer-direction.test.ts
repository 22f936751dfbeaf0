import { expect, test } from 'vitest'
import { inferDirection } from './infer-direction.ts'
import { createParser } from './parser.ts'

const own = ['10.0.0.0/8', '2001:db8:1234::/48']

test.each([
  [
    'what AWS wrote comes first',
    { flow_direction: 'ingress', traffic_path: 8 },
    'ingress',
    'flow-direction',
  ],
  [
    'a path is there for egress only',
    { traffic_path: 1, srcaddr: '8.8.8.8' },
    'egress',
    'traffic-path',
  ],
  ['own to foreign', { srcaddr: '10.1.2.3', dstaddr: '203.0.113.9' }, 'egress', 'own-addresses'],
  ['foreign to own', { srcaddr: '203.0.113.9', dstaddr: '10.1.2.3' }, 'ingress', 'own-addresses'],
  ['own to own', { srcaddr: '10.1.2.3', dstaddr: '10.9.2.3' }, 'internal', 'own-addresses'],
  [
    'foreign to foreign',
    { srcaddr: '192.168.1.1', dstaddr: '203.0.113.9' },
    'transit',
    'own-addresses',
  ],
  [
    'IPv6 of a VPC is global',
    { srcaddr: '2001:db8:1234:a100::17', dstaddr: '2a02:cf40::' },
    'egress',
    'own-addresses',
  ],
  [
    'behind a NAT gateway the packet tells the ends',
    {
      srcaddr: '10.0.1.5',
      dstaddr: '10.0.0.220',
      pkt_srcaddr: '10.0.1.5',
      pkt_dstaddr: '203.0.113.5',
    },
    'egress',
    'own-addresses',
  ],
  ['NODATA has no direction', { start: 1, log_status: 'NODATA' }, 'unknown', 'no-traffic'],
  ['one end is not enough', { srcaddr: '10.0.1.5' }, 'unknown', 'no-evidence'],
] as const)('own networks: %s', (_, record, direction, rule) => {
  expect(inferDirection(record, { own })).toStrictEqual({ direction, rule })
})

test.each([
  [
    'private to public',
    { srcaddr: '172.31.16.139', dstaddr: '203.0.113.12' },
    'egress',
    'private-addresses',
  ],
  [
    'public to private',
    { srcaddr: '203.0.113.12', dstaddr: '100.64.0.1' },
    'ingress',
    'private-addresses',
  ],
  ['private to private', { srcaddr: '10.0.0.1', dstaddr: '192.168.0.1' }, 'unknown', 'no-evidence'],
  [
    'public to public',
    { srcaddr: '2001:db8::1', dstaddr: '2001:db8::2' },
    'unknown',
    'no-evidence',
  ],
  [
    'an AWS service is outside',
    { srcaddr: '2001:db8::1', dstaddr: '2600::1', pkt_dst_aws_service: 'S3' },
    'egress',
    'aws-service',
  ],
  [
    'an AWS service answers',
    { srcaddr: '2600::1', dstaddr: '2001:db8::1', pkt_src_aws_service: 'S3' },
    'ingress',
    'aws-service',
  ],
] as const)('nothing configured: %s', (_, record, direction, rule) => {
  expect(inferDirection(record)).toStrictEqual({ direction, rule })
})

test('records of a parser', () => {
  const { parse } = createParser('v2')
  const line =
    '2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK'
  expect(inferDirection(parse(line) as { srcaddr: string })).toStrictEqual({
    direction: 'ingress',
    rule: 'private-addresses',
  })
})

test('what is no network throws', () => {
  expect(() => inferDirection({}, { own: ['10.0.0.0/33'] })).toThrow('is not a network')
})
