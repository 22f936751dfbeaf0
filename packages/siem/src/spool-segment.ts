/** One file of a spool: frames are appended, read back, and ticked off once they are delivered. */
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises'
import { type AppendFile, createAppendFile } from './append-file.ts'
import type { Batch } from './sink.ts'
import {
  type FrameHeader,
  findHeader,
  headerLength,
  parseContents,
  parseHeader,
} from './spool-frame.ts'

/** A part of a segment: a batch, or bytes that are none. */
export interface Span {
  readonly from: number
  readonly length: number
  readonly content: { readonly batch: Required<Batch> } | { readonly damaged: Buffer }
  /** What ticks it off: position and checksum. */
  readonly mark: string
}

/** One file of a spool. */
export interface Segment {
  readonly path: string
  /** Bytes on disk. */
  size(): number
  /** Resolves when the pieces are durable; after a failure the segment takes no more. */
  append(pieces: readonly Uint8Array[]): Promise<void>
  /** Nothing more is appended. */
  seal(): Promise<void>
  /** Whether something has not been read yet. */
  hasMore(): boolean
  /** The next spans, of about so many bytes, which are to be given to `done` later. */
  read(bytes: number): Promise<readonly Span[]>
  /** Ticks spans off. A crash may undo this. */
  done(spans: readonly Span[]): void
  /** Whether everything in it is ticked off; more may be appended, if it is not sealed. */
  isDone(): boolean
  isSealed(): boolean
  /** Waits for ticks to be written, and closes the files. */
  close(): Promise<void>
  /** Closes and deletes the segment. */
  remove(): Promise<void>
}

/** Begins a segment. */
export async function createSegment(path: string): Promise<Segment> {
  return segmentOf(path, await createAppendFile(path), 0, new Set())
}

/** Takes up a segment that another process has left, and of which the last frame may be cut off. */
export async function openSegment(path: string): Promise<Segment> {
  const { size } = await stat(path)
  return segmentOf(path, undefined, size, await readMarks(path))
}

/** What the name of the file with the ticks ends in. */
export const marksExtension = '.done'

async function readMarks(path: string): Promise<Set<string>> {
  try {
    const lines = (await readFile(`${path}${marksExtension}`, 'latin1')).split('\n')
    // The last line has no line ending, or is empty.
    return new Set(lines.slice(0, -1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set()
    throw error
  }
}

function segmentOf(
  path: string,
  file: AppendFile | undefined,
  oldSize: number,
  marks: ReadonlySet<string>,
): Segment {
  let isSealed = file === undefined
  let position = 0
  let outstanding = 0
  let reader: FileHandle | undefined
  let ticks: Promise<FileHandle | undefined> = Promise.resolve(undefined)

  const size = () => file?.size() ?? oldSize
  const isDone = () => position >= size() && outstanding === 0

  async function bytesAt(from: number, length: number): Promise<Buffer> {
    reader ??= await open(path, 'r')
    const bytes = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await reader.read(bytes, filled, length - filled, from + filled)
      if (bytesRead === 0) throw new Error(`${path} has become shorter`)
      filled += bytesRead
    }
    return bytes
  }

  /** At least the frame at the position, and more if that is short. */
  async function load(wanted: number): Promise<Buffer> {
    const rest = size() - position
    const bytes = await bytesAt(position, Math.min(Math.max(wanted, headerLength), rest))
    const header = bytes.length < headerLength ? undefined : parseHeader(bytes, 0)
    if (!header || header.end <= bytes.length) return bytes
    return header.end <= rest ? bytesAt(position, header.end) : bytes
  }

  async function read(wanted: number): Promise<Span[]> {
    const bytes = await load(wanted)
    const start = position
    const isLast = start + bytes.length === size()
    const spans: Span[] = []
    let at = 0
    while (at < bytes.length) {
      const isHeaderWhole = at + headerLength <= bytes.length
      const header = isHeaderWhole ? parseHeader(bytes, at) : undefined
      if (header && header.end <= bytes.length) {
        spans.push(toSpan(bytes, at, header, start))
        at = header.end
      } else if (header || !isHeaderWhole) {
        // The end of a write that was cut off, which nobody was told of; or more is to be read.
        if (header ? start + header.end > size() : isLast) at = size() - start
        break
      } else {
        const next = findHeader(bytes, at + 1)
        const to = next ?? (isLast ? bytes.length : bytes.length - headerLength + 1)
        spans.push(toDamage(bytes.subarray(at, to), start + at))
        at = to
      }
    }
    const fresh = spans.filter(({ mark }) => !marks.has(mark))
    // Both at once: a segment of which everything is read and nothing outstanding is deleted.
    outstanding += fresh.length
    position = start + at
    if (isSealed && position >= size()) await closeReader()
    return fresh
  }

  async function closeReader(): Promise<void> {
    const handle = reader
    reader = undefined
    await handle?.close()
  }

  function done(spans: readonly Span[]): void {
    outstanding -= spans.length
    if (isSealed && isDone()) return
    const lines = `\n${spans.map(({ mark }) => mark).join('\n')}\n`
    ticks = ticks.then(async (handle) => {
      try {
        const marksFile = handle ?? (await open(`${path}${marksExtension}`, 'a'))
        await marksFile.appendFile(lines)
        return marksFile
      } catch {
        // What is not ticked off is delivered again after a restart.
        return handle
      }
    })
  }

  async function close(): Promise<void> {
    await closeReader()
    await (await ticks)?.close()
    ticks = Promise.resolve(undefined)
  }

  return {
    path,
    size,
    append: (pieces) => file!.append(pieces),
    async seal() {
      if (isSealed) return
      isSealed = true
      await file?.close()
    },
    hasMore: () => position < size(),
    read,
    done,
    isDone,
    isSealed: () => isSealed,
    close,
    async remove() {
      await close()
      await rm(path, { force: true })
      await rm(`${path}${marksExtension}`, { force: true })
    },
  }
}

function toSpan(bytes: Buffer, at: number, { end, checksum }: FrameHeader, start: number): Span {
  const batch = parse(bytes.subarray(at + headerLength, end), checksum)
  if (!batch) return toDamage(bytes.subarray(at, end), start + at)
  const from = start + at
  const mark = `${from} ${checksum.toString(16)}`
  return { from, length: end - at, content: { batch }, mark }
}

function parse(contents: Buffer, checksum: number): Required<Batch> | undefined {
  try {
    return parseContents(contents, checksum)
  } catch {
    return undefined
  }
}

function toDamage(damaged: Buffer, from: number): Span {
  const { length } = damaged
  return { from, length, content: { damaged }, mark: `${from} damaged ${length}` }
}
