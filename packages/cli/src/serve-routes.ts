/** What is served at which path. */
import { createFirehoseEndpoint } from '@flowlogs/aws'
import { accessKeysOf, type Config, type ConfigEndpoint } from './config.ts'
import type { Sink } from './destination.ts'

/** Answers a request. */
type Handle = (request: Request) => Promise<Response>

/** A handler for each endpoint of the configuration, by its path. */
export function createRoutes(
  config: Config,
  output: Sink,
  log: (entry: object) => void,
): Readonly<Record<string, Handle>> {
  return Object.fromEntries(
    config.endpoints.map((endpoint) => [
      endpoint.path,
      createFirehose(endpoint, config, output, log),
    ]),
  )
}

function createFirehose(
  endpoint: ConfigEndpoint,
  { limits = {} }: Config,
  output: Sink,
  log: (entry: object) => void,
): Handle {
  const { format } = endpoint
  const { max_body_bytes: maxBodyBytes, max_pending_bytes: maxPendingBytes } = limits
  return createFirehoseEndpoint({
    accessKeys: accessKeysOf(endpoint),
    transform: format === undefined ? output.transform : output.transform.withFormat(format),
    deliver: output.deliver,
    log,
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(maxPendingBytes !== undefined && { maxPendingBytes }),
  })
}
