/** A server from its start to its end. */
import { readFileSync } from 'node:fs'
import { createPrometheusMetrics, createServer, type Server } from '@flowlogs/http'
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

/**
 * A sink whose receiver is down would go on trying. What was acknowledged is stored by then, or in
 * the spool, so the process may end as if it were killed.
 */
async function closeInTime(output: Sink, { limits = {} }: Config, log: Logger): Promise<void> {
  const { shutdown_seconds: seconds = defaultSeconds } = limits
  // The spool takes this long by itself.
  const milliseconds = seconds * 1000 + 1000
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'late')
  })
  const outcome = await Promise.race([output.close(), late]).finally(() => clearTimeout(timer))
  if (outcome !== 'late') return
  log.warn('stopped before everything was delivered; the spool, if there is one, has the rest')
  // After the exit code is known.
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
  const { listen = {}, limits = {} } = config
  const { host, port, tls } = listen
  const { shutdown_seconds: seconds = defaultSeconds } = limits
  return createServer({
    routes: createRoutes(config, output, log),
    limits: { closeTimeout: seconds * 1000 },
    log,
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
