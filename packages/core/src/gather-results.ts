/** Results of a stream, which are small, → batches that are worth a delivery. */
import { mergeResults } from './merge-results.ts'
import type { TransformResult } from './transform.ts'

// What a rejection takes besides its line, about.
const rejectionBytes = 256
// Results without events weigh nothing, but there may be many.
const maxResults = 256

/**
 * Gathers results to batches of at most `maxBytes` of events and rejected lines; a result that is
 * larger by itself is a batch of its own. Reads on only when the last batch was taken. Results are
 * used up: their memory is handed back.
 */
export async function* gatherResults(
  results: AsyncIterable<TransformResult>,
  maxBytes: number,
): AsyncGenerator<TransformResult, void, undefined> {
  let gathered: TransformResult[] = []
  let bytes = 0
  /** Where outputs of a batch lie next to each other, if there are several, and what is taken of it. */
  let memory: Uint8Array<ArrayBuffer> | undefined
  let length = 0

  /** A copy, since the transform may use the memory of an output again. */
  function keep(result: TransformResult): void {
    const [first] = gathered
    if (first && !memory) {
      memory = new Uint8Array(Math.max(maxBytes, first.output.length))
      gathered = []
      keep(first)
    }
    const { output } = result
    const end = length + output.length
    if (memory && end <= memory.length) {
      memory.set(output, length)
      gathered.push({ ...result, output: memory.subarray(length, end) })
      length = end
    } else gathered.push({ ...result, output: output.slice() })
    result.release?.()
  }

  for await (const result of results) {
    const added = sizeOf(result)
    if (bytes > 0 && bytes + added > maxBytes) {
      yield mergeResults(gathered)
      gathered = []
      bytes = 0
      memory = undefined
      length = 0
    }
    keep(result)
    bytes += added
    if (gathered.length === maxResults) gathered = [mergeResults(gathered)]
  }
  if (gathered.some(({ ledger }) => ledger.lines > 0)) yield mergeResults(gathered)
}

function sizeOf({ output, rejections }: TransformResult): number {
  return rejections.reduce(
    (total, { line, value }) => total + line.length + (value?.length ?? 0) + rejectionBytes,
    output.length,
  )
}
