/**
 * The deterministic id of a line, version 1. The definition is frozen; a change is a new version.
 *
 * id = SipHash-2-4-128, under a 16-byte key (zeros unless configured), of the UTF-8 bytes of the
 * line's values joined by single spaces. Where the format cannot tell two flows apart, since it
 * lacks the interface, the 5-tuple or the times, a line feed and the parts of the origin follow,
 * joined by line feeds: `event account region logGroup logStream eventId` when CloudWatch Logs gave
 * an event id, `place account region logGroup logStream bucket key requestId record line` otherwise;
 * unknown parts are empty.
 */
import { configurationError } from './configuration-error.ts'
import type { Format } from './format.ts'
import type { Origin } from './origin.ts'
import { createTextEncoder } from './platform.ts'
import { siphash128 } from './siphash.ts'

/** Gives the id of a line, from its values joined by single spaces and its origin. */
export type Identify = (text: string, origin: Origin) => string

const flowKeys = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'start', 'end']
const interfaceKeys = ['interface_id', 'tgw_attachment_id']

/** Builds the id function of a format. `key` is 16 bytes; configure one to make ids unguessable. */
export function createIdentify(format: Format, key: Uint8Array = new Uint8Array(16)): Identify {
  checkKey(key)
  const lineIdentifies = identifies(format)
  const encoder = createTextEncoder()
  let bytes = new Uint8Array(4096)
  return (text, origin) => {
    const message = lineIdentifies ? text : `${text}\n${place(origin)}`
    if (bytes.length < message.length * 3) bytes = new Uint8Array(message.length * 3)
    const { written } = encoder.encodeInto(message, bytes)
    return siphash128(bytes, written, key)
  }
}

/** Throws unless a key has 16 bytes. */
export function checkKey(key: Uint8Array): void {
  if (key.length !== 16) throw configurationError(`an id key has 16 bytes, not ${key.length}`)
}

/** Whether a line of this format tells flows apart by itself. */
export function identifies(format: Format): boolean {
  const keys = new Set(format.columns.map((column) => column.key))
  return flowKeys.every((name) => keys.has(name)) && interfaceKeys.some((name) => keys.has(name))
}

/** The parts of an origin that follow a line which does not identify its flow. */
export function place(origin: Origin): string {
  const { account, region, logGroup, logStream, eventId, bucket, key, requestId } = origin
  const parts =
    eventId === undefined
      ? [
          'place',
          account,
          region,
          logGroup,
          logStream,
          bucket,
          key,
          requestId,
          origin.record,
          origin.line,
        ]
      : ['event', account, region, logGroup, logStream, eventId]
  return parts.map((part) => part ?? '').join('\n')
}
