/** Dead letters on their way to a sink again. */
import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  configurationError,
  type Origin,
  type Rejection,
  type RejectionCode,
  type TransformResult,
} from '@flowlogs/core'
import type { DeadEvent } from './dead-letter.ts'
import { syncDirectory } from './durable-directory.ts'
import { createInFlight } from './in-flight.ts'
import { mergeBatches, toBatch } from './merge-batches.ts'
import { type ReadEntry, readDeadLetter } from './read-dead-letter.ts'
import type { Batch, Report, Sink } from './sink.ts'

/** What to send again, and where to. */
export interface ReplayOptions {
  /** A dead letter file, or a directory of them. */
  readonly path: string
  /** It stays open. */
  readonly sink: Sink
  /** Made with `index: true`. With it, bad lines are read again: its format or its limits may be better now. */
  readonly transform?: (line: string | Uint8Array, origin?: Origin) => TransformResult
  /** Whether to send what an earlier replay has sent. Default false. */
  readonly again?: boolean
  /** Told of each line that is no dead letter. */
  readonly onUnreadable?: (text: string, path: string) => void
}

/** What the sink reported, and what became of the entries: together they are all of them. */
export interface ReplayReport extends Report {
  /** Events that were sent as they stood there. */
  readonly events: number
  /** Bad lines that were read again. */
  readonly lines: number
  /** Of these, those that are bad still; they go where the sink's bad lines go. */
  readonly rejected: number
  /** Bad lines left alone: there is no transform, or the entry has not the whole line. */
  readonly left: number
  /** Entries that an earlier replay has sent. */
  readonly earlier: number
  readonly unreadable: number
}

/**
 * Delivers the events of a dead letter again, byte for byte, and its bad lines. How far it came
 * stands in a file beside each, so that a second replay goes on from there; entries that are written
 * meanwhile are left for that one. Rejects as the sink does.
 */
export async function replayDeadLetter(options: ReplayOptions): Promise<ReplayReport> {
  const total = { events: 0, lines: 0, rejected: 0, left: 0, earlier: 0, unreadable: 0 }
  const reports: Report[] = []
  for (const path of await filesOf(options.path)) {
    await replayFile(path, options, total, (report) => reports.push(report))
  }
  return { ...sumOf(reports), ...total }
}

type Counts = { -readonly [Name in keyof Omit<ReplayReport, keyof Report>]: number }

/** How many entries were sent, from the first one on. */
interface Progress {
  readonly events: number
  readonly lines: number
  /** Tells whether the file is still the same one. */
  readonly first: string
}

async function replayFile(
  path: string,
  { sink, transform, again = false, onUnreadable }: ReplayOptions,
  total: Counts,
  onReport: (report: Report) => void,
): Promise<void> {
  const { count, settled, first } = await survey(path)
  const before = await readProgress(path, first)
  const skip = again || before.events > count ? { events: 0, lines: 0 } : before
  const underWay = createInFlight(32 * batchBytes)
  let chunk: Required<Batch>[] = []
  let size = 0
  let index = 0
  let recorded: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined

  async function send(): Promise<void> {
    if (chunk.length === 0) return
    const batch = mergeBatches(chunk)
    // A last line that cannot be read may not be complete yet.
    const end = Math.min(index, settled)
    const bytes = size
    chunk = []
    size = 0
    // What is gathered by the sink would not make room by itself.
    if (underWay.amount() + bytes > 32 * batchBytes) sink.flush().catch(() => {})
    const release = await underWay.acquire(bytes)
    const delivered = sink.deliver(batch).finally(release)
    // One after the other, also when a delivery fails: none is being written when all is said.
    recorded = recorded.then(async () => {
      onReport(await delivered)
      await writeProgress(path, {
        events: Math.max(end, skip.events),
        lines: transform ? Math.max(end, skip.lines) : skip.lines,
        first,
      })
    })
    for (const outcome of [delivered, recorded]) {
      outcome.catch((error) => {
        failure ??= { error }
      })
    }
  }

  for await (const entry of readDeadLetter(path)) {
    // What is refused again may be appended to this very file.
    if (index === count || failure) break
    const position = index
    index += 1
    if ('unreadable' in entry) {
      total.unreadable += 1
      onUnreadable?.(entry.unreadable, path)
    } else if ('event' in entry) {
      if (position < skip.events) total.earlier += 1
      else add(toEventBatch(entry))
      total.events += position < skip.events ? 0 : 1
    } else if (!transform || !wholeLines.has(entry.rejection.code)) {
      total.left += 1
    } else if (position < skip.lines) {
      total.earlier += 1
    } else {
      const batch = readAgain(transform, entry.rejection)
      total.lines += 1
      total.rejected += batch.rejections.length
      add(batch)
    }
    if (size >= batchBytes) await send()
  }
  await send()
  sink.flush().catch(() => {})
  await recorded.catch(() => underWay.idle())
  if (failure) throw failure.error

  function add(batch: Required<Batch>): void {
    chunk.push(batch)
    size += batch.output.length + 100
  }
}

