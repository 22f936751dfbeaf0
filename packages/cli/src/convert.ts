/** `flowlogs convert`: flow logs in any envelope → events, written or delivered. */
import { setFlagsFromString } from 'node:v8'
import type { Worker } from 'node:worker_threads'
import { addLedger, emptyLedger, type Ledger } from '@flowlogs/core'
import type { BackfillCheckpoint } from '@flowlogs/siem'
import { convertInput } from './convert-input.ts'
import { type Delivered, type Destination, openFileDestination, openSinkAt } from './destination.ts'
import type { ShapeOptions } from './event-shape.ts'
import { usageError } from './failure.ts'
import { type FileInput, findInputs, isFile, readInput } from './inputs.ts'
import { loadShape } from './load-shape.ts'
import { checkDistinct, filePath, openOutput, say } from './outputs.ts'
import { createProgress } from './progress.ts'
import { readBlocks } from './read-blocks.ts'
import { sinkSchemeOf } from './sink-schemes.ts'
import { summarize } from './summary.ts'

/** What the command line says. */
export interface ConvertOptions extends ShapeOptions {
  readonly out?: string
  readonly rejects?: string
  readonly deadLetter?: string
  readonly ledger?: string
  readonly checkpoint?: string
  readonly threads?: string
  readonly strict?: true
}

/** Converts the files and returns the exit code; `workers` are the threads that --threads asks for. */
export async function convert(
  files: readonly string[],
  options: ConvertOptions,
  workers: readonly Worker[] = [],
): Promise<number> {
  const { out, strict, deadLetter, checkpoint: checkpointPath } = options
  const { rejects: rejectsPath, ledger: ledgerPath } = options
  const shape = await loadShape(options)
  const sinkUrl = out !== undefined && sinkSchemeOf(out) !== undefined ? out : undefined
  if (!sinkUrl && deadLetter !== undefined) throw usageError('--dead-letter goes with a sink')
  if (!sinkUrl && checkpointPath !== undefined) throw usageError('--checkpoint goes with a sink')
  const wanted = threadsOf(options)
  if (sinkUrl && wanted > 1) throw usageError('--threads does not go with a sink')
  const outPath = out === undefined || sinkUrl ? undefined : filePath(out)
  const found = findInputs(files)
  checkDistinct({ out: outPath, rejects: rejectsPath, ledger: ledgerPath }, found)
  const checkpoint = await openCheckpoint(checkpointPath)
  const inputs = found.filter((input) => !(checkpoint && isFile(input) && checkpoint.isDone(input)))

  const events = sinkUrl ? undefined : openOutput(outPath)
  const destination = events
    ? openFileDestination(shape, events)
    : await openSinkAt(shape, { url: sinkUrl ?? '', deadLetter })
  const rejects = rejectsPath === undefined ? undefined : openOutput(rejectsPath)
  const ledgerFile = ledgerPath === undefined ? undefined : openOutput(ledgerPath)
  // From here on nothing is kept for long, so that more space for what is new makes nothing faster.
  setFlagsFromString('--semi-space-growth-factor=1')
  const total = emptyLedger()
  const progress = createProgress(inputs, outPath ?? sinkUrl)
  const marks: Promise<void>[] = []
  const onLedger = (ledger: Ledger) => {
    addLedger(total, ledger)
    progress.show(total.lines)
  }

  async function convertInOrder(): Promise<void> {
    const { transform, write } = destination
    for (const input of inputs) {
      // What is under way to a sink goes on only while nothing blocks.
      const chunks = sinkUrl ? readInput(input, progress.read) : readBlocks(input, progress.read)
      await convertInput(input, chunks, { transform, write, rejects, onLedger })
      if (checkpoint && isFile(input))
        marks.push(mark(checkpoint, input, destination).catch(() => {}))
    }
  }

  try {
    if (events && workers.length > 0 && inputs.length > 1) {
      // Only here, since it takes time to load.
      const { convertInThreads } = await import('./convert-threads.ts')
      const { read: onRead } = progress
      const work = { workers, inputs, shape: options, events, rejects, onRead, onLedger }
      await convertInThreads(work)
    } else await convertInOrder()
  } catch (error) {
    // What was sent is finished first, so that the checkpoint knows of it.
    await finish().catch(() => {})
    throw error
  } finally {
    progress.clear()
  }
  const delivered = await finish()
  rejects?.close()
  const account = delivered ? { ...total, delivered } : total
  ledgerFile?.write(Buffer.from(`${JSON.stringify(account, null, 2)}\n`))
  ledgerFile?.close()
  say(summarize(total, { delivered, skipped: found.length - inputs.length }))
  return strict && total.rejected > 0 ? 1 : 0

  async function finish(): Promise<Delivered | undefined> {
    try {
      return await destination.close()
    } finally {
      await Promise.all(marks)
      await checkpoint?.close()
    }
  }
}

const maxThreads = 64

function threadsOf({ threads = '1' }: ConvertOptions): number {
  const number = Number(threads)
  if (/^[1-9][0-9]*$/.test(threads) && number <= maxThreads) return number
  throw usageError(`--threads is a number from 1 to ${maxThreads}, not ${threads}`)
}

async function openCheckpoint(path: string | undefined): Promise<BackfillCheckpoint | undefined> {
  if (path === undefined) return undefined
  const { createBackfillCheckpoint } = await import('./sinks.ts')
  return createBackfillCheckpoint(path)
}

/** Why a file was not stored is what the destination says at the end. */
async function mark(
  checkpoint: BackfillCheckpoint,
  file: FileInput,
  destination: Destination,
): Promise<void> {
  await destination.stored()
  await checkpoint.done(file)
}
