/** Any shape, with no more loaded than it needs: `convert` starts often. */
import type { Shape } from './destination.ts'
import { eventShapeOf, type ShapeOptions } from './event-shape.ts'

/** The shape; rejects when an option does not go with it. */
export async function loadShape(options: ShapeOptions): Promise<Shape> {
  if (options.to !== 'otlp') return eventShapeOf(options)
  const { shapeOf } = await import('./shape.ts')
  return shapeOf(options)
}
