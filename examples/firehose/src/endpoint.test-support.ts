import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

export interface ReceivedRequest {
  method: string | undefined
  headers: IncomingHttpHeaders
  requestId: string
  timestamp: number
  /** The records' data, after base64. */
  records: Buffer[]
  text: string
}

export type Respond = (response: ServerResponse, request: ReceivedRequest) => void

export interface Endpoint {
  url: string
  requests: ReceivedRequest[]
}

/** A real HTTP server on loopback that lasts for one test; it answers as it is told. */
export async function serveEndpoint(respond: Respond): Promise<Endpoint> {
  const requests: ReceivedRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const text = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
    const { requestId, timestamp, records } = JSON.parse(text)
    const received = {
      method: request.method,
      headers: request.headers,
      requestId,
      timestamp,
      records: records.map(({ data }: { data: string }) => Buffer.from(data, 'base64')),
      text,
    }
    requests.push(received)
    respond(response, received)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, requests }
}

/** Answers with JSON and the headers that Firehose asks for. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** The answer that counts as delivered. */
export const accept: Respond = (response, { requestId }) =>
  sendJson(response, 200, { requestId, timestamp: 1_700_000_000_000 })
