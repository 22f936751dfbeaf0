/** Any shape, with no more loaded than it needs: `convert` starts often. */
import type { Shape } from './destination.ts'
import { eventShapeOf, type ShapeOptions } from './event-shape.ts'

/** The shape; rejects when an option does not go with it. */
export async function loadShape(options: ShapeOptions): Promise<Shape> {
  const { to } = options
  if (to === 'ocsf' || to === 'json') return eventShapeOf({ ...options, to })
  const { shapeOf } = await import('./shape.ts')
  return shapeOf(options)
}
