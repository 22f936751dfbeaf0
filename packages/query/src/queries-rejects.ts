/** What was refused, by the question behind it. */
import { choice, integer, ports } from './parameter.ts'
import { defineQuery, type Query } from './query.ts'
import { isOwn, measures, own } from './sql-parts.ts'

const limit = integer('rows at most', 10)

/** The queries, in the order in which they are listed. */
export const rejectQueries: readonly Query[] = [
  defineQuery({
    name: 'rejected-ports',
    about: 'Which services are refused most, and by how many sources they were tried.',
    needs: ['action', 'dstport'],
    parameters: { limit },
    chart: { kind: 'bar', value: 'records' },
    sql: (
      values,
    ) => `SELECT dstport, protocol, count(DISTINCT srcaddr) AS sources, count(DISTINCT dstaddr) AS destinations, ${measures}
FROM flows WHERE action = 'REJECT'
GROUP BY dstport, protocol ORDER BY records DESC, dstport, protocol LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'rejected-sources',
    about: 'Who is refused most, and what they tried.',
    needs: ['action', 'srcaddr'],
    parameters: { limit },
    chart: { kind: 'bar', value: 'records' },
    sql: (
      values,
    ) => `SELECT srcaddr, count(DISTINCT dstaddr) AS destinations, count(DISTINCT dstport) AS ports, ${measures},
  min(start_time) AS first_seen, max(end_time) AS last_seen
FROM flows WHERE action = 'REJECT'
GROUP BY srcaddr ORDER BY records DESC, srcaddr LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'rejected-paths',
    about: 'Refusals by where they come from: out of your networks, into them, or within.',
    needs: ['action', 'srcaddr', 'dstaddr'],
    parameters: { path: choice('which way', ['outbound', 'inbound', 'internal']), own, limit },
    chart: { kind: 'bar', value: 'records' },
    sql: (values, dialect) => {
      const source = isOwn(dialect, 'srcaddr', values.own)
      const destination = isOwn(dialect, 'dstaddr', values.own)
      const path = {
        outbound: `${source} AND NOT ${destination}`,
        inbound: `NOT ${source} AND ${destination}`,
        internal: `${source} AND ${destination}`,
      }[values.path]
      return `SELECT srcaddr, dstaddr, dstport, protocol, ${measures}
FROM flows WHERE action = 'REJECT' AND ${path}
GROUP BY srcaddr, dstaddr, dstport, protocol ORDER BY records DESC, srcaddr, dstaddr, dstport, protocol LIMIT ${values.limit}`
    },
  }),
  defineQuery({
    name: 'reject-reasons',
    about: 'Refusals by Block Public Access and encryption controls.',
    needs: ['reject_reason'],
    chart: { kind: 'bar', value: 'records' },
    sql: () => `SELECT reject_reason, count(DISTINCT srcaddr) AS sources, count(DISTINCT dstaddr) AS destinations, ${measures}
FROM flows WHERE reject_reason IS NOT NULL GROUP BY reject_reason ORDER BY records DESC, reject_reason`,
  }),
  defineQuery({
    name: 'admin-ports',
    about: 'Who reaches, or tries to reach, the ports of remote administration.',
    needs: ['dstport', 'srcaddr', 'dstaddr'],
    parameters: { ports: ports('the ports', '22,23,135,445,3389,5900,5985,5986'), own, limit },
    chart: { kind: 'bar', value: 'records' },
    sql: (values, dialect) => {
      const from = `CASE WHEN ${isOwn(dialect, 'srcaddr', values.own)} THEN 'inside' ELSE 'outside' END`
      return `SELECT dstport, action, ${from} AS coming_from, count(DISTINCT srcaddr) AS sources, count(DISTINCT dstaddr) AS destinations, ${measures}
FROM flows WHERE srcaddr IS NOT NULL AND dstport IN (${values.ports.join(', ')})
GROUP BY dstport, action, ${from} ORDER BY records DESC, dstport, action, coming_from LIMIT ${values.limit}`
    },
  }),
  defineQuery({
    name: 'nacl-asymmetry',
    about:
      'Flows that were let in and whose answers were refused: a network ACL that forgets one way.',
    needs: ['action', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'start'],
    parameters: { limit },
    sql: (values) => `WITH ends AS (
  SELECT interface_id, action, srcaddr, dstaddr, srcport, dstport, protocol, CAST(sum(packets) AS BIGINT) AS packets,
    min(start_time) AS first_seen, max(start_time) AS last_seen
  FROM flows WHERE action IN ('ACCEPT', 'REJECT')
  GROUP BY interface_id, action, srcaddr, dstaddr, srcport, dstport, protocol
)
SELECT request.srcaddr, request.dstaddr, request.srcport, request.dstport, request.protocol,
  request.packets AS let_in, answer.packets AS refused, request.first_seen
FROM ends request JOIN ends answer ON answer.srcaddr = request.dstaddr AND answer.dstaddr = request.srcaddr
  AND answer.srcport = request.dstport AND answer.dstport = request.srcport AND answer.protocol = request.protocol
  AND COALESCE(answer.interface_id, '') = COALESCE(request.interface_id, '')
WHERE request.action = 'ACCEPT' AND answer.action = 'REJECT'
  AND answer.last_seen >= request.first_seen - INTERVAL '10' MINUTE
  AND answer.first_seen <= request.last_seen + INTERVAL '10' MINUTE
ORDER BY request.first_seen, request.srcaddr, request.dstaddr, request.srcport LIMIT ${values.limit}`,
  }),
]
