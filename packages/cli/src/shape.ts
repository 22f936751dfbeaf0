/** What lines become: the mapping that --to names. */
import { createOtlpMapping, toOtlpLines } from '@flowlogs/opentelemetry'
import type { Shape } from './destination.ts'
import { eventShapeOf, linesOf, type ShapeOptions } from './event-shape.ts'

/** The shape; throws when an option does not go with it. */
export function shapeOf(options: ShapeOptions): Shape {
  if (options.to !== 'otlp') return eventShapeOf(options)
  return { ...linesOf(options), mapping: createOtlpMapping(), toBytes: toOtlpLines }
}
