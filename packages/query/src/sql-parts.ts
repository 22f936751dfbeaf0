/** Parts of SQL that several queries share. */
import { protocolKeywords } from '@flowlogs/core'
import type { Dialect } from './dialect.ts'
import { inNetworks } from './filters.ts'
import { networks, type Parameter } from './parameter.ts'

/** How much traffic a group is. */
export const measures =
  'count(*) AS records, CAST(sum(packets) AS BIGINT) AS packets, CAST(sum(bytes) AS BIGINT) AS bytes'

/** The networks that count as one's own. */
export const own: Parameter<readonly string[]> = networks(
  'networks that are yours',
  '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7',
)

/** Whether an address is one's own; it must not be absent. */
export function isOwn(dialect: Dialect, address: string, list: readonly string[]): string {
  return inNetworks(dialect, address, list)
}

/** The keyword of a protocol. */
export const protocolName: string = `CASE protocol ${[1, 2, 6, 17, 47, 50, 51, 58, 89, 112, 132]
  .map((number) => `WHEN ${number} THEN '${protocolKeywords.get(number)}'`)
  .join(' ')} ELSE CAST(protocol AS varchar) END`

/**
 * Whether a flow goes from a client to a server, as far as a record tells: the flags of a handshake
 * say it; without them, an answer comes from a port below 1024 to one above.
 */
export function isRequest(dialect: Dialect): string {
  const handshake = dialect.bits('COALESCE(tcp_flags, 0)', 18)
  return `CASE ${handshake} WHEN 2 THEN TRUE WHEN 18 THEN FALSE ELSE NOT (srcport < 1024 AND dstport >= 1024) END`
}
