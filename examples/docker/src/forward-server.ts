import type { Socket } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { decodeMulti, decodeMultiStream, ExtensionCodec, encode } from '@msgpack/msgpack'

/** An event of the Forward protocol; its time in milliseconds. */
export interface ForwardEvent {
  readonly tag: string
  readonly time: number
  readonly record: Readonly<Record<string, unknown>>
}

type Entry = readonly [time: number, record: ForwardEvent['record']]
type Options = { readonly chunk?: string; readonly compressed?: string }

const extensionCodec = new ExtensionCodec()
// EventTime: seconds and nanoseconds.
extensionCodec.register({
  type: 0,
  encode: () => null,
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    return view.getUint32(0) + view.getUint32(4) / 1e9
  },
})

/**
 * Receives by Fluent's Forward protocol, in each of its modes, over TLS. A packet is acknowledged
 * when `store` has resolved; when it rejects, the connection is closed.
 */
export function createForwardServer(
  tls: TlsOptions,
  store: (events: readonly ForwardEvent[]) => Promise<void>,
): Server {
  async function serve(socket: Socket): Promise<void> {
    socket.on('error', () => {})
    try {
      for await (const message of decodeMultiStream(socket, { extensionCodec })) {
        const { events, chunk } = read(message)
        await store(events)
        if (chunk !== undefined) socket.write(encode({ ack: chunk }))
      }
    } catch {
      socket.destroy()
    }
  }
  return createServer(tls, serve)
}

/** `[tag, time, record, options]`, or `[tag, entries, options]` with entries packed or not. */
function read(message: unknown): {
  readonly events: readonly ForwardEvent[]
  readonly chunk: string | undefined
} {
  const [tag, body, ...rest] = message as readonly unknown[]
  const isSingle = typeof body === 'number'
  const options = (isSingle ? rest[1] : rest[0]) as Options | undefined
  const entries = isSingle ? [[body, rest[0]]] : Array.isArray(body) ? body : unpack(body, options)
  return {
    events: (entries as readonly Entry[]).map(([time, record]) => ({
      tag: String(tag),
      time: time * 1_000,
      record,
    })),
    chunk: options?.chunk,
  }
}

function unpack(body: unknown, options: Options | undefined): Iterable<unknown> {
  const bytes = body as Uint8Array
  const packed = options?.compressed === 'gzip' ? gunzipSync(bytes) : bytes
  return [...decodeMulti(packed, { extensionCodec })]
}
