/** A fake `_bulk` endpoint in a process of its own: reads, unpacks, and says that all is well. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'

let events = 0
let bytes = 0

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const sent = Buffer.concat(chunks)
    bytes += sent.length
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`{"items":[${items(body)}]}`)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1')
await once(server, 'listening')

const idAt = '{"create":{"_id":"'.length
const newline = 10

function items(body: Buffer): string {
  const written: string[] = []
  for (let start = 0; start < body.length; ) {
    written.push(
      `{"create":{"_id":"${body.toString('latin1', start + idAt, start + idAt + 32)}","status":201}}`,
    )
    const document = body.indexOf(newline, start) + 1
    start = body.indexOf(newline, document) + 1
  }
  events += written.length
  return written.join(',')
}

const address = server.address()
process.send?.(typeof address === 'object' ? address?.port : undefined)

// Says what has arrived, and what CPU time that took, in microseconds.
let used = process.cpuUsage()
process.on('message', () => {
  const { user, system } = process.cpuUsage(used)
  process.send?.({ events, bytes, cpu: user + system })
  events = 0
  bytes = 0
  used = process.cpuUsage()
})
process.on('disconnect', () => process.exit())
