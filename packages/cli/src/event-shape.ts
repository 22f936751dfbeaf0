/** What --to says, and the shapes for which little has to be loaded. */
import { recordMapping } from '@flowlogs/core'
import { createOcsfMapping, type OcsfVersion } from '@flowlogs/ocsf'
import type { Shape } from './destination.ts'
import { usageError } from './failure.ts'

/** The shapes of events. */
export const shapeNames = ['ocsf', 'json', 'otlp', 'ecs', 'snare'] as const

/** The name of a shape. */
export type ShapeName = (typeof shapeNames)[number]

/** What the command line says of a shape. */
export interface ShapeOptions {
  readonly to: ShapeName
  readonly format?: string
  readonly ocsfVersion?: string
}

/** OCSF events, or records. */
export function eventShapeOf(options: ShapeOptions & { readonly to: 'ocsf' | 'json' }): Shape {
  const lines = linesOf(options)
  const { to, ocsfVersion } = options
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
