/** A server for one test, and raw connections to it. */
import { connect } from 'node:net'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { createServer, type Server, type ServerOptions } from './server.ts'

/** A server that listens, and what it has logged. */
export interface Started {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Its lines of JSON, as written. */
  readonly lines: string[]
  /** The lines, without what differs from run to run. */
  logged(): { readonly [name: string]: unknown }[]
}

/** Listens at a free port until the test is over. */
export async function start(
  options: Omit<ServerOptions, 'log'> & { readonly level?: string },
): Promise<Started> {
  const { level = 'info', ...others } = options
  const lines: string[] = []
  const log = pino({ level, base: null, timestamp: false }, { write: (line) => lines.push(line) })
  const server = createServer({ port: 0, ...others, log })
  onTestFinished(() => server.close())
  const { url } = await server.listen()
  const logged = () =>
    lines.map((line) => {
      const { milliseconds: _, ...rest } = JSON.parse(line)
      return rest
    })
  return { url, port: Number(new URL(url).port), server, lines, logged }
}

/** Answers with the body of the request. */
export async function echo(request: Request): Promise<Response> {
  return new Response(await request.text())
}

/** Sends bytes as they are and resolves with all that came when the connection is closed. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(received))
  })
}

/** A promise and its resolution. */
export function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
