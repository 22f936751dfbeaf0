import { describe, expect, test } from 'vitest'
import { tcpFlagNames } from './tcp-flags.ts'

describe('tcpFlagNames', () => {
  test.each([
    [0, []],
    [1, ['FIN']],
    [2, ['SYN']],
    [3, ['FIN', 'SYN']],
    [4, ['RST']],
    [8, ['PSH']],
    [18, ['SYN', 'ACK']],
    [19, ['FIN', 'SYN', 'ACK']],
    [32, ['URG']],
    [64, ['ECE']],
    [128, ['CWR']],
    [255, ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR']],
  ])('%i is %j', (flags, names) => {
    expect(tcpFlagNames(flags)).toEqual(names)
  })
})