const batchBytes = 1024 * 1024

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith('.ndjson'))
  return names.sort().map((name) => join(path, name))
}

async function survey(path: string): Promise<{ count: number; settled: number; first: string }> {
  let count = 0
  let settled = 0
  let first = ''
  for await (const entry of readDeadLetter(path)) {
    if (count === 0) first = describe(entry)
    count += 1
    if (!('unreadable' in entry)) settled = count
  }
  return { count, settled, first }
}

function describe(entry: ReadEntry): string {
  if ('unreadable' in entry) return entry.unreadable.slice(0, 100)
  return `${entry.time} ${'id' in entry ? entry.id : entry.message}`
}

function toEventBatch({ id, eventTime, account, event }: DeadEvent): Required<Batch> {
  const output = new Uint8Array(event.length + 1)
  output.set(event)
  output[event.length] = newline
  const events = { offsets: [0], ids: [id], times: [eventTime], accounts: [account] }
  return toBatch({ output, events })
}

const newline = 10

// Of others the entry has an envelope, or a part of the line.
const wholeLines: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'too_few_values',
  'too_many_values',
  'bad_integer',
  'bad_address',
  'bad_encoding',
  'no_time',
  'no_endpoint',
])

function readAgain(
  transform: Required<ReplayOptions>['transform'],
  { code, line, value = '', origin }: Rejection,
): Required<Batch> {
  const bytes = code === 'bad_encoding' ? Buffer.from(value, 'base64') : line
  const { events, ...batch } = transform(bytes, origin)
  if (!events) throw configurationError('a replay needs a transform made with `index: true`')
  // The transform may use its buffer again for the next line.
  return { ...batch, output: batch.output.slice(), events }
}

const progressExtension = '.replayed'

async function readProgress(path: string, first: string): Promise<Omit<Progress, 'first'>> {
  try {
    const progress: Progress = JSON.parse(await readFile(`${path}${progressExtension}`, 'utf8'))
    if (progress.first === first) return progress
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error
  }
  return { events: 0, lines: 0 }
}

async function writeProgress(path: string, progress: Progress): Promise<void> {
  const temporary = `${path}${progressExtension}.tmp`
  const handle = await open(temporary, 'w')
  try {
    await handle.writeFile(`${JSON.stringify(progress)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, `${path}${progressExtension}`)
  await syncDirectory(dirname(path))
}

function sumOf(reports: readonly Report[]): Report {
  const sum = { accepted: 0, duplicates: 0, retried: 0, deadLettered: 0 }
  const reasons = new Map<string, number>()
  for (const report of reports) {
    sum.accepted += report.accepted
    sum.duplicates += report.duplicates
    sum.retried += report.retried
    sum.deadLettered += report.deadLettered
    for (const [reason, count] of Object.entries(report.reasons)) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + count)
    }
  }
  return { ...sum, reasons: Object.fromEntries(reasons) }
}
