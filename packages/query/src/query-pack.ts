import { coverageQueries } from './queries-coverage.ts'
import { rejectQueries } from './queries-rejects.ts'
import { securityQueries } from './queries-security.ts'
import { volumeQueries } from './queries-volume.ts'
import type { Query } from './query.ts'

/** All queries with a name, in the order in which they are listed. */
export const queries: readonly Query[] = [
  ...volumeQueries,
  ...rejectQueries,
  ...securityQueries,
  ...coverageQueries,
]

/** The query of a name. */
export function findQuery(name: string): Query | undefined {
  return queries.find((query) => query.name === name)
}
