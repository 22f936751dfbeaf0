/** Interim: a host on node:http. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Handle = (request: Request) => Promise<Response>

export function createHost(routes: Readonly<Record<string, Handle>>): {
  listen(port: number, host: string): Promise<{ port: number }>
  close(): Promise<void>
} {
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost')
    const handle = routes[url.pathname]
    if (!handle) {
      outgoing.writeHead(404).end()
      return
    }
    const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
    const response = await handle(
      new Request(url, {
        method: incoming.method ?? 'GET',
        headers: Object.entries(incoming.headers) as [string, string][],
        ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
      } as RequestInit),
    )
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    await pipeline(Readable.from([Buffer.from(await response.arrayBuffer())]), outgoing)
  })
  return {
    listen: (port: number, host: string) =>
      new Promise<{ port: number }>((resolve, reject) => {
        server.on('error', reject)
        server.listen(port, host, () => resolve(server.address() as AddressInfo))
      }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}
