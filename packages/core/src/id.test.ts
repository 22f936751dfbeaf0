/** Definition 1 of the id is frozen. If one of these changes, ids of stored events change. */
import { describe, expect, test } from 'vitest'
import { id } from './combinators.ts'
import { type FormatInput, parseFormat } from './format.ts'
import { createIdentify } from './id.ts'
import { createMapping } from './mapping.ts'
import type { Origin } from './origin.ts'
import { createTransform } from './transform.ts'

const ssh =
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
const sshId = 'b145101b855f52789957cecab7fd3533'
const tgw =
  '6 TransitGatewayAttachment 210987654321 tgw-0123456789abcdef0 tgw-attach-0123456789abcdef0 111122223333 444455556666 vpc-0aaaaaaaaaaaaaaaa vpc-0bbbbbbbbbbbbbbbb subnet-0aaaaaaaaaaaaaaaa subnet-0bbbbbbbbbbbbbbbb eni-0aaaaaaaaaaaaaaaa eni-0bbbbbbbbbbbbbbbb euw1-az1 euw1-az2 tgw-attach-0fedcba9876543210 10.1.0.5 10.2.0.9 49152 443 6 120 65536 1763700000 1763700059 OK IPv4 1 2 3 4 2 eu-west-1 egress EC2 S3'
const key = Uint8Array.from({ length: 16 }, (_, index) => index)

const short = '172.31.16.139 172.31.16.21 4249'
const shortFormat = 'srcaddr dstaddr bytes'
const eventId = '36411560218903127104932612836321478153846721354089070592'
const event = {
  account: '123456789010',
  region: 'us-east-1',
  logGroup: '/vpc/flow-logs',
  logStream: 'eni-1235b8ca123456789-all',
  eventId,
}

function identify(format: FormatInput, line: string, origin: Origin = {}, idKey?: Uint8Array) {
  return createIdentify(parseFormat(format), idKey)(line, origin)
}

describe('the id of a line whose format tells flows apart', () => {
  test('is the hash of the line', () => {
    expect(identify('v2', ssh)).toBe(sshId)
  })

  test('does not depend on the origin', () => {
    expect(identify('v2', ssh, { ...event, line: 7 })).toBe(sshId)
  })

  test('depends on the key', () => {
    expect(identify('v2', ssh, {}, key)).toBe('e5c935d093bc7fef43073c08c2e7fc7d')
    expect(identify('v2', ssh, {}, new Uint8Array(16))).toBe(sshId)
  })

  test('exists for NODATA', () => {
    const line = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA'
    expect(identify('v2', line)).toBe('8592659a7d475061b6e92a9cbc95743b')
  })

  test('takes the attachment of a Transit Gateway for the interface', () => {
    const origin = { key: 'other' }
    expect(identify('tgw', tgw)).toBe('5eb453aad7538f4b3de6be68ab4bbc48')
    expect(identify('tgw', tgw, origin)).toBe('5eb453aad7538f4b3de6be68ab4bbc48')
  })

  test('is over UTF-8', () => {
    const line = ssh.replace('eni-1235b8ca123456789', 'eni-é€😀')
    expect(identify('v2', line)).toBe('abb7639c70ee46e9727787a2135da337')
  })
})

