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

/** The records that share a resource, as the places in the output where they begin and end. */
interface Group {
  /** What stands before the first record. */
  readonly head: Uint8Array
  readonly places: number[]
}

const defaultMaxBytes = 4 * 1024 * 1024
const newline = 10
const comma = 44
const marker = Buffer.from('"logRecords":[')
/** What closes the lists and objects around a record. */
const tail = Buffer.from(']}]}')
const opening = Buffer.from('{"resourceLogs":[')
const closing = Buffer.from(']}')

/** The requests of a transform's output with the OTLP mapping: one resource per account and region. */
export function toOtlpRequests(
  output: Uint8Array,
  { maxBytes = defaultMaxBytes }: OtlpRequestOptions = {},
): OtlpRequest[] {
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength)
  const requests: OtlpRequest[] = []
  let parts: Group[] = []
  let size = 0
  const finish = (): void => {
    if (parts.length > 0) requests.push(writeRequest(bytes, parts, size))
    parts = []
    size = opening.length + closing.length
  }
  finish()
  for (const { head, places } of groupsOf(bytes)) {
    let part: Group | undefined
    for (let at = 0; at < places.length; at += 2) {
      const start = places[at] as number
      const end = places[at + 1] as number
      const record = end - start + 1
      const group = head.length + tail.length + 1
      if (size + record + (part ? 0 : group) > maxBytes && size > opening.length + closing.length) {
        finish()
        part = undefined
      }
      if (part === undefined) {
        part = { head, places: [] }
        parts.push(part)
        size += group
      }
      part.places.push(start, end)
      size += record
    }
  }
  finish()
  return requests
}

/** The same requests as text, one per line. */
export function toOtlpLines(output: Uint8Array, options?: OtlpRequestOptions): Uint8Array {
  const lineFeed = Uint8Array.of(newline)
  return Buffer.concat(toOtlpRequests(output, options).flatMap(({ body }) => [body, lineFeed]))
}

/** The records by their resource, in the order in which the resources come. */
function groupsOf(bytes: Buffer): Iterable<Group> {
  const groups = new Map<string, Group>()
  // What was found under a hash is right for most lines, and is looked at before it is taken.
  const likely = new Map<number, Group>()
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(newline, from)
    const hash = hashOf(bytes, from)
    let group = likely.get(hash)
    if (group === undefined || !startsWith(bytes, from, group.head)) {
      const head = bytes.subarray(from, bytes.indexOf(marker, from) + marker.length)
      const name = head.toString('latin1')
      group = groups.get(name) ?? { head, places: [] }
      groups.set(name, group)
      likely.set(hash, group)
    }
    group.places.push(from + group.head.length, end - tail.length)
    from = end + 1
  }
  return groups.values()
}

/** A hash of the part in which resources differ; no line is as short as this. */
function hashOf(bytes: Buffer, from: number): number {
  let hash = 0
  for (let at = from + 104; at < from + 200; at += 6) {
    hash = (Math.imul(hash, 31) + ((bytes[at] as number) | ((bytes[at + 3] as number) << 8))) | 0
  }
  return hash
}

function startsWith(bytes: Buffer, from: number, head: Uint8Array): boolean {
  return bytes.compare(head, 0, head.length, from, from + head.length) === 0
}

/** `size` counts a comma after each record and group, and the last one of each is not written. */
function writeRequest(bytes: Buffer, groups: readonly Group[], size: number): OtlpRequest {
  const body = Buffer.allocUnsafe(size)
  let end = opening.copy(body)
  let records = 0
  for (const { head, places } of groups) {
    body.set(head, end)
    end += head.length
    for (let at = 0; at < places.length; at += 2) {
      end += bytes.copy(body, end, places[at], places[at + 1])
      body[end++] = comma
    }
    records += places.length / 2
    end += tail.copy(body, end - 1) - 1
    body[end++] = comma
  }
  end += closing.copy(body, end - 1) - 1
  return { body: body.subarray(0, end) as Uint8Array<ArrayBuffer>, records }
}
