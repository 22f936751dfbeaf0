/** The first lines of an input, out of whatever envelope they are in. */
import { transformStream } from '@flowlogs/aws'
import {
  emptyLedger,
  type FormatInput,
  parseFormat,
  type Transform,
  type TransformResult,
} from '@flowlogs/core'

/** Lines as they came, before anything is made of them. */
export interface LineSample {
  readonly lines: readonly string[]
  /** The names of the fields, where the envelope tells them: the first it told. */
  readonly names: string | undefined
}

/** Reads until there are so many lines, or the input ends. */
export async function sampleLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<LineSample> {
  const lines: string[] = []
  let names: string | undefined
  const take = (input: Uint8Array | string): TransformResult => {
    const text = typeof input === 'string' ? input : Buffer.from(input).toString('utf8')
    const found = text.split('\n')
    for (const line of found) if (line !== '' && lines.length < limit) lines.push(line)
    const count = found.length - 1
    const ledger = { ...emptyLedger(), lines: count, blank: count }
    return { output: new Uint8Array(0), ledger, rejections: [] }
  }
  /** Not a transform at all: it keeps the lines that it is given. */
  const keeping = (format: FormatInput): Transform =>
    Object.assign((input: Uint8Array | string) => take(input), {
      format: parseFormat(format),
      stream: () => ({ write: take, end: () => take('') }),
      withFormat(told: FormatInput) {
        const transform = keeping(told)
        names ??= transform.format.text
        return transform
      },
    })
  for await (const _ of transformStream(keeping('v2'), chunks)) if (lines.length >= limit) break
  return { lines, names }
}
