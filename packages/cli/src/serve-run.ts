/** A server from its start to its end. */
import { readFileSync } from 'node:fs'
import {
  createPrometheusMetrics,
  createServer,
  type Server,
  type ServerLimits,
} from '@flowlogs/http'
import { metrics } from '@opentelemetry/api'
import { destination, type Logger, pino } from 'pino'
import { type Config, readConfig } from './config.ts'
import type { Sink } from './destination.ts'
import { openServerOutput, tryServerOutput } from './serve-output.ts'
import { createRoutes } from './serve-routes.ts'

/** Serves until the process is told to stop, and everything is stored. */
export async function runServer(file: string): Promise<void> {
  const config = readConfig(file)
  // Standard output may be for events.
  const log = pino(destination(2))
  const stopped = untilSignal()
  const measured = startMetrics(config)
  const output = await openServerOutput(config, (problem) => log.warn(problem, 'output'))
  try {
    const server = buildServer(config, output, log, measured)
    const { url } = await server.listen()
    const urls = config.endpoints.map(({ path }) => `${url}${path}`)
    process.stderr.write(`flowlogs: listening on ${urls.join(', ')}\n`)
    await stopped
    // What gathers is not to wait for its time while requests wait for it.
    const timer = setInterval(() => output.flush?.().catch(() => {}), 100)
    await server.close().finally(() => clearInterval(timer))
  } finally {
    await closeInTime(output, config, log)
  }
}

/** What was acknowledged is stored by then, or in the spool; nothing else is waited for longer. */
async function closeInTime(output: Sink, { limits = {} }: Config, log: Logger): Promise<void> {
  const { shutdown_seconds: seconds = defaultSeconds } = limits
  const patience = AbortSignal.timeout(seconds * 1000)
  await output.close(patience)
  if (patience.aborted) {
    log.warn('stopped before everything was delivered; the spool, if there is one, has the rest')
  }
  // A request that was cut off may go on for a while; first the exit code is to be known.
  setImmediate(() => process.exit())
}

const defaultSeconds = 10

/** Throws when a server could not be built; it does not listen, and nothing is sent. */
export async function checkServer(config: Config): Promise<void> {
  const output = tryServerOutput(config)
  try {
    buildServer(config, output, pino({ enabled: false }))
  } finally {
    await output.close()
  }
}

function buildServer(
  config: Config,
  output: Sink,
  log: Logger,
  measured?: () => Promise<string>,
): Server {
  const { listen = {}, limits = {}, metrics: exposed } = config
  const { host, port, tls } = listen
  const keys = typeof exposed === 'object' ? exposed.access_keys : undefined
  return createServer({
    routes: createRoutes(config, output, log),
    limits: toServerLimits(limits),
    log,
    // Every route has its own.
    ...(keys && { auth: { bearer: keys } }),
    ...(output.ready && { ready: output.ready }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(tls && {
      tls: {
        cert: readFileSync(tls.cert_file, 'utf8'),
        key: readFileSync(tls.key_file, 'utf8'),
      },
    }),
    ...(measured && { metrics: measured }),
  })
}

function toServerLimits(limits: NonNullable<Config['limits']>): ServerLimits {
  const { max_connections: maxConnections, max_header_bytes: maxHeaderBytes } = limits
  const { header_seconds: header, request_seconds: request = 120 } = limits
  const { keep_alive_seconds: keepAlive, idle_seconds: idle } = limits
  const { shutdown_seconds: shutdown = defaultSeconds } = limits
  return {
    ...(maxConnections !== undefined && { maxConnections }),
    ...(maxHeaderBytes !== undefined && { maxHeaderBytes }),
    headersTimeout: (header ?? Math.min(10, request)) * 1000,
    requestTimeout: request * 1000,
    ...(keepAlive !== undefined && { keepAliveTimeout: keepAlive * 1000 }),
    ...(idle !== undefined && { socketTimeout: idle * 1000 }),
    closeTimeout: shutdown * 1000,
  }
}

/** The text of /metrics. */
function startMetrics(config: Config): (() => Promise<string>) | undefined {
  if (config.metrics === false) return undefined
  const { meterProvider, text } = createPrometheusMetrics()
  metrics.setGlobalMeterProvider(meterProvider)
  return text
}

/** A second signal ends the process as usual. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}
