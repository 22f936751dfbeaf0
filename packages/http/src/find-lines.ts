/** The flow lines of a JSON body, in sections that have their context in common. */
import { findField, type OriginSource, type Rejection } from '@flowlogs/core'
import { createEventCursor } from './cut-events.ts'
import type { Context, EventReader } from './read-event.ts'

/** Lines that one call of a transform takes. */
export interface Section {
  /** Good until the next section is asked for. */
  readonly lines: Uint8Array
  readonly origin: OriginSource
  readonly members: Context['members']
  /** Events among them that no line could be found in. */
  readonly rejections: readonly Rejection[]
}

const newline = 10
// Hostile events can be short.
const maxRejections = 10_000

/** Finds the lines of a body, in sections of so many bytes, unless one event is larger. */
export function* findLines(
  body: Buffer,
  read: EventReader,
  sectionBytes: number,
): Generator<Section, void, undefined> {
  const cursor = createEventCursor(body)
  let lines = Buffer.allocUnsafe(Math.min(body.length, sectionBytes) + 1)
  let length = 0
  let context: Context | undefined
  let records: number[] = []
  let rejections: Rejection[] = []

  function take(isOneEvent = false): Section {
    const section: Section = {
      lines: lines.subarray(0, length),
      origin: toOrigins(context, records, isOneEvent),
      members: context?.members ?? [],
      rejections,
    }
    length = 0
    context = undefined
    records = []
    rejections = []
    return section
  }

  for (let record = 0; cursor.next(); record++) {
    const { from, to } = cursor
    const reading = read(body, from, to)
    if ('code' in reading) {
      rejections.push(toRejection(reading.code, body.subarray(from, to), record))
      if (rejections.length >= maxRejections) yield take()
      continue
    }
    // A line never takes more bytes than its event, even in UTF-8.
    const size = to - from + 1
    const isOneEvent = 'text' in reading && standsAlone(reading.text)
    const isFull = length + size > lines.length
    if (length > 0 && (isFull || isOneEvent || reading.context !== context)) yield take()
    if (size > lines.length) lines = Buffer.allocUnsafe(size)
    context = reading.context
    records.push(record)
    if ('text' in reading) length += lines.write(reading.text, length)
    else length += body.copy(lines, length, reading.from, reading.to)
    if (!('text' in reading && reading.text.endsWith('\n'))) lines[length++] = newline
    if (isOneEvent) yield take(isOneEvent)
  }
  if (length > 0 || rejections.length > 0) yield take()
}

/** Whether an event has several lines, or a header, which is about its own lines only. */
function standsAlone(text: string): boolean {
  const end = text.indexOf('\n')
  return (end !== -1 && end < text.length - 1) || isHeaderLike(text)
}

function isHeaderLike(text: string): boolean {
  const [name] = /^[\s\uFEFF]*([a-z][a-z_-]*)(?=\s|$)/.exec(text)?.slice(1) ?? []
  return name !== undefined && findField(name) !== undefined
}

function toOrigins(
  context: Context | undefined,
  records: readonly number[],
  isOneEvent: boolean,
): OriginSource {
  const origin = context?.origin ?? {}
  if (isOneEvent) return (index) => ({ ...origin, record: records[0] as number, line: index + 1 })
  return (index) => ({ ...origin, record: records[index] as number, line: 1 })
}

function toRejection(code: Rejection['code'], event: Buffer, record: number): Rejection {
  const line = event.toString()
  const value = code === 'bad_encoding' ? { value: event.toString('base64') } : {}
  return { code, ...value, line, origin: { record } }
}
