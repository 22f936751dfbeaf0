/** `flowlogs convert`: flow logs in any envelope → events, written or delivered. */
import { transformStream } from '@flowlogs/aws'
import { addLedger, emptyLedger, type Rejection } from '@flowlogs/core'
import type { BackfillCheckpoint } from '@flowlogs/siem'
import { type Delivered, type Destination, openDestination } from './destination.ts'
import { usageError } from './failure.ts'
import { type FileInput, findInputs, isFile, readInput } from './inputs.ts'
import { checkDistinct, filePath, openFile } from './outputs.ts'
import { createProgress } from './progress.ts'
import { type ShapeOptions, shapeOf } from './shape.ts'
import { sinkSchemeOf } from './sink-schemes.ts'
import { summarize } from './summary.ts'

/** What the command line says. */
export interface ConvertOptions extends ShapeOptions {
  readonly out?: string
  readonly rejects?: string
  readonly deadLetter?: string
  readonly ledger?: string
  readonly checkpoint?: string
  readonly strict?: true
}

/** Converts the files in order and returns the exit code. */
export async function convert(files: readonly string[], options: ConvertOptions): Promise<number> {
  const { out, strict, deadLetter, checkpoint: checkpointPath } = options
  const shape = shapeOf(options)
  const isSink = out !== undefined && sinkSchemeOf(out) !== undefined
  if (deadLetter !== undefined && !isSink) throw usageError('--dead-letter goes with a sink')
  if (checkpointPath !== undefined && !isSink) throw usageError('--checkpoint goes with a sink')
  const outPath = out === undefined || isSink ? undefined : filePath(out)
  const { rejects: rejectsPath, ledger: ledgerPath } = options
  const found = findInputs(files)
  checkDistinct({ out: outPath, rejects: rejectsPath, ledger: ledgerPath }, found)
  const checkpoint = await openCheckpoint(checkpointPath)
  const inputs = found.filter((input) => !(checkpoint && isFile(input) && checkpoint.isDone(input)))

  const destination = await openDestination(shape, { url: out, path: outPath, deadLetter })
  const rejects = rejectsPath === undefined ? undefined : openFile(rejectsPath)
  const ledgerFile = ledgerPath === undefined ? undefined : openFile(ledgerPath)
  const total = emptyLedger()
  const progress = createProgress(inputs, outPath ?? (isSink ? out : undefined))
  const marks: Promise<void>[] = []
  try {
    for (const input of inputs) {
      const chunks = readInput(input, progress.read)
      for await (const result of transformStream(destination.transform, chunks, input.origin)) {
        addLedger(total, result.ledger)
        await destination.write(result)
        await rejects?.write(toLines(result.rejections))
        progress.show(total.lines)
      }
      if (checkpoint && isFile(input))
        marks.push(mark(checkpoint, input, destination).catch(() => {}))
    }
  } catch (error) {
    // What was sent is finished first, so that the checkpoint knows of it.
    await finish().catch(() => {})
    throw error
  } finally {
    progress.clear()
  }
  const delivered = await finish()
  await rejects?.close()
  const account = delivered ? { ...total, delivered } : total
  await ledgerFile?.write(Buffer.from(`${JSON.stringify(account, null, 2)}\n`))
  await ledgerFile?.close()
  process.stderr.write(summarize(total, { delivered, skipped: found.length - inputs.length }))
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

function toLines(rejections: readonly Rejection[]): Uint8Array {
  return Buffer.from(rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''))
}
