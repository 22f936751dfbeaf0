/** What lines become: the mapping that --to names. */
import { recordMapping } from '@flowlogs/core'
import { createOcsfMapping, type OcsfVersion } from '@flowlogs/ocsf'
import { createOtlpMapping, toOtlpLines } from '@flowlogs/opentelemetry'
import type { Shape } from './destination.ts'
import { usageError } from './failure.ts'

/** What the command line says of it. */
export interface ShapeOptions {
  readonly to: 'ocsf' | 'json' | 'otlp'
  readonly format?: string
  readonly ocsfVersion?: string
}

/** The shape; throws when an option does not go with it. */
export function shapeOf({ to, format, ocsfVersion }: ShapeOptions): Shape {
  if (to !== 'ocsf' && ocsfVersion !== undefined) {
    throw usageError('--ocsf-version goes with --to ocsf')
  }
  const lines = format === undefined ? {} : { format }
  if (to === 'json') return { ...lines, mapping: recordMapping }
  if (to === 'otlp') return { ...lines, mapping: createOtlpMapping(), toBytes: toOtlpLines }
  // The mapping itself refuses a version that it does not know.
  const version = ocsfVersion === undefined ? {} : { version: ocsfVersion as OcsfVersion }
  return { ...lines, mapping: createOcsfMapping(version) }
}
