/**
 * The attributes of the OpenTelemetry Collector's AWS logs encoding
 * (https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/extension/encoding/awslogsencodingextension),
 * and names in its manner for what it does not know.
 */
import { type Node, object, rest, type Template, text } from '@flowlogs/core'
import { flowAttributes, protocolAttributes } from './flow-attributes.ts'

const containers: Template = {
  'aws.ecs.container.id': text('ecs_container_id'),
}

/** `network.protocol.name` holds what the conventions call the transport, so that is there as well. */
export const collectorAttributes: Node = object(
  flowAttributes,
  protocolAttributes('network.protocol.name', 'network.transport'),
  containers,
  { 'aws.vpc.flow.unmapped': rest },
)
