/**
 * Packets of the Forward protocol, version 1
 * (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1).
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Batch } from './batch.ts'
import type { Frame } from './connection.ts'
import { type Additions, createWriteObject } from './json-to-message-pack.ts'
import { createWriter } from './message-pack.ts'
import type { Settings } from './options.ts'

/** The entries of one packet. */
export interface Entries {
  /** `[EventTime, record]`, one after the other. */
  readonly bytes: Uint8Array
  /** How many of the indexes are in it. */
  readonly count: number
}

/** Packs events of a batch. */
export interface Packer {
  /**
   * As many of the events as fit into a packet, from `first` on; none when the next one alone does
   * not fit. Their times must be expressible.
   */
  packEntries(batch: Batch, indexes: readonly number[], first: number): Entries
  /** The packet; compression takes place outside the main thread. */
  toFrame(tag: string, entries: Entries): Promise<Frame>
}

const compress = promisify(gzip)
/** A fixarray of two. */
const entryHead = 0x92
const messageHead = 0x93

/** Builds the packer of a forwarder. */
export function createPacker(
  { flatten, maxPacketBytes, mode }: Settings,
  idField: string | undefined,
): Packer {
  const writer = createWriter(64 * 1024)
  const writeObject = createWriteObject(writer, flatten)

  function additionsOf(id: string): Additions {
    return idField === undefined ? [] : [[idField, id]]
  }

  return {
    packEntries(batch, indexes, first) {
      writer.length = 0
      let count = 0
      for (let at = first; at < indexes.length; at++) {
        const before = writer.length
        const index = indexes[at]!
        writer.writeByte(entryHead)
        writer.writeEventTime(batch.time(index)!)
        writeObject(batch.bytes, batch.start(index), additionsOf(batch.id(index)))
        if (writer.length > maxPacketBytes) {
          writer.length = before
          break
        }
        count++
      }
      return { bytes: writer.bytes().slice(), count }
    },
    async toFrame(tag, { bytes, count }) {
      const isCompressed = mode === 'CompressedPackedForward'
      const entries = isCompressed ? await compress(bytes) : bytes
      const head = toHead(tag, mode === 'Forward' ? 'list' : 'bytes', entries.length, count)
      return (chunk) => Buffer.concat([head, entries, toOptions(count, chunk, isCompressed)])
    },
  }
}

function toHead(tag: string, kind: 'list' | 'bytes', size: number, count: number): Uint8Array {
  const writer = createWriter(256)
  writer.writeByte(messageHead)
  writer.writeText(tag)
  const tail = Buffer.alloc(5)
  tail[0] = kind === 'list' ? 0xdd : 0xc6
  tail.writeUInt32BE(kind === 'list' ? count : size, 1)
  return Buffer.concat([writer.bytes(), tail])
}

function toOptions(size: number, chunk: string | undefined, isCompressed: boolean): Uint8Array {
  const writer = createWriter(256)
  const texts = {
    ...(chunk !== undefined && { chunk }),
    ...(isCompressed && { compressed: 'gzip' }),
  }
  const head = writer.begin()
  writer.writeText('size')
  writer.writeInteger(size)
  for (const [name, value] of Object.entries(texts)) {
    writer.writeText(name)
    writer.writeText(value)
  }
  writer.end(head, Object.keys(texts).length + 1, 'map')
  return writer.bytes()
}
