export type { AccessKeys } from './access-keys.ts'
export { type Delivery, transformDelivery } from './delivery.ts'
export {
  createFirehoseEndpoint,
  type Deliver,
  type FirehoseEndpointOptions,
} from './firehose-endpoint.ts'
export { transformStream } from './transform-stream.ts'
export { type UnwrapOptions, unwrap } from './unwrap.ts'