describe('the id of a line whose format does not tell flows apart', () => {
  test('has the CloudWatch Logs event in it', () => {
    expect(identify(shortFormat, short, event)).toBe('99ed77f51d3bcf855bad0de6e4e103a3')
    expect(identify(shortFormat, short, event, key)).toBe('0215d38bf10b51c1e243d5c9cf66bf87')
  })

  test('takes only what names the event, when there is one', () => {
    const origin = { ...event, bucket: 'b', key: 'k', requestId: 'r', record: 1, line: 2 }
    expect(identify(shortFormat, short, origin)).toBe('99ed77f51d3bcf855bad0de6e4e103a3')
    expect(identify(shortFormat, short, { eventId })).toBe('29890faa0190d353d60728a474ce1677')
  })

  test('has its place in an S3 object in it', () => {
    const origin = {
      account: '123456789010',
      region: 'us-east-1',
      bucket: 'flow-logs-bucket',
      key: 'AWSLogs/123456789010/vpcflowlogs/us-east-1/2014/12/14/a.log.gz',
      line: 7,
    }
    expect(identify(shortFormat, short, origin)).toBe('d49e1d9ac3ff3bd61c0c2801d13fcca5')
  })

  test('has its place in a Firehose request in it', () => {
    const origin = { requestId: 'req-1', record: 0, line: 1 }
    expect(identify(shortFormat, short, origin)).toBe('2a3c441567d399440e7eec9e7abb4472')
  })

  test('does not depend on the time of the transport', () => {
    const origin = { requestId: 'req-1', record: 0, line: 1, timestamp: 1763700000000 }
    expect(identify(shortFormat, short, origin)).toBe('2a3c441567d399440e7eec9e7abb4472')
  })

  test('has empty parts where nothing is known', () => {
    expect(identify(shortFormat, short)).toBe('dc30c8c86a21760255acb85b545b61c5')
  })
})

describe('a format tells flows apart with interface, 5-tuple and times', () => {
  const names = [
    'interface-id',
    'srcaddr',
    'dstaddr',
    'srcport',
    'dstport',
    'protocol',
    'start',
    'end',
  ]
  const values =
    'eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 1418530010 1418530070'.split(' ')

  test('and nothing else', () => {
    expect(identify(names.join(' '), values.join(' '), { line: 7 })).toBe(
      'ec9ba87327bb347b98f10235467bf016',
    )
  })

  test.each([
    ['interface-id', 'd6f9f251c149004bc0fe95a852666aaf'],
    ['srcaddr', '260fd63ca4f6b3a3d9ad75521b97a2b7'],
    ['dstaddr', '2f667a15dd3c416a3980638d542e95f2'],
    ['srcport', '414d97c0f6be9d843a1a9afbe9a8d200'],
    ['dstport', '7f46c57e334e68ec092440307e2a8519'],
    ['protocol', '4fec936dea89b57340823ee3d838aad7'],
    ['start', '35cd96c859ea5456a414cd6b140c08d4'],
    ['end', '0609575caa04c8f7d8c144d0cb4d3488'],
  ])('not without %s', (missing, expected) => {
    const left = values.filter((_, index) => names[index] !== missing).join(' ')
    const format = names.filter((name) => name !== missing).join(' ')
    expect(identify(format, left)).toBe(expected)
  })
})

describe('the id is of the values, not of how they were spaced', () => {
  const transform = createTransform({
    mapping: createMapping({ name: 'ids', template: { uid: id } }),
  })
  test.each([
    ['clean', ssh],
    ['with tabs and runs of spaces', `  ${ssh.replaceAll(' ', ' \t ')}  `],
    ['with CRLF', `${ssh}\r\n`],
    ['with a byte order mark', `\uFEFF${ssh}`],
    ['with a comment', `${ssh} # note`],
  ])('%s', (_, line) => {
    expect(new TextDecoder().decode(transform(line).output)).toBe(`{"uid":"${sshId}"}\n`)
  })
})

describe('a long line', () => {
  test('is hashed whole', () => {
    const identify = createIdentify(parseFormat('account-id bytes'))
    expect(identify(`${'x'.repeat(5000)} 1`, {})).toBe('c06a5d014e8be04a33f9f94e091af257')
    expect(identify(`${'€'.repeat(5000)} 1`, {})).toBe('2a730950863cd902d43395a9a7992378')
  })
})

describe('an id key', () => {
  test.each([0, 15, 17, 32])('cannot have %i bytes', (length) => {
    expect(() => identify('v2', ssh, {}, new Uint8Array(length))).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: `an id key has 16 bytes, not ${length}`,
      }),
    )
  })
})
