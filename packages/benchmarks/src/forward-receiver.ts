/** A receiver in a process of its own, so that its work is not counted: acknowledges, and counts. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { decodeMultiStream, encode } from '@msgpack/msgpack'

type Message = readonly [tag: string, entries: unknown, options?: { size?: number; chunk?: string }]

let events = 0
let bytes = 0

const server = createServer(async (socket) => {
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  // What is packed is not looked at.
  for await (const message of decodeMultiStream(socket)) {
    const [, , { size = 0, chunk } = {}] = message as Message
    events += size
    if (chunk !== undefined) socket.write(encode({ ack: chunk }))
  }
}).listen(0, '127.0.0.1')
await once(server, 'listening')

const address = server.address()
process.send?.(typeof address === 'object' ? address?.port : undefined)

// Says what has arrived once all of it has.
process.on('message', async (expected: number) => {
  while (events < expected) await new Promise((resolve) => setTimeout(resolve, 1))
  process.send?.({ events, bytes })
  events = 0
  bytes = 0
})
process.on('disconnect', () => process.exit())
