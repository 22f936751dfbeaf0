/** A receiver of the Forward protocol that misbehaves on request. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { decodeMulti, decodeMultiStream, ExtensionCodec, encode } from '@msgpack/msgpack'

/** What arrived in one packet. */
export interface Arrival {
  readonly tag: string
  readonly entries: readonly ArrivedEntry[]
  readonly options: Readonly<Record<string, unknown>>
  /** Bytes of the entries, inflated. */
  readonly size: number
}

/** One event: its time as `[seconds, nanoseconds]`, and its record. */
type ArrivedEntry = readonly [
  time: readonly [number, number],
  record: Readonly<Record<string, unknown>>,
]

/** What to do with a packet. */
export type Reaction =
  | 'ack'
  | 'ack twice'
  | 'ignore'
  /** Keep the events, and close without an acknowledgement. */
  | 'keep and close'
  | 'close'
  | { readonly ackAfter: number }

/** A receiver under test's control. */
export interface Receiver {
  readonly port: number
  /** How many connections there were. */
  readonly connections: () => number
  /** How many of them are open. */
  readonly open: () => number
  /** Packets that were kept, in order. */
  readonly arrivals: readonly Arrival[]
  /** The events of all packets that were kept. */
  readonly records: () => Record<string, unknown>[]
  close(): Promise<void>
}

const extensionCodec = new ExtensionCodec()
extensionCodec.register({
  type: 0,
  encode: () => null,
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    return [view.getUint32(0), view.getUint32(4)]
  },
})
const decoding = { extensionCodec, useBigInt64: true }

/** Starts a receiver; `react` is told of each packet and its number, from 0. */
export async function startReceiver({
  react = () => 'ack',
  tls,
  path,
  port = 0,
  closeAbove = Number.POSITIVE_INFINITY,
  closeAfter,
  deafConnections = 0,
}: {
  readonly react?: (arrival: Arrival, index: number) => Reaction
  readonly tls?: TlsOptions
  readonly path?: string
  readonly port?: number
  /** Closes the connection on packets with more bytes of entries, as Fluent Bit does. */
  readonly closeAbove?: number
  /** Closes so many of the first connections in the middle of a packet, after so many bytes. */
  readonly closeAfter?: { readonly bytes: number; readonly connections: number }
  /** So many of the first connections are accepted and never read, as by a peer that is gone. */
  readonly deafConnections?: number
} = {}): Promise<Receiver> {
  const arrivals: Arrival[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let packets = 0

  async function serve(socket: Socket): Promise<void> {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const connection = connections++
    if (connection < deafConnections) {
      socket.pause()
      return
    }
    if (closeAfter && connection < closeAfter.connections) {
      let bytes = 0
      socket.on('data', (chunk) => {
        bytes += chunk.length
        if (bytes > closeAfter.bytes) socket.destroy()
      })
      return
    }
    try {
      for await (const message of decodeMultiStream(socket, decoding)) handle(socket, message)
    } catch {
      socket.destroy()
    }
  }

  function handle(socket: Socket, message: unknown): void {
    const arrival = toArrival(message)
    if (arrival.size > closeAbove) {
      socket.destroy()
      return
    }
    const reaction = react(arrival, packets++)
    if (reaction === 'close') {
      socket.destroy()
      return
    }
    arrivals.push(arrival)
    const ack = encode({ ack: arrival.options.chunk })
    if (reaction === 'keep and close') socket.destroy()
    else if (typeof reaction === 'object') setTimeout(() => socket.write(ack), reaction.ackAfter)
    else if (reaction !== 'ignore' && arrival.options.chunk !== undefined) {
      socket.write(ack)
      if (reaction === 'ack twice') socket.write(ack)
    }
  }

  const server: Server = tls ? createTlsServer(tls, serve) : createServer(serve)
  if (path === undefined) server.listen(port, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    connections: () => connections,
    open: () => sockets.size,
    arrivals,
    records: () => arrivals.flatMap(({ entries }) => entries.map(([, record]) => record)),
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Reads `[tag, entries, options]`, whose entries are packed, compressed or a list. */
function toArrival(message: unknown): Arrival {
  const [tag, body, options] = message as [string, Uint8Array | ArrivedEntry[], Arrival['options']]
  if (Array.isArray(body)) return { tag, entries: body, options, size: 0 }
  const bytes = options.compressed === 'gzip' ? gunzipSync(body) : body
  const entries = [...decodeMulti(bytes, decoding)] as ArrivedEntry[]
  return { tag, entries, options, size: bytes.length }
}
