/** What an analyst asks first, in SQL over the `flows` view. */

/** The generated day, in Unix seconds; the sample lines are from other years. */
export interface Day {
  readonly start: number
  readonly end: number
}

function within({ start, end }: Day): string {
  return `time >= make_timestamp(${start}000000) AND time < make_timestamp(${end}000000)`
}

export const topTalkers = (day: Day): string => `
SELECT src, dst, format('{:,}', sum(bytes)::BIGINT) AS bytes, format('{:,}', sum(packets)::BIGINT) AS packets, count(*)::INTEGER AS records
FROM flows WHERE action = 'Allowed' AND ${within(day)} GROUP BY src, dst ORDER BY sum(bytes) DESC, src, dst LIMIT 8`

export const rejectedPorts = (day: Day): string => `
SELECT dst_port, protocol, count(*)::INTEGER AS records, count(DISTINCT src)::INTEGER AS sources
FROM flows WHERE action = 'Denied' AND ${within(day)} GROUP BY ALL ORDER BY records DESC, dst_port LIMIT 8`

/** One query for each incident; every row is one finding. */
export const incidentQueries = {
  port_scan: `
SELECT src, dst, min(time) AS first_seen, count(DISTINCT dst_port)::INTEGER AS evidence, 'ports probed' AS unit
FROM flows WHERE action = 'Denied' GROUP BY src, dst, time_bucket(INTERVAL 1 HOUR, time)
HAVING count(DISTINCT dst_port) >= 100 ORDER BY evidence DESC`,
  ssh_brute_force: `
SELECT src, dst, min(time) AS first_seen, count(DISTINCT src_port)::INTEGER AS evidence, 'connections' AS unit
FROM flows WHERE action = 'Allowed' AND direction = 'Inbound' AND dst_port = 22
GROUP BY src, dst, time_bucket(INTERVAL 1 HOUR, time)
HAVING count(DISTINCT src_port) >= 50 ORDER BY evidence DESC`,
  exfiltration: `
SELECT src, dst, min(time) AS first_seen, (sum(bytes) // 1000000000)::INTEGER AS evidence, 'GB out' AS unit
FROM flows WHERE direction = 'Outbound' AND instance IS NOT NULL AND dst NOT LIKE '10.%'
GROUP BY src, dst, instance, time_bucket(INTERVAL 2 HOURS, time)
HAVING sum(bytes) >= 5000000000 ORDER BY evidence DESC LIMIT 1`,
  flood: `
SELECT NULL AS src, dst, min(time) AS first_seen, count(DISTINCT src)::INTEGER AS evidence, 'sources in a minute' AS unit
FROM flows WHERE direction = 'Inbound' AND dst NOT LIKE '%:%'
GROUP BY dst, dst_port, time_bucket(INTERVAL 1 MINUTE, time)
HAVING count(DISTINCT src) >= 200 ORDER BY evidence DESC LIMIT 1`,
} as const
