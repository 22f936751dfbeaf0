/** One input on its way through `convert`. */
import { transformStream } from '@flowlogs/aws/files'
import type { Ledger, Rejection, Transform, TransformResult } from '@flowlogs/core'
import type { Input } from './inputs.ts'
import type { Output } from './outputs.ts'

/** Where an input goes. */
export interface InputWork {
  readonly transform: Transform
  /** Takes events; the next block may overwrite them when it returns. */
  write(result: TransformResult): Promise<void> | void
  readonly rejects: Output | undefined
  /** Told of each block. */
  onLedger(ledger: Ledger): void
}

/** Converts one input, the chunks of which may share their memory. */
export async function convertInput(
  { origin }: Input,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { transform, write, rejects, onLedger }: InputWork,
): Promise<void> {
  for await (const result of transformStream(transform, chunks, origin)) {
    await write(result)
    if (result.rejections.length > 0) rejects?.write(toLines(result.rejections))
    onLedger(result.ledger)
  }
}

function toLines(rejections: readonly Rejection[]): Uint8Array {
  return Buffer.from(rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''))
}
