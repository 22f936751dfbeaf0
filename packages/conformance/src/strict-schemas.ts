import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const configured = process.env.FLOWLOGS_OCSF_SCHEMAS
const beside = resolve(import.meta.dirname, '../../../../shared/ocsf')

/**
 * The folder with the full OCSF schemas, which are third-party data and not in this repository:
 * `FLOWLOGS_OCSF_SCHEMAS` (empty for none), else `../shared/ocsf` beside the repository if it is there.
 */
export const strictSchemas: string | undefined =
  configured === undefined ? (existsSync(beside) ? beside : undefined) : configured || undefined

if (strictSchemas !== undefined && !existsSync(strictSchemas)) {
  throw new Error(`FLOWLOGS_OCSF_SCHEMAS names ${strictSchemas}, and there is no such folder`)
}

/** Vitest calls this when all tests are done: what was not tested must be said. */
export function teardown(): void {
  if (strictSchemas === undefined) {
    console.log(
      'SKIPPED: tests against the full OCSF schemas, which are not here; events were judged by our own schema only (see packages/conformance/README.md)',
    )
  }
}
