import type { Incident } from '@flowlogs/example-firehose'
import type { Database, Row } from './database.ts'
import { incidentQueries } from './questions.ts'

/** Looks for each incident by SQL and says whether the finding is the one that was hidden. */
export async function findIncidents(
  database: Database,
  hidden: readonly Incident[],
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const incident of hidden) {
    const [finding, ...more] = await database.query(incidentQueries[incident.name])
    const {
      src = null,
      dst = null,
      first_seen = null,
      evidence = null,
      unit = null,
    } = finding ?? {}
    const isRight =
      more.length === 0 &&
      (src === null || incident.sources.includes(String(src))) &&
      incident.targets.includes(String(dst))
    rows.push({
      incident: incident.name,
      found: isRight ? 'yes' : 'no',
      from: src ?? (finding ? 'many' : null),
      to: dst,
      first_seen,
      evidence: evidence === null ? null : `${evidence} ${unit}`,
    })
  }
  return rows
}
