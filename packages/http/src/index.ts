export type { Auth } from './authorization.ts'
export type { DeadLetterEntry } from './dead-letter.ts'
export type { Deliver } from './deliver.ts'
export {
  createHttpTransform,
  type HttpTransformOptions,
  type HttpTransformReport,
} from './http-transform.ts'
export { createPrometheusMetrics, type PrometheusMetrics } from './prometheus-metrics.ts'
export type { EventPaths, OriginName } from './read-event.ts'
export { createRelay, type RelayOptions } from './relay.ts'
export { createServer, type Server, type ServerOptions } from './server.ts'
export type { ServerLimits } from './server-limits.ts'
export type { Handler, Route } from './server-route.ts'
