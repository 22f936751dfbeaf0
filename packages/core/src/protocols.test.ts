import { describe, expect, test } from 'vitest'
import { protocolKeywords } from './protocols.ts'

describe('protocolKeywords', () => {
  test.each([
    [0, 'HOPOPT'],
    [1, 'ICMP'],
    [6, 'TCP'],
    [17, 'UDP'],
    [41, 'IPv6'],
    [47, 'GRE'],
    [50, 'ESP'],
    [58, 'IPv6-ICMP'],
    [62, 'CFTP'],
    [69, 'SAT-MON'],
    [100, 'GMTP'],
    [115, 'L2TP'],
    [124, 'ISIS over IPv4'],
    [132, 'SCTP'],
    [135, 'Mobility Header'],
    [139, 'HIP'],
    [140, 'Shim6'],
    [143, 'Ethernet'],
    [147, 'BIT-EMU'],
  ])('%i is %s', (number, keyword) => {
    expect(protocolKeywords.get(number)).toBe(keyword)
  })

  test('has every number up to 147 but those that IANA gives no keyword', () => {
    const withoutKeyword = [61, 63, 68, 99, 114]
    const numbers = Array.from({ length: 148 }, (_, number) => number)
    expect([...protocolKeywords.keys()]).toEqual(
      numbers.filter((number) => !withoutKeyword.includes(number)),
    )
    expect(protocolKeywords.size).toBe(143)
  })

  test('has no keyword twice, nor an empty one', () => {
    const keywords = [...protocolKeywords.values()]
    expect(new Set(keywords).size).toBe(143)
    expect(keywords.filter((keyword) => keyword.trim() !== keyword || keyword === '')).toEqual([])
  })
})
