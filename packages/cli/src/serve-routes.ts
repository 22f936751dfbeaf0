/** What is served at which path. */
import { createFirehoseEndpoint } from '@flowlogs/aws'
import { createHttpTransform, type Route } from '@flowlogs/http'
import type { Logger } from 'pino'
import { accessKeysOf, type Config, type ConfigEndpoint } from './config.ts'
import type { Sink } from './destination.ts'

/** A route for each endpoint of the configuration, by its path. */
export function createRoutes(
  config: Config,
  output: Sink,
  log: Logger,
): Readonly<Record<string, Route>> {
  return Object.fromEntries(
    config.endpoints.map((endpoint) => {
      const { format, type } = endpoint
      const transform =
        format === undefined ? output.transform : output.transform.withFormat(format)
      const create = type === 'firehose' ? createFirehoseRoute : createTransformRoute
      return [endpoint.path, create(endpoint, config, { ...output, transform }, log)]
    }),
  )
}

/** The endpoint checks its keys itself, and answers what Firehose understands. */
function createFirehoseRoute(
  endpoint: ConfigEndpoint,
  { limits = {} }: Config,
  { transform, deliver }: Sink,
  log: Logger,
): Route {
  const { max_body_bytes: maxBodyBytes, max_pending_bytes: maxPendingBytes } = limits
  const handler = createFirehoseEndpoint({
    accessKeys: accessKeysOf(endpoint),
    transform,
    deliver,
    log: (invocation) =>
      log[invocation.outcome === 'ok' ? 'info' : 'warn'](invocation, 'invocation'),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(maxPendingBytes !== undefined && { maxPendingBytes }),
  })
  return { handler, auth: 'none' }
}

function createTransformRoute(
  endpoint: ConfigEndpoint,
  { limits = {} }: Config,
  { transform, deliver }: Sink,
  log: Logger,
): Route {
  const { message, carry, id, respond = false } = endpoint
  const { max_body_bytes: maxBodyBytes, max_pending_bytes: maxPendingBytes } = limits
  const handler = createHttpTransform({
    transform,
    output: respond ? 'respond' : deliver,
    report: ({ error, ...report }) => {
      const reason = error instanceof Error ? causeOf(error).message : undefined
      const entry = { handler: 'http-transform', ...report, ...(reason && { error: reason }) }
      log[report.status < 400 ? 'info' : 'warn'](entry, 'invocation')
    },
    ...(message !== undefined && { message }),
    ...(carry && { carry }),
    ...(id !== undefined && { id }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(maxPendingBytes !== undefined && { maxPendingBytes }),
  })
  const keys = accessKeysOf(endpoint)
  return { handler, auth: keys === 'none' ? keys : { bearer: keys } }
}

function causeOf(error: Error): Error {
  return error.cause instanceof Error ? error.cause : error
}
