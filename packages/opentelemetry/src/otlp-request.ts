/** Log records, each in a `ResourceLogs` of its own, gathered into requests. */

/** How large requests may be. */
export interface OtlpRequestOptions {
  /** Bytes of a request, unless a single record has more. Default 4 MiB; the Collector takes 20. */
  readonly maxBytes?: number
}

/** An OTLP/JSON `ExportLogsServiceRequest`. */
export interface OtlpRequest {
  readonly body: Uint8Array<ArrayBuffer>
  /** How many log records it has. */
  readonly records: number
}

/** The records that share a resource. */
interface Group {
  /** What stands before the first record. */
  readonly head: Uint8Array
  /** The resource in it, eight bytes to a number, from its end; the first few are the same in all. */
  readonly resource: Float64Array
  readonly resourceLength: number
  /** Where records begin and end in the output. */
  readonly places: number[]
}

type Bytes = Uint8Array<ArrayBuffer>

const defaultMaxBytes = 4 * 1024 * 1024
const newline = 10
const comma = 44
const resourceEnd = Buffer.from(',"scopeLogs":[')
const recordsBegin = Buffer.from('"logRecords":[')
/** What closes the lists and objects around a record. */
const tail = Buffer.from(']}]}')
const opening = Buffer.from('{"resourceLogs":[')
const closing = Buffer.from(']}')

/** The requests of a transform's output with the OTLP mapping: one resource per account and region. */
export function toOtlpRequests(
  output: Uint8Array,
  { maxBytes = defaultMaxBytes }: OtlpRequestOptions = {},
): OtlpRequest[] {
  return [...gather(output, maxBytes, (size) => Buffer.allocUnsafeSlow(size))]
}

/** The same requests as text, one per line. */
export function toOtlpLines(output: Uint8Array, options?: OtlpRequestOptions): Uint8Array {
  const lineFeed = Uint8Array.of(newline)
  return Buffer.concat(toOtlpRequests(output, options).flatMap(({ body }) => [body, lineFeed]))
}

/**
 * Builds `toOtlpRequests` for callers that are done with a request before they ask for the next one:
 * all bodies are views of one buffer.
 */
export function createOtlpRequests({
  maxBytes = defaultMaxBytes,
}: OtlpRequestOptions = {}): (output: Uint8Array) => Iterable<OtlpRequest> {
  let kept: Bytes = new Uint8Array(0)
  const allocate = (size: number): Bytes => {
    // What is never written to takes no memory.
    if (kept.length < size) kept = Buffer.allocUnsafeSlow(Math.max(size, maxBytes))
    return kept
  }
  return (output) => gather(output, maxBytes, allocate)
}

/** Writes one request after the other into what `allocate` gives. */
function* gather(
  output: Uint8Array,
  maxBytes: number,
  allocate: (size: number) => Bytes,
): Generator<OtlpRequest, void, undefined> {
  let body: Bytes = new Uint8Array(0)
  let end = 0
  let records = 0
  for (const { head, places } of groupsOf(output)) {
    let isOpen = false
    for (let at = 0; at < places.length; at += 2) {
      const from = places[at] as number
      const to = places[at + 1] as number
      const own = to - from + tail.length + closing.length
      if (records > 0 && end + own + (isOpen ? 0 : head.length) > maxBytes) {
        if (isOpen) end = closeGroup(body, end)
        yield closeRequest(body, end, records)
        records = 0
        isOpen = false
      }
      if (records === 0) {
        const atLeast = opening.length + head.length + own
        body = allocate(Math.max(atLeast, Math.min(maxBytes, opening.length + output.length + 1)))
        body.set(opening)
        end = opening.length
      }
      if (!isOpen) {
        body.set(head, end)
        end += head.length
        isOpen = true
      }
      body.set(output.subarray(from, to), end)
      end += to - from
      body[end++] = comma
      records++
    }
    end = closeGroup(body, end)
  }
  if (records > 0) yield closeRequest(body, end, records)
}

/** Over the comma of its last group. */
function closeRequest(body: Bytes, end: number, records: number): OtlpRequest {
  body.set(closing, end - 1)
  return { body: body.subarray(0, end - 1 + closing.length), records }
}

/** Over the comma of its last record; returns the new end. */
function closeGroup(body: Bytes, end: number): number {
  body.set(tail, end - 1)
  body[end - 1 + tail.length] = comma
  return end + tail.length
}

/** The records by their resource, in the order in which the resources come. */
function groupsOf(output: Uint8Array): Iterable<Group> {
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength)
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength)
  const groups = new Map<string, Group>()
  // What was found under a hash is right for most lines, and is looked at before it is taken.
  const likely = new Map<number, Group>()
  let group: Group | undefined
  let groupHash = 0
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(newline, from)
    const hash = hashOf(view, from)
    if (hash !== groupHash) group = likely.get(hash)
    groupHash = hash
    if (group === undefined || !startsWith(view, from, group)) {
      group = groupAt(bytes, from, groups)
      likely.set(hash, group)
    }
    group.places.push(from + group.head.length, end - tail.length)
    from = end + 1
  }
  return groups.values()
}

function groupAt(bytes: Buffer, from: number, groups: Map<string, Group>): Group {
  const resourceLength = bytes.indexOf(resourceEnd, from) - from
  const name = bytes.toString('latin1', from, from + resourceLength)
  const known = groups.get(name)
  if (known) return known
  const end = bytes.indexOf(recordsBegin, from + resourceLength) + recordsBegin.length
  const group = {
    head: bytes.subarray(from, end),
    resource: Float64Array.from({ length: resourceLength >>> 3 }, (_, index) =>
      bytes.readDoubleLE(from + resourceLength - 8 - index * 8),
    ),
    resourceLength,
    places: [],
  }
  groups.set(name, group)
  return group
}

/** A hash of the part in which resources differ; no line is as short as this. */
function hashOf(view: DataView, from: number): number {
  let hash = 0
  for (let at = from + 104; at < from + 200; at += 8) {
    const second = Math.imul(view.getInt32(at + 4, true), 0x9e3779b1)
    hash = (Math.imul(hash, 31) + (view.getInt32(at, true) ^ second)) | 0
  }
  return hash
}

/** Whether the line has the resource of the group; from its end, since all begin alike. */
function startsWith(view: DataView, from: number, { resource, resourceLength }: Group): boolean {
  let at = from + resourceLength
  if (at > view.byteLength) return false
  for (let index = 0; index < resource.length; index++) {
    at -= 8
    if (view.getFloat64(at, true) !== resource[index]) return false
  }
  return true
}
