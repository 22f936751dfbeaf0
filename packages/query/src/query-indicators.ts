import type { Dialect } from './dialect.ts'
import { integer, networkFile } from './parameter.ts'
import { defineQuery, type Query } from './query.ts'
import { measures } from './sql-parts.ts'

const ends = ['srcaddr', 'dstaddr', 'pkt_srcaddr', 'pkt_dstaddr']

/** Compares each address that was seen with the list once, and only then looks at flows. */
export const indicators: Query = defineQuery({
  name: 'indicators',
  about: 'Flows from or to the addresses and networks of a list.',
  needs: ['srcaddr', 'dstaddr'],
  parameters: {
    addresses: networkFile('a file with an address or network on each line'),
    limit: integer('rows at most', 10),
  },
  chart: { kind: 'bar', value: 'records' },
  sql: ({ addresses, limit }, dialect) => {
    const group = [...ends, 'dstport', 'action'].join(', ')
    return `WITH seen AS (
  SELECT address, ${dialect.sameAddress('address')} AS address_key FROM (
    ${ends.map((end) => `SELECT ${end} AS address FROM flows WHERE ${end} IS NOT NULL`).join(' UNION ')}
  ) ends
), matches AS (
  ${matches(addresses, dialect).join('\n  UNION ')}
), flow_groups AS (
  SELECT ${group}, ${measures}, min(start_time) AS first_seen, max(end_time) AS last_seen FROM flows GROUP BY ${group}
), hits AS (
  ${ends
    // A flow that meets an indicator at both ends is one hit, which UNION sees to.
    .map(
      (end) =>
        `SELECT matches.indicator, flow_groups.* FROM flow_groups JOIN matches ON matches.address = flow_groups.${end}`,
    )
    .join('\n  UNION ')}
)
SELECT indicator, srcaddr, dstaddr, dstport, action, CAST(sum(records) AS BIGINT) AS records,
  CAST(sum(packets) AS BIGINT) AS packets, CAST(sum(bytes) AS BIGINT) AS bytes, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM hits GROUP BY indicator, srcaddr, dstaddr, dstport, action
ORDER BY records DESC, indicator, srcaddr, dstaddr, dstport, action LIMIT ${limit}`
  },
})

/** Single addresses are joined by equality, which is fast for long lists. */
function matches(list: readonly string[], dialect: Dialect): readonly string[] {
  const singles = list
    .filter(isSingle)
    .map((network) => `('${network.slice(0, network.indexOf('/'))}')`)
  const networks = list.filter((network) => !isSingle(network))
  const listed = (columns: string, from: string, condition: string): string =>
    `SELECT seen.address, ${columns} AS indicator FROM seen JOIN ${from} ON ${condition}`
  const { from, holds } = dialect.listNetworks(networks)
  return [
    ...(singles.length > 0
      ? [
          listed(
            'listed.address',
            `(VALUES ${singles.join(', ')}) AS listed (address)`,
            `${dialect.sameAddress('listed.address')} = seen.address_key`,
          ),
        ]
      : []),
    ...(networks.length > 0 ? [listed('listed.network', from, holds('seen.address_key'))] : []),
  ]
}

function isSingle(network: string): boolean {
  return network.endsWith(network.includes(':') ? '/128' : '/32')
}
