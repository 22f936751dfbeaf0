/** `flowlogs convert`: flow logs in any envelope → events, written or delivered. */
import { transformStream } from '@flowlogs/aws'
import { addLedger, emptyLedger, type Rejection } from '@flowlogs/core'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { type Destination, openDestination } from './destination.ts'
import { usageError } from './failure.ts'
import { findInputs, type Input, readInput } from './inputs.ts'
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
  checkDistinct({ out: outPath, rejects: rejectsPath, ledger: ledgerPath }, files)
  const found = findInputs(files)
  const checkpoint = checkpointPath === undefined ? undefined : openCheckpoint(checkpointPath)
  const inputs = found.filter((input) => !checkpoint?.isDone(input))

  const destination = await openDestination(shape, { url: out, path: outPath, deadLetter })
  const rejects = rejectsPath === undefined ? undefined : openFile(rejectsPath)
  const ledgerFile = ledgerPath === undefined ? undefined : openFile(ledgerPath)
  const total = emptyLedger()
  const progress = createProgress(inputs, outPath ?? (isSink ? out : undefined))
  try {
    for (const input of inputs) {
      const chunks = readInput(input, progress.read)
      for await (const result of transformStream(destination.transform, chunks, input.origin)) {
        addLedger(total, result.ledger)
        await destination.write(result)
        await rejects?.write(toLines(result.rejections))
        progress.show(total.lines)
      }
      if (checkpoint) markWhenStored(checkpoint, input, destination)
    }
  } catch (error) {
    // What was sent is finished first, so that the checkpoint knows of it.
    await destination.close().catch(() => {})
    throw error
  } finally {
    progress.clear()
  }
  const delivered = await destination.close()
  await rejects?.close()
  const account = delivered ? { ...total, delivered } : total
  await ledgerFile?.write(Buffer.from(`${JSON.stringify(account, null, 2)}\n`))
  await ledgerFile?.close()
  process.stderr.write(summarize(total, { delivered, skipped: found.length - inputs.length }))
  return strict && total.rejected > 0 ? 1 : 0
}

/** Why an input was not stored is what the destination says at the end. */
function markWhenStored(checkpoint: Checkpoint, input: Input, destination: Destination): void {
  destination.stored().then(
    () => checkpoint.mark(input),
    () => {},
  )
}

function toLines(rejections: readonly Rejection[]): Uint8Array {
  return Buffer.from(rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''))
}
