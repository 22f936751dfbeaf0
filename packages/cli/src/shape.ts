/** What lines become: the mapping that --to names. */
import { recordMapping } from '@flowlogs/core'
import { createEcsMapping } from '@flowlogs/ecs'
import { createOcsfMapping, type OcsfVersion } from '@flowlogs/ocsf'
import { createOtlpMapping, toOtlpLines } from '@flowlogs/opentelemetry'
import { createSnareMapping } from '@flowlogs/snare'
import type { Shape } from './destination.ts'
import { usageError } from './failure.ts'

/** The shapes of events. */
export const shapeNames = ['ocsf', 'json', 'otlp', 'ecs', 'snare'] as const

/** The name of a shape. */
export type ShapeName = (typeof shapeNames)[number]

/** What the command line says of it. */
export interface ShapeOptions {
  readonly to: ShapeName
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
  if (to === 'ecs') return { ...lines, mapping: createEcsMapping() }
  if (to === 'snare') return { ...lines, mapping: createSnareMapping() }
  if (to === 'otlp') return { ...lines, mapping: createOtlpMapping(), toBytes: toOtlpLines }
  // The mapping itself refuses a version that it does not know.
  const version = ocsfVersion === undefined ? {} : { version: ocsfVersion as OcsfVersion }
  return { ...lines, mapping: createOcsfMapping(version) }
}
