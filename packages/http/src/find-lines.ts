/** The flow lines of a JSON body, in sections. */
import { findField, type OriginSource, type Rejection } from '@flowlogs/core'
import { createEventCursor } from './cut-events.ts'
import type { Context, EventReader } from './read-event.ts'

/** Lines that one call of a transform takes. */
export interface Section {
  /** Good until the next section is asked for. */
  readonly lines: Uint8Array
  /** Where each event's line ends; an event that has several lines is a section by itself. */
  readonly ends: readonly number[]
  /** What goes along with each event. */
  readonly contexts: readonly Context[]
  /** Whether all of them have the same context. */
  readonly isUniform: boolean
  /** Where lines came from, the first of which is that of an event. */
  readonly originFrom: (event: number) => OriginSource
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
  let contexts: Context[] = []
  let ends: number[] = []
  let isUniform = true
  let records: number[] = []
  let rejections: Rejection[] = []

  function take(isOneEvent = false): Section {
    const section: Section = {
      lines: lines.subarray(0, length),
      ends,
      contexts,
      isUniform,
      originFrom: originsOf(contexts, records, isOneEvent),
      rejections,
    }
    length = 0
    contexts = []
    ends = []
    isUniform = true
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
    if (length > 0 && (isFull || isOneEvent)) yield take()
    if (size > lines.length) lines = Buffer.allocUnsafe(size)
    contexts.push(reading.context)
    isUniform = isUniform && reading.context === contexts[0]
    records.push(record)
    if ('text' in reading) length += lines.write(reading.text, length)
    else length += body.copy(lines, length, reading.from, reading.to)
    if (!('text' in reading && reading.text.endsWith('\n'))) lines[length++] = newline
    ends.push(length)
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

function originsOf(
  contexts: readonly Context[],
  records: readonly number[],
  isOneEvent: boolean,
): Section['originFrom'] {
  const originOf = (event: number, line: number) => ({
    ...contexts[event]?.origin,
    record: records[event] as number,
    line,
  })
  if (isOneEvent) return () => (index) => originOf(0, index + 1)
  return (event) => (index) => originOf(event + index, 1)
}

function toRejection(code: Rejection['code'], event: Buffer, record: number): Rejection {
  const line = event.toString()
  const value = code === 'bad_encoding' ? { value: event.toString('base64') } : {}
  return { code, ...value, line, origin: { record } }
}
