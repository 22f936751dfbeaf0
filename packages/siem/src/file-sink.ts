/** Events in files of newline-delimited JSON. */
import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { configurationError } from '@flowlogs/core'
import { type AppendFile, createAppendFile } from './append-file.ts'
import { createSink, type SinkOptions } from './create-sink.ts'
import { makeDirectory, syncDirectory } from './durable-directory.ts'
import {
  type Compression,
  createFileEncoder,
  type FileEncoder,
  fileExtensions,
} from './file-encoder.ts'
import { createGroupCommit } from './group-commit.ts'
import { createMetrics } from './metrics.ts'
import type { Sink } from './sink.ts'
import { eventCount } from './slice-batch.ts'

/** Where files are written, and when a file is full. */
export interface FileSinkOptions extends SinkOptions {
  readonly directory: string
  /** Default `none`. */
  readonly compression?: Compression
  /** Bytes on disk above which another file is begun. Default 128 MiB. */
  readonly maxFileBytes?: number
  /** Milliseconds after which a file is closed. Default 300,000. */
  readonly maxFileAge?: number
}

/**
 * Builds a sink. A file has `.partial` at the end of its name until it is closed; whatever
 * `deliver` has resolved for is durable before that, too.
 */
export function createFileSink(options: FileSinkOptions): Sink {
  const { directory, compression = 'none' } = options
  const { maxFileBytes = 128 * 1024 * 1024, maxFileAge = 300_000 } = options
  if (!Object.hasOwn(fileExtensions, compression)) {
    const known = Object.keys(fileExtensions).join(', ')
    throw configurationError(`the compression of files is one of ${known}, not ${compression}`)
  }
  if (!(maxFileBytes > 0)) throw configurationError(`files of ${maxFileBytes} bytes`)
  if (!(maxFileAge > 0 && maxFileAge < 2 ** 31)) {
    throw configurationError(`maxFileAge is to be 1 to ${2 ** 31 - 1} ms, not ${maxFileAge}`)
  }
  const nextName = createNames(fileExtensions[compression])
  let current: CurrentFile | undefined
  let isDue = false

  const commit = createGroupCommit<Uint8Array>(async (pieces) => {
    if (current && isDue) await finish(current)
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (length === 0) return
    current ??= await begin()
    try {
      await append(current, await current.encoder.encode(pieces))
    } catch (error) {
      await abandon(current)
      throw error
    }
  })

  async function begin(): Promise<CurrentFile> {
    await makeDirectory(directory)
    const path = join(directory, nextName())
    const file = await createAppendFile(`${path}${partial}`)
    const timer = setTimeout(rotate, maxFileAge).unref()
    return { path, file, encoder: createFileEncoder(compression), timer }
  }

  async function append({ file }: CurrentFile, pieces: readonly Uint8Array[]): Promise<void> {
    await file.append(pieces)
    if (file.size() >= maxFileBytes) void rotate()
  }

  /** Gives a file its name. */
  async function finish(done: CurrentFile): Promise<void> {
    try {
      await done.file.append(await done.encoder.end())
    } catch (error) {
      await abandon(done)
      throw error
    }
    forget(done)
    await done.file.close()
    await rename(`${done.path}${partial}`, done.path)
    await syncDirectory(directory)
  }

  /** What is durable stays in the file, which keeps its partial name. */
  async function abandon(broken: CurrentFile): Promise<void> {
    forget(broken)
    await broken.file.close().catch(() => {})
    if (broken.file.size() > 0) return
    await rm(`${broken.path}${partial}`, { force: true }).catch(() => {})
  }

  function forget({ encoder, timer }: CurrentFile): void {
    clearTimeout(timer)
    encoder.discard()
    current = undefined
    isDue = false
  }

  function rotate(): Promise<void> {
    isDue = true
    // Nobody waits for this one; a file that could not be finished stays as it is, and complete.
    return commit(nothing).catch(() => {})
  }

  return createSink(
    {
      name: 'file',
      async store(events) {
        await commit(events.output)
        return { accepted: eventCount(events), duplicates: 0, retried: 0, refused: [] }
      },
      close() {
        isDue = true
        return commit(nothing)
      },
    },
    options,
    createMetrics('file'),
  )
}

/** What the name of a file that is not complete ends in. */
export const partial = '.partial'

interface CurrentFile {
  readonly path: string
  readonly file: AppendFile
  readonly encoder: FileEncoder
  readonly timer: NodeJS.Timeout
}

const nothing = new Uint8Array(0)

/** Names that sort by time and that no other process picks. */
function createNames(extension: string): () => string {
  const process = randomBytes(4).toString('hex')
  let last = 0
  let count = 0
  return () => {
    last = Math.max(last, Date.now())
    count += 1
    const time = new Date(last).toISOString().replaceAll(/[-:.]/g, '')
    return `flowlogs-${time}-${process}-${String(count).padStart(6, '0')}${extension}`
  }
}
