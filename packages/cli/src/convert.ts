/** `flowlogs convert`: flow logs in any envelope → newline-delimited JSON. */
import { transformStream } from '@flowlogs/aws'
import {
  addLedger,
  createTransform,
  emptyLedger,
  type Mapping,
  type Rejection,
  recordMapping,
} from '@flowlogs/core'
import { createOcsfMapping, type OcsfVersion } from '@flowlogs/ocsf'
import { usageError } from './failure.ts'
import { findInputs, readInput } from './inputs.ts'
import { checkDistinct, filePath, openFile, openOutput } from './outputs.ts'
import { createProgress } from './progress.ts'
import { summarize } from './summary.ts'

/** What the command line says. */
export interface ConvertOptions {
  readonly to: 'ocsf' | 'json'
  readonly format?: string
  readonly ocsfVersion?: string
  readonly out?: string
  readonly rejects?: string
  readonly ledger?: string
  readonly strict?: true
}

/** Converts the files in order and returns the exit code. */
export async function convert(files: readonly string[], options: ConvertOptions): Promise<number> {
  const { format, out, strict } = options
  const mapping = mappingOf(options)
  const transform = createTransform({ ...(format !== undefined && { format }), mapping })
  const outPath = out === undefined ? undefined : filePath(out)
  checkDistinct({ out: outPath, rejects: options.rejects, ledger: options.ledger }, files)
  const inputs = findInputs(files)

  const output = openOutput(outPath)
  const rejects = options.rejects === undefined ? undefined : openFile(options.rejects)
  const ledgerFile = options.ledger === undefined ? undefined : openFile(options.ledger)
  const total = emptyLedger()
  const progress = createProgress(inputs, outPath)
  try {
    for (const input of inputs) {
      const chunks = readInput(input, progress.read)
      for await (const result of transformStream(transform, chunks, input.origin)) {
        addLedger(total, result.ledger)
        await output.write(result.output)
        await rejects?.write(toLines(result.rejections))
        progress.show(total.lines)
      }
    }
  } finally {
    progress.clear()
  }
  await output.close()
  await rejects?.close()
  await ledgerFile?.write(Buffer.from(`${JSON.stringify(total, null, 2)}\n`))
  await ledgerFile?.close()
  process.stderr.write(summarize(total))
  return strict && total.rejected > 0 ? 1 : 0
}

function mappingOf({ to, ocsfVersion }: ConvertOptions): Mapping {
  if (to === 'json') {
    if (ocsfVersion === undefined) return recordMapping
    throw usageError('--ocsf-version goes with --to ocsf')
  }
  // The mapping itself refuses a version that it does not know.
  return createOcsfMapping(ocsfVersion === undefined ? {} : { version: ocsfVersion as OcsfVersion })
}

function toLines(rejections: readonly Rejection[]): Uint8Array {
  return Buffer.from(rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''))
}
