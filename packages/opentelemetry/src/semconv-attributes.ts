/** The attributes as the semantic conventions name them (https://opentelemetry.io/docs/specs/semconv/registry/attributes/). */
import { type Node, object, rest, text } from '@flowlogs/core'
import { flowAttributes, protocolAttributes } from './flow-attributes.ts'

/** What the conventions do not name, is named as the Collector does. */
export const semconvAttributes: Node = object(
  flowAttributes,
  protocolAttributes('network.transport'),
  { 'container.id': text('ecs_container_id') },
  { 'aws.vpc.flow.unmapped': rest },
)
