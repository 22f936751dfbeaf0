/** The shapes that need little to be loaded: one event for each line. */
import { recordMapping } from '@flowlogs/core'
import { createOcsfMapping, type OcsfVersion } from '@flowlogs/ocsf'
import type { Shape } from './destination.ts'
import { usageError } from './failure.ts'

/** What the command line says of a shape. */
export interface ShapeOptions {
  readonly to: 'ocsf' | 'json' | 'otlp'
  readonly format?: string
  readonly ocsfVersion?: string
}

/** OCSF events, or records. */
export function eventShapeOf(options: ShapeOptions): Shape {
  const { to, ocsfVersion } = options
  const lines = linesOf(options)
  if (to === 'json') return { ...lines, mapping: recordMapping }
  // The mapping itself refuses a version that it does not know.
  const version = ocsfVersion === undefined ? {} : { version: ocsfVersion as OcsfVersion }
  return { ...lines, mapping: createOcsfMapping(version) }
}

/** How lines are read; throws when an option does not go with the shape. */
export function linesOf({ to, format, ocsfVersion }: ShapeOptions): Pick<Shape, 'format'> {
  if (to !== 'ocsf' && ocsfVersion !== undefined) {
    throw usageError('--ocsf-version goes with --to ocsf')
  }
  return format === undefined ? {} : { format }
}
