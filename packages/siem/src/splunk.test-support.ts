/** A stand-in for Splunk's HTTP Event Collector, as Splunk Enterprise 10.4 was seen to answer. */
import type { Answer, ReceivedRequest } from './http-receiver.test-support.ts'

/** How the collector is set up. */
export interface SplunkStandInOptions {
  readonly token?: string
  /** Whether the token has indexer acknowledgement: how often it is asked before it says true. */
  readonly acknowledgement?: { readonly polls: number }
  /** The code for an event that is not taken. */
  readonly refuse?: (document: string) => number | undefined
  /** From where a busy server counts: nobody has published it. Default 1. */
  readonly firstBusy?: 0 | 1
}

/** A collector that stores events. */
export interface SplunkStandIn {
  answer(request: ReceivedRequest): Exclude<Answer, string>
  /** The documents that are indexed, by request. */
  stored(): readonly (readonly string[])[]
  /** What stood around the documents, in the order in which they were taken. */
  readonly envelopes: readonly object[]
  /** Loses its memory: numbers, and events that were taken and not indexed yet. */
  restart(): void
}

interface Request {
  readonly documents: readonly string[]
  polls: number
}

/** Builds the collector. */
export function createSplunkStandIn(options: SplunkStandInOptions = {}): SplunkStandIn {
  const { token = 'secret', acknowledgement, refuse = () => undefined, firstBusy = 1 } = options
  const stored: (readonly string[])[] = []
  const envelopes: object[] = []
  const channels = new Map<string, { next: number; readonly waiting: Map<number, Request> }>()

  function channelOf(name: string) {
    const channel = channels.get(name) ?? { next: 0, waiting: new Map<number, Request>() }
    channels.set(name, channel)
    return channel
  }

  function takeEvents(text: string, name: string): Exclude<Answer, string> {
    const documents: string[] = []
    const lines = text.split('\n')
    if (lines.pop() !== '') throw new Error('the last line has no end')
    if (lines.length === 0) return saying(400, 'No data', 5)
    for (const [number, line] of lines.entries()) {
      const document = line.slice(line.indexOf('"event":') + '"event":'.length, -1)
      const { event, ...envelope } = JSON.parse(line)
      JSON.parse(document)
      const unknown = Object.keys(envelope).filter((key) => !known.has(key))
      if (unknown.length > 0) throw new Error(`unknown members: ${unknown}`)
      const code = refuse(document)
      if (code !== undefined) {
        // With acknowledgement nobody will be told what became of those, so they count as lost.
        if (documents.length > 0 && !acknowledgement) stored.push(documents)
        const isBusy = code === 8 || code === 9
        const first = isBusy ? firstBusy : code === 7 ? 1 : 0
        const status = code === 8 ? 500 : isBusy ? 503 : 400
        return saying(status, 'No', code, { 'invalid-event-number': number + first })
      }
      envelopes.push(envelope)
      documents.push(document)
    }
    if (!acknowledgement) {
      stored.push(documents)
      return saying(200, 'Success', 0)
    }
    const channel = channelOf(name)
    channel.waiting.set(channel.next, { documents, polls: 0 })
    return saying(200, 'Success', 0, { ackId: channel.next++ })
  }

  function acknowledge(text: string, name: string): Exclude<Answer, string> {
    const { waiting } = channelOf(name)
    const acks: Record<string, boolean> = {}
    for (const ackId of JSON.parse(text).acks as number[]) {
      const request = waiting.get(ackId)
      if (request) request.polls += 1
      acks[ackId] = request !== undefined && request.polls > (acknowledgement?.polls ?? 0)
      if (!request || !acks[ackId]) continue
      stored.push(request.documents)
      // Splunk tells it once.
      waiting.delete(ackId)
    }
    return { body: { acks } }
  }

  return {
    answer({ method, path, headers, text }) {
      if (path === '/services/collector/health') return saying(200, 'HEC is healthy', 17)
      if (method !== 'POST') return saying(405, 'The requested URL was not found', 404)
      if (headers.authorization === undefined) return saying(401, 'Token is required', 2)
      if (!headers.authorization.startsWith('Splunk '))
        return saying(401, 'Invalid authorization', 3)
      if (headers.authorization !== `Splunk ${token}`) return saying(403, 'Invalid token', 4)
      const channel = headers['x-splunk-request-channel']
      if (acknowledgement && channel === undefined) {
        return saying(400, 'Data channel is missing', 10)
      }
      if (channel !== undefined && !/^[0-9a-f-]{36}$/.test(String(channel))) {
        return saying(400, 'Invalid data channel', 11)
      }
      if (path === '/services/collector/event') return takeEvents(text, String(channel))
      if (path !== '/services/collector/ack') {
        return saying(404, 'The requested URL was not found on this server.', 404)
      }
      return acknowledgement
        ? acknowledge(text, String(channel))
        : saying(400, 'ACK is disabled', 14)
    },
    stored: () => stored,
    envelopes,
    restart: () => channels.clear(),
  }
}

const known = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'fields'])

function saying(
  status: number,
  text: string,
  code: number,
  numbers: object = {},
): Exclude<Answer, string> {
  return { status, body: { text, code, ...numbers } }
}
