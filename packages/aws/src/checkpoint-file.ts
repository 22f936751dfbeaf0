/** How far each shard of a stream was read: JSON in a file that is replaced as a whole. */
import { open, readFile, rename } from 'node:fs/promises'
import { configurationError } from '@flowlogs/core'
import { describeError } from './describe-error.ts'
import { isObject } from './open-envelope.ts'

/** How far a shard was read, with times as ISO 8601. */
export interface ShardPosition {
  /** The sequence number of the last record that was stored. */
  readonly after?: string
  /** When that record arrived in the stream. */
  readonly arrived?: string
  /** Everything that arrived before this time was stored. */
  readonly readUntil: string
}

/** A shard that has been read to its end has no position any more. */
export type ShardState = ShardPosition | 'finished'

/** Where a shard of which nothing was read yet begins. */
export type StreamStart = 'trim_horizon' | Date

/** The state of a stream. */
export interface CheckpointFile {
  readonly path: string
  readonly start: StreamStart
  readonly shards: ReadonlyMap<string, ShardState>
  /** Resolves when the state is on disk. */
  save(shardId: string, state: ShardState): Promise<void>
  /** Forgets shards that have been read to their end and are no longer part of the stream. */
  prune(listed: ReadonlySet<string>): void
}

interface Checkpoint {
  readonly start: StreamStart
  readonly shards: ReadonlyMap<string, ShardState>
}

/**
 * Opens the file, or begins one at `start`. Throws when it cannot be read or written, is damaged,
 * or is that of another stream.
 */
export async function openCheckpointFile(
  path: string,
  stream: string,
  start: StreamStart,
): Promise<CheckpointFile> {
  const known = await load(path, stream, start)
  const shards = new Map(known.shards)
  let writing: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined

  /** One write at a time; the next one takes along all that came up meanwhile. */
  function write(): Promise<void> {
    waiting ??= writing
      .catch(() => {})
      .then(() => {
        waiting = undefined
        writing = replaceFile(path, render(stream, { start: known.start, shards }))
        return writing
      })
    return waiting
  }

  try {
    await write()
  } catch (error) {
    throw configurationError(
      `the checkpoint file ${path} cannot be written: ${describeError(error)}`,
    )
  }
  return {
    path,
    start: known.start,
    shards,
    save(shardId, state) {
      shards.set(shardId, state)
      return write()
    },
    prune(listed) {
      for (const [shardId, state] of shards) {
        if (state === 'finished' && !listed.has(shardId)) shards.delete(shardId)
      }
    },
  }
}

async function load(path: string, stream: string, start: StreamStart): Promise<Checkpoint> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) return { start, shards: new Map() }
    throw configurationError(`the checkpoint file ${path} cannot be read: ${describeError(error)}`)
  }
  const checkpoint = parse(text, stream)
  if (typeof checkpoint !== 'string') return checkpoint
  throw configurationError(`the checkpoint file ${path} ${checkpoint}`)
}

/** Whoever reads the file sees the old text or the new one, also after a crash. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

function render(stream: string, { start, shards }: Checkpoint): string {
  const document = { version: 1, stream, start, shards: Object.fromEntries(shards) }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** What the file says, or what is wrong with it. */
function parse(text: string, stream: string): Checkpoint | string {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return 'is not JSON'
  }
  if (!isObject(document)) return 'is not a JSON object'
  if (document.version !== 1) {
    return `has the version ${JSON.stringify(document.version)}, and this program reads version 1`
  }
  if (document.stream !== stream) {
    return `is that of the stream ${JSON.stringify(document.stream)}, not of "${stream}"`
  }
  const start = parseStart(document.start)
  if (start === undefined) return 'has no "start" that is "trim_horizon" or a time'
  if (!isObject(document.shards)) return 'has no object "shards"'
  const shards = Object.entries(document.shards)
  const wrong = shards.find(([, state]) => !isState(state))
  if (wrong) return `has no proper state of the shard ${JSON.stringify(wrong[0])}`
  return { start, shards: new Map(shards as [string, ShardState][]) }
}

function parseStart(value: unknown): StreamStart | undefined {
  if (value === 'trim_horizon') return value
  return isTime(value) ? new Date(value) : undefined
}

function isState(state: unknown): boolean {
  if (state === 'finished') return true
  if (!isObject(state) || !isTime(state.readUntil)) return false
  const { after, arrived } = state
  if (after === undefined) return arrived === undefined
  return typeof after === 'string' && /^\d{1,129}$/.test(after) && isTime(arrived)
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}
