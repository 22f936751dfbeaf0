/** A server from its start to its end. */
import { readConfig } from './config.ts'
import { createHost } from './serve-host.ts'
import { openServerOutput } from './serve-output.ts'
import { createRoutes } from './serve-routes.ts'

/** Serves until the process is told to stop, and everything is stored. */
export async function runServer(file: string): Promise<void> {
  const config = readConfig(file)
  const stopped = untilSignal()
  const output = await openServerOutput(config, (problem) =>
    log({ component: 'output', ...problem }),
  )
  try {
    const server = createHost(createRoutes(config, output, log))
    const { host = '127.0.0.1', port = 8080, tls } = config.listen ?? {}
    const address = await server.listen(port, host)
    const place = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`
    const urls = config.endpoints.map(({ path }) => `${place}${path}`)
    process.stderr.write(`flowlogs: listening on ${urls.join(', ')}\n`)
    await stopped
    // What gathers is not to wait for its time while requests wait for it.
    const timer = setInterval(() => output.flush?.().catch(() => {}), 100)
    await server.close().finally(() => clearInterval(timer))
  } finally {
    await output.close()
  }
}

/** A second signal ends the process as usual. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}

/** Standard output may be for events. */
function log(entry: object): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`)
}
