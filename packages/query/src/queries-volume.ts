/** How much traffic there is, from where to where. */
import { choice, columns, decimal, integer } from './parameter.ts'
import { defineQuery, type Query } from './query.ts'
import { measures, protocolName } from './sql-parts.ts'

const limit = integer('rows at most', 10)
const by = choice('what counts', ['bytes', 'packets', 'records'])

/** The queries, in the order in which they are listed. */
export const volumeQueries: readonly Query[] = [
  defineQuery({
    name: 'summary',
    about: 'What is there: records, traffic, verdicts, ends, and the time they span.',
    needs: [],
    sql: () => `SELECT count(*) AS records, CAST(sum(packets) AS BIGINT) AS packets, CAST(sum(bytes) AS BIGINT) AS bytes,
  count(*) FILTER (WHERE action = 'ACCEPT') AS accepted, count(*) FILTER (WHERE action = 'REJECT') AS rejected,
  count(*) FILTER (WHERE log_status = 'NODATA') AS nodata, count(*) FILTER (WHERE log_status = 'SKIPDATA') AS skipdata,
  count(DISTINCT interface_id) AS interfaces, count(DISTINCT srcaddr) AS sources, count(DISTINCT dstaddr) AS destinations,
  min(start_time) AS first_record, max(end_time) AS last_record
FROM flows`,
  }),
  defineQuery({
    name: 'records',
    about: 'The records themselves, oldest first.',
    needs: ['srcaddr', 'dstaddr'],
    parameters: { limit: integer('rows at most', 100) },
    sql: (
      values,
    ) => `SELECT start_time, interface_id, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes, action
FROM flows WHERE srcaddr IS NOT NULL
ORDER BY start_time, interface_id, srcaddr, dstaddr, srcport, dstport LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'top',
    about: 'The most traffic by any columns: sources, destinations, ports, instances, subnets …',
    needs: [],
    parameters: { of: columns('what to group by', 'srcaddr'), by, limit },
    chart: (values) => ({ kind: 'bar', value: values.by }),
    sql: (values) => {
      const names = values.of.join(', ')
      return `SELECT ${names}, ${measures}
FROM flows WHERE (srcaddr IS NOT NULL OR packets IS NOT NULL) AND ${values.of.map((name) => `${name} IS NOT NULL`).join(' AND ')}
GROUP BY ${names} ORDER BY ${values.by} DESC, ${names} LIMIT ${values.limit}`
    },
  }),
  defineQuery({
    name: 'top-talkers',
    about: 'The pairs of addresses with the most traffic; of the packets, or of the interfaces.',
    needs: ['srcaddr', 'dstaddr'],
    parameters: { level: choice('whose addresses', ['packet', 'interface']), by, limit },
    chart: (values) => ({ kind: 'bar', value: values.by }),
    sql: (values) => {
      const isPacket = values.level === 'packet'
      const source = isPacket ? 'COALESCE(pkt_srcaddr, srcaddr)' : 'srcaddr'
      const destination = isPacket ? 'COALESCE(pkt_dstaddr, dstaddr)' : 'dstaddr'
      return `SELECT ${source} AS source, ${destination} AS destination, ${measures}
FROM flows WHERE srcaddr IS NOT NULL
GROUP BY ${source}, ${destination} ORDER BY ${values.by} DESC, source, destination LIMIT ${values.limit}`
    },
  }),
  defineQuery({
    name: 'protocols',
    about: 'Traffic by protocol.',
    needs: ['protocol'],
    chart: { kind: 'bar', value: 'bytes' },
    sql: () => `SELECT protocol, ${protocolName} AS name, ${measures}
FROM flows WHERE protocol IS NOT NULL GROUP BY protocol ORDER BY bytes DESC, protocol`,
  }),
  defineQuery({
    name: 'longest-flows',
    about: 'The records that span the most time.',
    needs: ['start', 'end', 'srcaddr', 'dstaddr'],
    parameters: { limit },
    chart: { kind: 'bar', value: 'seconds' },
    sql: (values) => `SELECT srcaddr, dstaddr, srcport, dstport, protocol, start_time, end_time,
  date_diff('second', start_time, end_time) AS seconds, bytes
FROM flows WHERE srcaddr IS NOT NULL AND start_time IS NOT NULL AND end_time IS NOT NULL
ORDER BY seconds DESC, start_time, srcaddr, dstaddr, srcport, dstport LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'timeline',
    about: 'Traffic over time.',
    needs: ['start'],
    parameters: { every: choice('length of a step', ['hour', 'minute', 'day']) },
    chart: { kind: 'line', value: 'bytes' },
    sql: (values) => `SELECT date_trunc('${values.every}', start_time) AS time, ${measures},
  count(*) FILTER (WHERE action = 'ACCEPT') AS accepted, count(*) FILTER (WHERE action = 'REJECT') AS rejected
FROM flows WHERE start_time IS NOT NULL AND srcaddr IS NOT NULL
GROUP BY date_trunc('${values.every}', start_time) ORDER BY time`,
  }),
  defineQuery({
    name: 'weekdays',
    about: 'Traffic by day of the week, 1 for Monday.',
    needs: ['start'],
    chart: { kind: 'bar', value: 'records' },
    sql: (_, { weekday }) => `SELECT ${weekday('start_time')} AS weekday, ${measures},
  count(*) FILTER (WHERE action = 'ACCEPT') AS accepted, count(*) FILTER (WHERE action = 'REJECT') AS rejected
FROM flows WHERE start_time IS NOT NULL AND srcaddr IS NOT NULL
GROUP BY ${weekday('start_time')} ORDER BY weekday`,
  }),
  defineQuery({
    name: 'networks',
    about: 'Traffic by the first octets of the source and destination, IPv4 only.',
    needs: ['srcaddr', 'dstaddr'],
    parameters: { octets: choice('how many octets', ['1', '2', '3']), by, limit },
    chart: (values) => ({ kind: 'bar', value: values.by }),
    sql: (values) => {
      const octets = (address: string): string =>
        Array.from({ length: Number(values.octets) }, (_, index) => {
          return `split_part(${address}, '.', ${index + 1})`
        }).join(" || '.' || ")
      return `SELECT ${octets('srcaddr')} AS source, ${octets('dstaddr')} AS destination, ${measures}
FROM flows WHERE srcaddr LIKE '%.%' AND dstaddr LIKE '%.%' AND srcaddr NOT LIKE '%:%' AND dstaddr NOT LIKE '%:%'
GROUP BY ${octets('srcaddr')}, ${octets('dstaddr')} ORDER BY ${values.by} DESC, source, destination LIMIT ${values.limit}`
    },
  }),
  defineQuery({
    name: 'fan-out',
    about: 'How many destinations and ports each source reaches.',
    needs: ['srcaddr', 'dstaddr'],
    parameters: { limit },
    chart: { kind: 'bar', value: 'destinations' },
    sql: (
      values,
    ) => `SELECT srcaddr, count(DISTINCT dstaddr) AS destinations, count(DISTINCT dstport) AS ports, ${measures}
FROM flows WHERE srcaddr IS NOT NULL
GROUP BY srcaddr ORDER BY destinations DESC, ports DESC, srcaddr LIMIT ${values.limit}`,
  }),
  defineQuery({
    name: 'cross-az',
    about: 'Traffic out of one Availability Zone into another, which is paid for.',
    needs: ['az_id', 'flow_direction', 'srcaddr', 'dstaddr'],
    chart: { kind: 'bar', value: 'bytes' },
    // Where a record does not name the next hop, the zone is that in which the address was recorded.
    sql: () => `WITH places AS (
  SELECT address, min(az_id) AS az_id FROM (
    SELECT CASE flow_direction WHEN 'egress' THEN srcaddr ELSE dstaddr END AS address, az_id
    FROM flows WHERE az_id IS NOT NULL AND flow_direction IN ('egress', 'ingress')
  ) recorded WHERE address IS NOT NULL GROUP BY address HAVING min(az_id) = max(az_id)
), crossings AS (
  SELECT flows.az_id AS from_az, COALESCE(flows.next_hop_az_id, places.az_id) AS to_az, packets, bytes
  FROM flows LEFT JOIN places ON places.address = flows.dstaddr
  WHERE flow_direction = 'egress' AND (action IS NULL OR action = 'ACCEPT')
)
SELECT from_az, to_az, ${measures} FROM crossings WHERE from_az <> to_az
GROUP BY from_az, to_az ORDER BY bytes DESC, from_az, to_az`,
  }),
  defineQuery({
    name: 'address-families',
    about: 'Traffic over IPv4, IPv6 and Elastic Fabric Adapters.',
    needs: ['srcaddr'],
    chart: { kind: 'bar', value: 'bytes' },
    sql: () => {
      const family = "COALESCE(type, CASE WHEN srcaddr LIKE '%:%' THEN 'IPv6' ELSE 'IPv4' END)"
      return `SELECT ${family} AS family, action, count(DISTINCT interface_id) AS interfaces, ${measures}
FROM flows WHERE srcaddr IS NOT NULL GROUP BY ${family}, action ORDER BY family, action`
    },
  }),
  defineQuery({
    name: 'unusual-hours',
    about: 'Hours in which a key has far more traffic than it has on average, as z-scores.',
    needs: ['start', 'bytes'],
    parameters: {
      of: columns('whose traffic', 'srcaddr'),
      score: decimal('standard deviations at least', 3),
      limit,
    },
    chart: { kind: 'bar', value: 'z_score' },
    sql: ({ of, score, limit: rows }) => {
      const names = of.join(', ')
      return `WITH hours AS (
  SELECT ${names}, date_trunc('hour', start_time) AS hour, CAST(sum(bytes) AS DOUBLE) AS bytes
  FROM flows WHERE start_time IS NOT NULL AND ${of.map((name) => `${name} IS NOT NULL`).join(' AND ')}
  GROUP BY ${names}, date_trunc('hour', start_time)
), scored AS (
  SELECT ${names}, hour, bytes, avg(bytes) OVER (PARTITION BY ${names}) AS average,
    stddev_pop(bytes) OVER (PARTITION BY ${names}) AS deviation, count(*) OVER (PARTITION BY ${names}) AS hours
  FROM hours
)
SELECT ${names}, hour, CAST(bytes AS BIGINT) AS bytes, CAST(round(average) AS BIGINT) AS average, hours,
  round((bytes - average) / deviation, 2) AS z_score
FROM scored WHERE deviation > 0 AND (bytes - average) / deviation >= ${score}
ORDER BY z_score DESC, ${names}, hour LIMIT ${rows}`
    },
  }),
]
