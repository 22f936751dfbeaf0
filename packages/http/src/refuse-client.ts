/** The answer to what is no proper HTTP request. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'

/** Answers and closes a connection whose request could not be read. */
export function refuseClient(
  error: Error & { readonly code?: string },
  socket: Duplex,
  responses: ReadonlySet<ServerResponse>,
  log: Logger,
): void {
  const isAnswered = [...responses].some(
    (response) => response.socket === socket && response.headersSent,
  )
  const status = statuses[error.code ?? ''] ?? '400 Bad Request'
  if (error.code !== 'ECONNRESET') log.info({ code: error.code, status }, 'refused')
  if (socket.writable && error.code !== 'ECONNRESET' && !isAnswered) {
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }
  socket.destroy()
}

const statuses: { readonly [code: string]: string } = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}
