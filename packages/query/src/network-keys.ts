import { parseNetwork } from '@flowlogs/core'

/** The least and the greatest address of a network, as the macro `address_key` writes addresses. */
export function toKeyRange(network: string): readonly [first: string, last: string] {
  const { groups, bits } = parseNetwork(network)
  const family = groups.length === 2 ? '4' : '6'
  const ends = [0, 0xffff].map((fill) =>
    groups
      .map((group, index) => {
        const counting = Math.min(16, Math.max(0, bits - index * 16))
        const mask = 0xffff & (0xffff << (16 - counting))
        return ((group & mask) | (fill & ~mask)).toString(16).padStart(4, '0')
      })
      .join(''),
  )
  return [`${family}${ends[0]}`, `${family}${ends[1]}`]
}
