/** What an analyst looks for. */
import { columns, instant, integer, optional, ports } from './parameter.ts'
import { defineQuery, type Query } from './query.ts'
import { indicators } from './query-indicators.ts'
import { isOwn, isRequest, measures, own } from './sql-parts.ts'

const limit = integer('rows at most', 10)
const adminPorts = ports('the ports', '22,23,135,445,3389,5900,5985,5986')

/** The queries, in the order in which they are listed. */
export const securityQueries: readonly Query[] = [
  defineQuery({
    name: 'port-scans',
    about: 'Sources that try many ports of one destination within an hour.',
    needs: ['srcaddr', 'dstaddr', 'dstport', 'start'],
    parameters: { ports: integer('different ports at least', 20), limit },
    chart: { kind: 'bar', value: 'ports' },
    sql: (
      values,
      dialect,
    ) => `SELECT srcaddr, dstaddr, date_trunc('hour', start_time) AS hour, count(DISTINCT dstport) AS ports,
  count(*) AS records, count(*) FILTER (WHERE action = 'REJECT') AS rejected
FROM flows WHERE srcaddr IS NOT NULL AND ${isRequest(dialect)}
GROUP BY srcaddr, dstaddr, date_trunc('hour', start_time) HAVING count(DISTINCT dstport) >= ${values.ports}
ORDER BY ports DESC, srcaddr, dstaddr, hour LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'host-sweeps',
    about: 'Sources that try one port of many destinations within an hour.',
    needs: ['srcaddr', 'dstaddr', 'dstport', 'start'],
    parameters: { hosts: integer('different destinations at least', 20), limit },
    chart: { kind: 'bar', value: 'hosts' },
    sql: (
      values,
      dialect,
    ) => `SELECT srcaddr, dstport, protocol, date_trunc('hour', start_time) AS hour, count(DISTINCT dstaddr) AS hosts,
  count(*) AS records, count(*) FILTER (WHERE action = 'REJECT') AS rejected
FROM flows WHERE srcaddr IS NOT NULL AND ${isRequest(dialect)}
GROUP BY srcaddr, dstport, protocol, date_trunc('hour', start_time) HAVING count(DISTINCT dstaddr) >= ${values.hosts}
ORDER BY hosts DESC, srcaddr, dstport, hour LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'floods',
    about: 'Destinations that very many sources, or very many packets, arrive at within a minute.',
    needs: ['srcaddr', 'dstaddr', 'packets', 'start'],
    parameters: {
      sources: integer('different sources at least', 100),
      packets: integer('or packets at least', 1_000_000),
      limit,
    },
    chart: { kind: 'bar', value: 'packets' },
    sql: (
      values,
    ) => `SELECT dstaddr, dstport, protocol, date_trunc('minute', start_time) AS minute, count(DISTINCT srcaddr) AS sources, ${measures}
FROM flows WHERE srcaddr IS NOT NULL
GROUP BY dstaddr, dstport, protocol, date_trunc('minute', start_time)
HAVING count(DISTINCT srcaddr) >= ${values.sources} OR sum(packets) >= ${values.packets}
ORDER BY sources DESC, packets DESC, dstaddr, dstport, minute LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'exfiltration',
    about: 'Volumes that leave your networks, with what came back.',
    needs: ['srcaddr', 'dstaddr', 'bytes'],
    parameters: { own, bytes: integer('bytes out at least', 1_000_000_000), limit },
    chart: { kind: 'bar', value: 'bytes_out' },
    sql: (values, dialect) => `WITH pairs AS (
  SELECT COALESCE(pkt_srcaddr, srcaddr) AS source, COALESCE(pkt_dstaddr, dstaddr) AS destination, CAST(sum(bytes) AS BIGINT) AS bytes,
    min(start_time) AS first_seen, max(end_time) AS last_seen
  FROM flows WHERE srcaddr IS NOT NULL AND (action IS NULL OR action = 'ACCEPT')
  GROUP BY COALESCE(pkt_srcaddr, srcaddr), COALESCE(pkt_dstaddr, dstaddr)
)
SELECT outbound.source, outbound.destination, outbound.bytes AS bytes_out, COALESCE(inbound.bytes, 0) AS bytes_in,
  outbound.first_seen, outbound.last_seen
FROM pairs outbound LEFT JOIN pairs inbound ON inbound.source = outbound.destination AND inbound.destination = outbound.source
WHERE outbound.bytes >= ${values.bytes} AND ${isOwn(dialect, 'outbound.source', values.own)} AND NOT ${isOwn(dialect, 'outbound.destination', values.own)}
ORDER BY bytes_out DESC, outbound.source, outbound.destination LIMIT ${values.limit}`,
  }),
  indicators,
  defineQuery({
    name: 'one-way',
    about: 'TCP and UDP flows that were let through and never answered.',
    needs: ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'],
    parameters: { limit },
    chart: { kind: 'bar', value: 'records' },
    sql: (
      values,
    ) => `SELECT srcaddr, dstaddr, dstport, protocol, ${measures}, min(start_time) AS first_seen, max(end_time) AS last_seen
FROM flows WHERE protocol IN (6, 17) AND (action IS NULL OR action = 'ACCEPT') AND NOT EXISTS (
  SELECT 1 FROM flows answer WHERE answer.srcaddr = flows.dstaddr AND answer.dstaddr = flows.srcaddr
    AND answer.srcport = flows.dstport AND answer.dstport = flows.srcport AND answer.protocol = flows.protocol
)
GROUP BY srcaddr, dstaddr, dstport, protocol ORDER BY records DESC, srcaddr, dstaddr, dstport LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'exposed-ports',
    about: 'Which of your addresses were reached from outside, and on which ports.',
    needs: ['srcaddr', 'dstaddr', 'dstport', 'action'],
    parameters: { own, limit },
    chart: { kind: 'bar', value: 'sources' },
    sql: (
      values,
      dialect,
    ) => `SELECT dstport, protocol, dstaddr, count(DISTINCT srcaddr) AS sources, ${measures}
FROM flows WHERE action = 'ACCEPT' AND ${isRequest(dialect)}
  AND ${isOwn(dialect, 'dstaddr', values.own)} AND NOT ${isOwn(dialect, 'srcaddr', values.own)}
GROUP BY dstport, protocol, dstaddr ORDER BY sources DESC, records DESC, dstport, protocol, dstaddr LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'lateral-movement',
    about: 'Your own addresses that reach others of yours on the ports of remote administration.',
    needs: ['srcaddr', 'dstaddr', 'dstport', 'start'],
    parameters: {
      own,
      ports: adminPorts,
      hosts: integer('different destinations at least', 3),
      limit,
    },
    chart: { kind: 'bar', value: 'hosts' },
    sql: (
      values,
      dialect,
    ) => `SELECT srcaddr, count(DISTINCT dstaddr) AS hosts, count(DISTINCT dstport) AS ports, count(*) AS records,
  count(*) FILTER (WHERE action = 'REJECT') AS rejected, min(start_time) AS first_seen, max(end_time) AS last_seen
FROM flows WHERE dstport IN (${values.ports.join(', ')}) AND ${isRequest(dialect)}
  AND ${isOwn(dialect, 'srcaddr', values.own)} AND ${isOwn(dialect, 'dstaddr', values.own)}
GROUP BY srcaddr HAVING count(DISTINCT dstaddr) >= ${values.hosts}
ORDER BY hosts DESC, records DESC, srcaddr LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'first-seen',
    about:
      'When each pair of addresses first talked on a port, as a timeline; or only those after a time.',
    needs: ['srcaddr', 'dstaddr', 'dstport', 'start'],
    parameters: {
      after: optional(instant('only what had never been seen before this time')),
      of: columns('what makes a pair', 'srcaddr,dstaddr,dstport'),
      limit: integer('rows at most', 100),
    },
    sql: (values, dialect) => {
      const names = values.of.join(', ')
      const having = values.after === undefined ? '' : ` HAVING min(start_time) >= ${values.after}`
      return `SELECT min(start_time) AS first_seen, ${names}, count(*) AS records, max(end_time) AS last_seen
FROM flows WHERE srcaddr IS NOT NULL AND start_time IS NOT NULL AND (action IS NULL OR action = 'ACCEPT') AND ${isRequest(dialect)}
GROUP BY ${names}${having} ORDER BY first_seen, ${names} LIMIT ${values.limit}`
    },
  }),
]
