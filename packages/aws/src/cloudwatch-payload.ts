/** A CloudWatch Logs payload as AWS writes it, opened without parsing its events. */
import { isUtf8 } from 'node:buffer'
import type { Origin } from '@flowlogs/core'
import { appendBlock } from './blocks.ts'
import { parseJson } from './exact-json.ts'
import { isObject, type Opening, streamOrigin } from './open-envelope.ts'

const eventsBegin = Buffer.from('"logEvents":[')
const eventsEnd = ']}'
const eventBegins = Buffer.from('{"id":"')
// Beyond, there may be more values than are read at all.
const maxLength = 8 * 1024 * 1024
const maxHeadLength = 16 * 1024
const event = /^\{"id":"([^"]*)","timestamp":([0-9]+),/

/**
 * Adds the lines of one DATA_MESSAGE whose last member is `logEvents`, and whose events have an id, a
 * timestamp and a message and nothing else. False when it is anything else; then nothing was added.
 */
export function openPlainPayload(
  content: Uint8Array,
  { input, into }: Pick<Opening, 'input' | 'into'>,
): boolean {
  const kernel = into.kernel()
  if (!kernel || content.length > maxLength) return false
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
  const start = bytes.subarray(0, maxHeadLength).indexOf(eventsBegin) + eventsBegin.length
  if (start < eventsBegin.length) return false
  const shared = readHead(bytes.subarray(0, start))
  if (!shared) return false
  const stream = { ...input.origin, ...shared }

  const { kept } = kernel
  const blocks: Uint8Array[] = []
  let events = 0
  let at = start
  for (;;) {
    kernel.load([bytes.subarray(at)])
    const { count, lines, length } = kernel.takeEvents(0)
    if (count === 0) break
    appendBlock(blocks, kernel.keep(lines))
    events += count
    at += length
    if (isEnd(bytes, at)) {
      into.addEvents(input, blocks, events, stream, findEvents(bytes, start, stream))
      return true
    }
    if (bytes[at] !== comma) break
    at++
  }
  kernel.kept = kept
  return false
}

const comma = 44

/** Finds the origins of events, from `start` on; made for indexes that mostly go up. */
function findEvents(bytes: Buffer, start: number, stream: Origin): (index: number) => Origin {
  let current = 0
  let at = start
  return (index) => {
    if (index < current) {
      current = 0
      at = start
    }
    // No quote stands within an id or a message.
    for (; current < index; current++) at = bytes.indexOf(eventBegins, at + 1)
    return { ...stream, ...parseEvent(bytes, at) }
  }
}

/** What heads say that were read before: a stream sends the same one again and again. */
const knownHeads = new Map<string, Origin>()
const maxKnownHeads = 1000
const maxKnownLength = 1024

/** What all events share, or undefined if this is not the beginning of a DATA_MESSAGE. */
function readHead(head: Buffer): Origin | undefined {
  if (head.length > maxKnownLength) return parseHead(head)
  const key = head.toString('latin1')
  const known = knownHeads.get(key)
  if (known) return known
  const origin = parseHead(head)
  if (knownHeads.size === maxKnownHeads) knownHeads.clear()
  if (origin) knownHeads.set(key, origin)
  return origin
}

function parseHead(head: Buffer): Origin | undefined {
  if (!isUtf8(head)) return undefined
  try {
    const payload = parseJson(`${head.toString()}${eventsEnd}`)
    const isData = isObject(payload) && payload.messageType === 'DATA_MESSAGE'
    return isData ? streamOrigin(payload, {}) : undefined
  } catch {
    return undefined
  }
}

/** Whether the payload ends here, perhaps with a line feed. */
function isEnd(bytes: Buffer, at: number): boolean {
  const rest = bytes.toString('latin1', at, at + 4)
  return rest === eventsEnd || rest === `${eventsEnd}\n`
}

function parseEvent(bytes: Buffer, start: number): Origin {
  const end = bytes.indexOf(',"message":', start)
  const [, eventId, timestamp] = event.exec(bytes.toString('latin1', start, end + 1)) ?? []
  return { ...(eventId && { eventId }), timestamp: Number(timestamp) }
}
