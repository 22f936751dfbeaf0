/** Where events end up that no receiver will take, with everything needed to replay them. */
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { configurationError, describeRejection, type Rejection } from '@flowlogs/core'
import { deliveryError } from './delivery-error.ts'
import { makeDirectory, syncDirectory } from './durable-directory.ts'
import type { IndexedOutput } from './sink.ts'
import { eventBytes } from './slice-batch.ts'

/** Why something is a dead letter. */
export interface Cause {
  /** The sink that wrote it, such as `opensearch`. */
  readonly sink: string
  /** The receiver's word, such as `mapper_parsing_exception`, or the code of a rejection. */
  readonly reason: string
  readonly message: string
  /** The HTTP status, if that said no. */
  readonly status?: number
}

/** An event that was refused. */
export interface DeadEvent extends Cause {
  readonly id: string
  /** The time of the event, Unix milliseconds. */
  readonly eventTime?: number
  readonly account?: string
  /** The JSON document, byte for byte. */
  readonly event: Uint8Array
}

/** A line that never became an event. */
export interface DeadLine extends Cause {
  readonly rejection: Rejection
}

/** One dead letter. */
export type DeadLetterEntry = DeadEvent | DeadLine

/** Where dead letters go: to the end of one file, or to files of limited size in a directory. */
export type DeadLetterOptions =
  | { readonly path: string }
  | {
      readonly directory: string
      /** Bytes after which another file is begun. Default 64 MiB. */
      readonly maxFileBytes?: number
    }

/** Keeps dead letters on disk. */
export interface DeadLetter {
  /** Resolves when the entries are durable. */
  write(entries: readonly DeadLetterEntry[]): Promise<void>
  /** Waits for what is being written; later writes reject. */
  close(): Promise<void>
}

/** Builds a dead letter. Nothing is created before the first entry. */
export function createDeadLetter(options: DeadLetterOptions): DeadLetter {
  const pathFor = 'path' in options ? () => options.path : rotation(options)
  let isClosed = false
  let last: Promise<void> = Promise.resolve()

  return {
    write(entries) {
      if (isClosed) return Promise.reject(deliveryError('closed', 'the dead letter is closed'))
      if (entries.length === 0) return Promise.resolve()
      const time = new Date().toISOString()
      const bytes = Buffer.concat(entries.map((entry) => toLine(entry, time)))
      const written = last.then(() => append(pathFor(bytes.length), bytes))
      // A failed write does not keep later ones from being tried.
      last = written.catch(() => {})
      return written
    },
    close() {
      isClosed = true
      return last
    },
  }
}

/** The dead letter of one event of a batch. */
export function toDeadEvent(batch: IndexedOutput, index: number, cause: Cause): DeadEvent {
  const { ids, times, accounts } = batch.events
  const eventTime = times[index]
  const account = accounts[index]
  return {
    ...cause,
    id: ids[index]!,
    ...(eventTime !== undefined && { eventTime }),
    ...(account !== undefined && { account }),
    event: eventBytes(batch, index),
  }
}

/** The dead letter of a bad line. */
export function toDeadLine(sink: string, rejection: Rejection): DeadLine {
  return { sink, reason: rejection.code, message: describeRejection(rejection), rejection }
}

/** One line of JSON; the document stands last, so that it can be cut out as it is. */
function toLine(entry: DeadLetterEntry, time: string): Buffer {
  const { sink, reason, message, status } = entry
  const cause = { v: 1, time, sink, reason, message, status }
  if ('rejection' in entry) {
    return Buffer.from(`${JSON.stringify({ ...cause, rejection: entry.rejection })}\n`)
  }
  const { id, eventTime, account, event } = entry
  const head = JSON.stringify({ ...cause, id, eventTime, account })
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"event":`), event, Buffer.from('}\n')])
}

async function append(path: string, bytes: Uint8Array): Promise<void> {
  await makeDirectory(dirname(path))
  const handle = await open(path, 'a+')
  try {
    const { size } = await handle.stat()
    const end = Buffer.alloc(1)
    if (size > 0) await handle.read(end, 0, 1, size - 1)
    // A write that was cut off must not spoil the next line.
    if (size > 0 && end[0] !== newline) await handle.appendFile('\n')
    await handle.appendFile(bytes)
    await handle.sync()
    if (size === 0) await syncDirectory(dirname(path))
  } finally {
    await handle.close()
  }
}

const newline = 10

/** Names that sort by time and that no other process picks. */
function rotation(options: {
  readonly directory: string
  readonly maxFileBytes?: number
}): (bytes: number) => string {
  const { directory, maxFileBytes = 64 * 1024 * 1024 } = options
  if (!(maxFileBytes > 0)) throw configurationError(`dead letter files of ${maxFileBytes} bytes`)
  let size = Number.POSITIVE_INFINITY
  let files = 0
  let path = ''
  return (bytes) => {
    if (size + bytes > maxFileBytes) {
      const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
      path = join(directory, `dead-letter-${time}-${process.pid}-${++files}.ndjson`)
      size = 0
    }
    size += bytes
    return path
  }
}
