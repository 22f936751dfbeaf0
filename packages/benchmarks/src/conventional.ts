/**
 * R1: the best that plain JavaScript does by way of objects. One pass over the bytes without
 * intermediate arrays, numbers accumulated digit by digit, text sliced from the block, records as
 * literals; then the event and `JSON.stringify`. Checks nothing but where values end.
 */
import type { CorpusName } from './corpus.ts'
import type { PlainRecord, ToEvent } from './plain.ts'

const space = 32
const dash = 45
const zero = 48

/** A program from a block of lines to NDJSON. */
export function createConventional(
  name: CorpusName,
  toEvent: ToEvent,
): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const cursor = createCursor(bytes)
    const read = name === 'v2' ? readV2 : readV5
    let output = ''
    while (cursor.hasMore()) {
      const start = cursor.position()
      const record = read(cursor)
      const event = toEvent(record, cursor.lineFrom(start))
      if (event !== undefined) output += `${JSON.stringify(event)}\n`
    }
    return Buffer.from(output, 'latin1')
  }
}

interface Cursor {
  hasMore(): boolean
  position(): number
  /** The line that began at `start` and has just been read. */
  lineFrom(start: number): string
  /** The next value as text. */
  text(): string | undefined
  /** The next value as an integer. */
  integer(): number | undefined
}

function createCursor(bytes: Uint8Array): Cursor {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const { length } = bytes
  let position = 0

  function isAbsent(): boolean {
    if (bytes[position] !== dash || bytes[position + 1]! > space) return false
    position += 2
    return true
  }

  return {
    hasMore: () => position < length,
    position: () => position,
    lineFrom: (start) => block.slice(start, position - 1),
    text() {
      if (isAbsent()) return undefined
      const start = position
      while (bytes[position]! > space) position++
      return block.slice(start, position++)
    },
    integer() {
      if (isAbsent()) return undefined
      let value = 0
      for (let byte = bytes[position]!; byte > space; byte = bytes[++position]!) {
        value = value * 10 + (byte - zero)
      }
      position++
      return value
    },
  }
}

function readV2({ text, integer }: Cursor): PlainRecord {
  return {
    version: integer(),
    account_id: text(),
    interface_id: text(),
    srcaddr: text(),
    dstaddr: text(),
    srcport: integer(),
    dstport: integer(),
    protocol: integer(),
    packets: integer(),
    bytes: integer(),
    start: integer(),
    end: integer(),
    action: text(),
    log_status: text(),
  }
}

function readV5({ text, integer }: Cursor): PlainRecord {
  return {
    version: integer(),
    account_id: text(),
    interface_id: text(),
    srcaddr: text(),
    dstaddr: text(),
    srcport: integer(),
    dstport: integer(),
    protocol: integer(),
    packets: integer(),
    bytes: integer(),
    start: integer(),
    end: integer(),
    action: text(),
    log_status: text(),
    vpc_id: text(),
    subnet_id: text(),
    instance_id: text(),
    tcp_flags: integer(),
    type: text(),
    pkt_srcaddr: text(),
    pkt_dstaddr: text(),
    region: text(),
    az_id: text(),
    sublocation_type: text(),
    sublocation_id: text(),
    pkt_src_aws_service: text(),
    pkt_dst_aws_service: text(),
    flow_direction: text(),
    traffic_path: integer(),
  }
}
