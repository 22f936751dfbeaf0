/** R0: what most people write first. Splits, makes a map, builds the event; checks nothing. */
import type { PlainRecord, ToEvent } from './plain.ts'

const integers = new Set([
  'version',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'tcp_flags',
  'traffic_path',
])

/** A program from a block of lines to NDJSON. */
export function createNaive(
  keys: readonly string[],
  toEvent: ToEvent,
): (bytes: Uint8Array) => Uint8Array {
  const parse = createNaiveParser(keys)
  return (bytes) => {
    let output = ''
    for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      .toString()
      .split('\n')) {
      if (line === '') continue
      const event = toEvent(parse(line), line)
      if (event !== undefined) output += `${JSON.stringify(event)}\n`
    }
    return Buffer.from(output)
  }
}

/** A function from a line to a map of its values. */
export function createNaiveParser(keys: readonly string[]): (line: string) => PlainRecord {
  return (line) => {
    const record: PlainRecord = {}
    line.split(' ').forEach((value, index) => {
      const key = keys[index]!
      record[key] = value === '-' ? undefined : integers.has(key) ? Number(value) : value
    })
    return record
  }
}
