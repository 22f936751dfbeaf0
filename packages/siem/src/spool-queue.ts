/** The batches of a spool, in the order in which they became durable. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { abortable } from './abortable.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Frame } from './spool-frame.ts'
import { createRoom } from './spool-room.ts'
import {
  createSegment,
  marksExtension,
  openSegment,
  type Segment,
  type Span,
} from './spool-segment.ts'

/** Spans that were taken from the queue. */
export interface Taken {
  readonly path: string
  readonly spans: readonly Span[]
  /** They need not come again. */
  done(): void
}

/** A queue on disk. */
export interface SpoolQueue {
  /** Resolves when the frame is durable; rejects with the reason of the signal while there is no room. */
  push(frame: Frame, signal: AbortSignal): Promise<void>
  /** The next spans, of about so many bytes, once there are any. */
  take(bytes: number, signal: AbortSignal): Promise<Taken>
  /** Resolves when everything that was pushed is done. */
  idle(signal: AbortSignal): Promise<void>
  /** Bytes on disk. */
  bytes(): number
  /** Whether the next frame would wait. */
  isFull(): boolean
  /** Leaves what is not done on disk. */
  close(): Promise<void>
}

interface Entry {
  readonly frame?: Frame
}

/** Opens a queue, with what an earlier process left in it. */
export async function openSpoolQueue(directory: string, maxBytes: number): Promise<SpoolQueue> {
  const room = createRoom(maxBytes)
  const segments = await openSegments(directory)
  for (const segment of segments) room.occupy(segment.size())
  // Small enough for room to come back in steps, large enough for files to be few.
  const segmentBytes = Math.min(64 * 1024 * 1024, maxBytes / 8)
  let sequence = segments.length === 0 ? 0 : sequenceOf(segments.at(-1)!.path)
  let current: Segment | undefined
  let pushing = 0
  let listeners: (() => void)[] = []
  let sweeping: Promise<void> = Promise.resolve()

  const commit = createGroupCommit<Entry>(async (entries) => {
    const pieces = entries.flatMap(({ frame }) => frame?.pieces ?? [])
    if (current && (current.size() >= segmentBytes || isInTheWay(current))) await seal(current)
    if (pieces.length === 0) return
    if (!current) {
      sequence += 1
      current = await createSegment(join(directory, nameOf(sequence)))
      segments.push(current)
    }
    try {
      await current.append(pieces)
    } catch (error) {
      await seal(current)
      throw error
    }
  })

  async function seal(segment: Segment): Promise<void> {
    current = undefined
    await segment.seal()
    await sweep()
  }

  /** Whether it only takes room that somebody wants. */
  function isInTheWay(segment: Segment): boolean {
    return room.isWanted() && segment.size() > 0 && segment.isDone()
  }

  /** Deletes what is done. */
  async function sweep(): Promise<void> {
    for (const segment of segments.filter((each) => each.isSealed() && each.isDone())) {
      const place = segments.indexOf(segment)
      if (place === -1) continue
      segments.splice(place, 1)
      await segment.remove()
      room.giveBack(segment.size())
    }
    if (current && isInTheWay(current)) await commit({})
  }

  function sweepSoon(): void {
    // What could not be deleted is deleted after the next start.
    sweeping = sweeping.then(sweep).catch(() => {})
  }

  function tell(): void {
    const told = listeners
    listeners = []
    for (const listener of told) listener()
  }

  function change(signal: AbortSignal): Promise<void> {
    return abortable(new Promise((resolve) => listeners.push(resolve)), signal)
  }

  await sweep()
  return {
    async push(frame, signal) {
      pushing += 1
      try {
        const taken = room.take(frame.length, signal)
        if (room.isWanted()) sweepSoon()
        await taken
        try {
          await commit({ frame })
        } catch (error) {
          room.giveBack(frame.length)
          throw error
        }
      } finally {
        pushing -= 1
        tell()
      }
    },
    async take(bytes, signal) {
      for (;;) {
        signal.throwIfAborted()
        const segment = segments.find((each) => each.hasMore())
        if (!segment) {
          await change(signal)
          continue
        }
        const spans = await segment.read(bytes)
        if (spans.length === 0) {
          await sweep()
          tell()
          continue
        }
        return {
          path: segment.path,
          spans,
          done() {
            segment.done(spans)
            sweepSoon()
            tell()
          },
        }
      }
    },
    async idle(signal) {
      while (pushing > 0 || !segments.every((segment) => segment.isDone())) await change(signal)
    },
    bytes: room.used,
    isFull: () => room.isWanted() || room.used() >= maxBytes,
    async close() {
      while (pushing > 0) await new Promise<void>((resolve) => listeners.push(resolve))
      if (current) await seal(current)
      await sweeping
      await Promise.all(segments.map((segment) => segment.close()))
    },
  }
}

async function openSegments(directory: string): Promise<Segment[]> {
  const names = (await readdir(directory)).sort()
  const own = names.filter((name) => name.endsWith(extension))
  for (const name of names.filter((each) => each.endsWith(marksExtension))) {
    if (!own.includes(name.slice(0, -marksExtension.length))) await rm(join(directory, name))
  }
  return Promise.all(own.map((name) => openSegment(join(directory, name))))
}

const extension = '.frames'

function nameOf(sequence: number): string {
  return `${String(sequence).padStart(12, '0')}${extension}`
}

function sequenceOf(path: string): number {
  return Number(path.slice(-extension.length - 12, -extension.length))
}
