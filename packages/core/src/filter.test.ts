import { describe, expect, test } from 'vitest'
import { all, any, inNetwork, inSample, is, not, present, status } from './combinators.ts'
import { createFilter, type FilterRule } from './filter.ts'
import { createParser } from './parser.ts'
import { recordMapping } from './record-mapping.ts'
import { isRejection } from './rejection.ts'
import { createTransform } from './transform.ts'

const format = 'srcaddr dstaddr srcport dstport protocol action flow-direction log-status bytes'
const lines = [
  '10.0.0.1 10.0.0.2 40000 443 6 ACCEPT egress OK 1',
  '203.0.113.7 10.0.0.2 40001 22 6 REJECT ingress OK 2',
  '2001:db8::1 2001:db8:1::2 5353 53 17 ACCEPT ingress OK 3',
  '- - - - - - - NODATA -',
  '- - - - - - - SKIPDATA -',
  '10.0.0.2 10.0.0.1 443 40000 6 ACCEPT ingress OK 4',
]

/** Which lines are left, by their number, and the ledger's filters; the same in both lanes and for records. */
function filtered(filter: readonly FilterRule[]) {
  const results = (['auto', 'object'] as const).map((engine) => {
    const transform = createTransform({ format, mapping: recordMapping, filter, engine })
    const kept = lines.flatMap((line, index) => (transform(line).output.length > 0 ? [index] : []))
    const { ledger } = transform(lines.join('\n'))
    return { kept, filters: ledger.filters, lanes: ledger.lanes }
  })
  const [fast, reference] = results
  expect(fast?.lanes).toEqual({ kernel: lines.length })
  expect(reference?.lanes).toEqual({ object: lines.length })
  expect({ ...fast, lanes: {} }).toEqual({ ...reference, lanes: {} })
  const drops = createFilter(filter, format)
  const ruleOf = lines.map((line) => {
    const record = createParser(format).parse(line)
    return isRejection(record) ? undefined : drops(record)
  })
  expect(ruleOf.flatMap((rule, index) => (rule === undefined ? [index] : []))).toEqual(fast?.kept)
  return { kept: fast?.kept, filters: fast?.filters }
}

describe('a filter rule drops', () => {
  test.each<[string, FilterRule['drop'], number[]]>([
    ['by status', status('NODATA'), [0, 1, 2, 4, 5]],
    ['by action', is('action', 'ACCEPT'), [1, 3, 4]],
    ['by network of the source', inNetwork('srcaddr', '10.0.0.0/30'), [1, 2, 3, 4]],
    [
      'by network of either end',
      any(inNetwork('srcaddr', '2001:db8::/32'), inNetwork('dstaddr', '10.0.0.1')),
      [0, 1, 3, 4],
    ],
    ['by port and protocol', all(is('dstport', '53'), is('protocol', '17')), [0, 1, 3, 4, 5]],
    ['by direction', is('flow_direction', 'ingress'), [0, 1, 3, 4]],
  ])('%s', (_, drop, kept) => {
    expect(filtered([{ name: 'rule', drop }])).toEqual({
      kept,
      filters: { rule: lines.length - kept.length },
    })
  })
})

describe('REJECT and SKIPDATA are never dropped', () => {
  test('by a rule that holds for every line', () => {
    expect(filtered([{ name: 'everything', drop: all() }])).toEqual({
      kept: [1, 4],
      filters: { everything: 4 },
    })
  })

  test('by a rule that only says what they are not', () => {
    const drop = all(not(is('action', 'ACCEPT')), not(status('OK')))
    expect(filtered([{ name: 'others', drop }]).kept).toEqual([0, 1, 2, 4, 5])
  })

  test('unless the rule names them', () => {
    expect(filtered([{ name: 'noise', drop: is('action', 'REJECT') }]).kept).toEqual([
      0, 2, 3, 4, 5,
    ])
    expect(filtered([{ name: 'gaps', drop: status('SKIPDATA') }]).kept).toEqual([0, 1, 2, 3, 5])
  })
})

describe('a sample', () => {
  const conversations = Array.from({ length: 4000 }, (_, index) => {
    const [client, server] = [`10.1.${index >> 8}.${index & 255} `, '10.2.0.1 ']
    return [
      `${client}${server}${1024 + index} 443 6 ACCEPT egress OK 1`,
      `${server}${client}443 ${1024 + index} 6 ACCEPT ingress OK 2`,
    ]
  })

  function keptOf(share: number) {
    const filter = [{ name: 'sampled', drop: all(is('action', 'ACCEPT'), not(inSample(share))) }]
    const transform = createTransform({ format, mapping: recordMapping, filter })
    return conversations.map((pair) => pair.map((line) => transform(line).ledger.emitted))
  }

  test('keeps or drops both directions of a conversation', () => {
    for (const [out, back] of keptOf(0.5)) expect(out).toBe(back)
  })

  test('is about as large as asked for, and a smaller one lies within a larger one', () => {
    const tenth = keptOf(0.1).map(([out]) => out)
    const half = keptOf(0.5).map(([out]) => out)
    const size = tenth.filter((kept) => kept === 1).length
    expect(size).toBeGreaterThan(320)
    expect(size).toBeLessThan(480)
    expect(tenth.every((kept, index) => kept === 0 || half[index] === 1)).toBe(true)
  })

  test('of nothing or everything is just that', () => {
    expect(keptOf(0).flat()).not.toContain(1)
    expect(keptOf(1).flat()).not.toContain(0)
  })
})

describe('configuration mistakes throw', () => {
  test.each([
    ['10.0.0.0/33', '"10.0.0.0/33" is not a network: the prefix has 0 to 32 bits'],
    ['10.0.0.0/', '"10.0.0.0/" is not a network: the prefix has 0 to 32 bits'],
    ['10.0', '"10.0" is not a network: write 10.0.0.0/8 or 2001:db8::/32'],
    ['10.0.0.0/8/8', '"10.0.0.0/8/8" is not a network: write 10.0.0.0/8 or 2001:db8::/32'],
  ])('for the network %s', (network, message) => {
    expect(() => inNetwork('srcaddr', network)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message }),
    )
  })

  test.each([-0.1, 1.1, Number.NaN])('for a share of %s', (share) => {
    expect(() => inSample(share)).toThrow(`a share is between 0 and 1, not ${share}`)
  })

  test.each(['constructor', '__proto__', ''])('for a rule named "%s"', (name) => {
    const filter = [{ name, drop: present('bytes') }]
    expect(() => createTransform({ mapping: recordMapping, filter })).toThrow(
      `a filter rule cannot be named "${name}"`,
    )
  })
})
