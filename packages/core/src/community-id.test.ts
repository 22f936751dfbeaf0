import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { communityId } from './combinators.ts'
import { toCommunityId } from './community-id.ts'
import { createMapping } from './mapping.ts'
import { sha1 } from './sha1.ts'
import { createTransform } from './transform.ts'

describe('Community ID v1', () => {
  // The specification's baseline vectors, seed 0:
  // https://github.com/corelight/community-id-spec/blob/master/baseline/baseline_deflt.json
  test.each([
    ['128.232.110.120', '66.35.250.204', 6, 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['192.168.1.52', '8.8.8.8', 17, 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['192.168.170.8', '192.168.170.56', 132, 7, 80, '1:jQgCxbku+pNGw8WPbEc/TS/uTpQ='],
  ])('of %s and %s over %i', (from, to, protocol, fromPort, toPort, expected) => {
    expect(toCommunityId(from, to, protocol, fromPort, toPort)).toBe(expected)
    expect(toCommunityId(to, from, protocol, toPort, fromPort)).toBe(expected)
  })

  test('cannot be computed from a flow log', () => {
    expect(toCommunityId('10.0.0.1', '10.0.0.2', 1, 0, 0)).toBeUndefined()
    expect(toCommunityId('2001:db8::1', '2001:db8::2', 58, 0, 0)).toBeUndefined()
    expect(toCommunityId('10.0.0.1', '2001:db8::2', 6, 1, 2)).toBeUndefined()
    expect(toCommunityId('10.0.0.1', '10.0.0.2', 6, undefined, 2)).toBeUndefined()
  })

  test('is the same in both lanes and both directions, whatever the interface', () => {
    const mapping = createMapping({
      name: 'community',
      template: { id: communityId(['pkt_srcaddr', 'srcaddr'], ['pkt_dstaddr', 'dstaddr']) },
    })
    const format = 'srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport protocol'
    const input = [
      '128.232.110.120 10.0.0.1 128.232.110.120 66.35.250.204 34855 80 6',
      '66.35.250.204 128.232.110.120 - - 80 34855 6',
      '10.0.0.1 10.0.0.2 - - 0 0 1',
      '10.0.0.1 10.0.0.2 - - - - 6',
      '- - - - - - -',
    ].join('\n')
    for (const engine of ['auto', 'object'] as const) {
      const { output, ledger } = createTransform({ format, mapping, engine })(input)
      expect(new TextDecoder().decode(output)).toBe(
        '{"id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg="}\n'.repeat(2) + '{}\n'.repeat(3),
      )
      expect(ledger.lanes).toEqual({ [engine === 'auto' ? 'kernel' : 'object']: 5 })
    }
  })
})

test('SHA-1 is what the platform computes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const expected = createHash('sha1').update(bytes).digest('hex')
      expect(Buffer.from(sha1(bytes)).toString('hex')).toBe(expected)
    }),
  )
})
