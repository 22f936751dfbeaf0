/** The body of a log record → the flow log line in it. */
import type { Origin } from '@flowlogs/core'

/** The lines of a body, without line endings, and what the body tells of where they are from. */
export interface BodyLines {
  readonly lines: readonly string[]
  readonly origin: Origin
}

/**
 * The lines of a body: text, bytes, `{ message }` as Firehose and CloudWatch Logs write it, a
 * CloudWatch Logs payload, or one of these objects as JSON text. Undefined for anything else.
 */
export function readBody(body: unknown): BodyLines | undefined {
  if (typeof body === 'string') return readText(body)
  if (body instanceof Uint8Array) {
    const text = decode(body)
    return text === undefined ? undefined : readText(text)
  }
  return readObject(body)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function readText(text: string): BodyLines | undefined {
  if (!text.trimStart().startsWith('{')) return { lines: split(text), origin: {} }
  // An application's own JSON need not be parsed only to be passed.
  if (!text.includes('"message"')) return undefined
  try {
    return readObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function split(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

function readObject(body: unknown): BodyLines | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { message, logEvents } = body as { message?: unknown; logEvents?: unknown }
  if (typeof message === 'string') return { lines: split(message), origin: eventOrigin(body) }
  if (!Array.isArray(logEvents)) return undefined
  const events = logEvents.map((event) => readObject(event))
  return {
    lines: events.flatMap((event) => event?.lines ?? []),
    origin: { ...payloadOrigin(body), ...events[0]?.origin },
  }
}

/** What a CloudWatch log event tells. */
function eventOrigin({ id, timestamp }: { id?: unknown; timestamp?: unknown }): Origin {
  return {
    ...(typeof id === 'string' && { eventId: id }),
    ...(typeof timestamp === 'number' && { timestamp }),
  }
}

/** What a CloudWatch Logs payload tells of all its events. */
function payloadOrigin(payload: {
  owner?: unknown
  logGroup?: unknown
  logStream?: unknown
}): Origin {
  const { owner, logGroup, logStream } = payload
  return {
    ...(typeof owner === 'string' && { account: owner }),
    ...(typeof logGroup === 'string' && { logGroup }),
    ...(typeof logStream === 'string' && { logStream }),
  }
}
