/** What lines become: the mapping that --to names. */
import { createEcsMapping } from '@flowlogs/ecs'
import { createOtlpMapping, toOtlpLines } from '@flowlogs/opentelemetry'
import { createSnareMapping } from '@flowlogs/snare'
import type { Shape } from './destination.ts'
import { eventShapeOf, linesOf, type ShapeOptions } from './event-shape.ts'

/** The shape; throws when an option does not go with it. */
export function shapeOf(options: ShapeOptions): Shape {
  const lines = linesOf(options)
  const { to } = options
  if (to === 'ecs') return { ...lines, mapping: createEcsMapping() }
  if (to === 'snare') return { ...lines, mapping: createSnareMapping() }
  if (to === 'otlp') return { ...lines, mapping: createOtlpMapping(), toBytes: toOtlpLines }
  return eventShapeOf({ ...options, to })
}
