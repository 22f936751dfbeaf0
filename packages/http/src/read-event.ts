/** One event as a shipper sends it → its flow line, and what of the event goes along. */
import { configurationError, type Origin, type RejectionCode } from '@flowlogs/core'

/** What of an origin is text, and may stand in an event. */
export type OriginName = 'account' | 'region' | 'logGroup' | 'logStream' | 'eventId' | 'requestId'

/** Where things are in an event. Paths are names of members, separated by dots. */
export interface EventPaths {
  /** The flow log line, or all of those that it finds where it passes through arrays. Default `message`. */
  readonly message?: string
  /** Members of the event that the mapped event gets, too, under their last name. */
  readonly carry?: readonly string[]
  /** Members of the event that tell where the line came from. */
  readonly origin?: Readonly<Partial<Record<OriginName, string>>>
}

/** What goes along with a line. Equal contexts that follow each other are one object. */
export interface Context {
  readonly origin: Origin
  /** The carried members: each name, and its value as JSON text. */
  readonly members: readonly (readonly [name: string, json: string])[]
}

/** What an event says: a line, in the bytes of the body or as text, or nothing that can be read. */
type EventReading =
  | { readonly context: Context; readonly from: number; readonly to: number }
  | { readonly context: Context; readonly text: string }
  | { readonly code: RejectionCode }

/** Reads the event between two positions of a body. */
export type EventReader = (body: Buffer, from: number, to: number) => EventReading

/** Everything of an event around its line: events that differ in the line only need no parsing. */
interface Frame {
  readonly head: Buffer
  readonly tail: Buffer
  readonly context: Context
}

// Frames that fit no other event are not worth looking for.
const maxVainFrames = 8
const probe = 'probe'

/** Builds what makes readers, one for each body. Throws when a path is wrong. */
export function createEventReaders(paths: EventPaths): () => EventReader {
  const { message = 'message', carry = [], origin = {} } = paths
  const messagePath = parsePath(message)
  const carried = carry.map(parsePath).map((path) => ({ path, name: path.at(-1) as string }))
  const repeated = carried.find(({ name }, index) =>
    carried.slice(0, index).some((other) => other.name === name),
  )
  if (repeated) throw configurationError(`two carried members are called "${repeated.name}"`)
  const origins = Object.entries(origin).map(
    ([name, path]) => [name as OriginName, parsePath(path)] as const,
  )

  function readContext(event: unknown): Context {
    const members = carried.flatMap(({ path, name }) => {
      const json = toScalarJson(find(event, path))
      return json === undefined ? [] : [[name, json] as const]
    })
    const known = origins.flatMap(([name, path]) => {
      const value = find(event, path)
      return typeof value === 'string' && value !== '' ? [[name, value]] : []
    })
    return { origin: Object.fromEntries(known), members }
  }

  return () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    let context: Context = { origin: {}, members: [] }
    let contextKey = JSON.stringify(context)
    let frame: Frame | undefined
    let vainFrames = 0

    function share(found: Context): Context {
      const key = JSON.stringify(found)
      if (key === contextKey) return context
      contextKey = key
      context = found
      return found
    }

    function findFrame(text: string, line: string): Frame | undefined {
      if (vainFrames >= maxVainFrames) return undefined
      vainFrames++
      const json = JSON.stringify(line)
      const at = text.indexOf(json)
      if (at === -1) return undefined
      const head = text.slice(0, at + 1)
      const tail = text.slice(at + json.length - 1)
      const probed = parse(head + probe + tail)
      if (findText(probed, messagePath) !== probe) return undefined
      if (JSON.stringify(readContext(probed)) !== contextKey) return undefined
      return { head: Buffer.from(head), tail: Buffer.from(tail), context }
    }

    return (body, from, to) => {
      if (frame && fits(frame, body, from, to)) {
        vainFrames = 0
        const { head, tail } = frame
        return { context: frame.context, from: from + head.length, to: to - tail.length }
      }
      let text: string
      try {
        text = decoder.decode(body.subarray(from, to))
      } catch {
        return { code: 'bad_encoding' }
      }
      const event = parse(text)
      if (event === undefined) return { code: 'bad_json' }
      const line = findText(event, messagePath)
      if (line === undefined) return { code: 'unknown_shape' }
      const shared = share(readContext(event))
      frame = findFrame(text, line)
      return { context: shared, text: line }
    }
  }
}

/** Whether an event is the frame around text in which every character stands for itself. */
function fits({ head, tail }: Frame, body: Buffer, from: number, to: number): boolean {
  const start = from + head.length
  const end = to - tail.length
  if (end < start) return false
  if (body.compare(head, 0, head.length, from, start) !== 0) return false
  if (body.compare(tail, 0, tail.length, end, to) !== 0) return false
  // What may be a header is looked at more closely.
  const first = body[start] as number
  if (first === 32 || (first >= 97 && first <= 122)) return false
  for (let index = start; index < end; index++) {
    const byte = body[index] as number
    // Control characters, what is not ASCII, quotes and backslashes.
    if (byte < 32 || byte > 126 || byte === 34 || byte === 92) return false
  }
  return true
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parsePath(path: string): readonly string[] {
  const names = path.split('.')
  if (names.every((name) => name !== '')) return names
  throw configurationError(`"${path}" is not a path of member names separated by dots`)
}

function find(event: unknown, path: readonly string[]): unknown {
  let value = event
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** The text at a path. Of each element of arrays on the way, it is a line, whatever is there. */
function findText(event: unknown, path: readonly string[]): string | undefined {
  let value = event
  for (const [depth, name] of path.entries()) {
    value = find(value, [name])
    if (!Array.isArray(value)) continue
    const rest = path.slice(depth + 1)
    return value.map((each) => findText(each, rest) ?? toJson(each)).join('\n')
  }
  return typeof value === 'string' ? value : undefined
}

/** What is nested deeper than the platform can write is cut short. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return Array.isArray(value) ? '[…]' : '{…}'
  }
}

/** Text, numbers that have kept their digits, and truth values. */
function toScalarJson(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value)
}
