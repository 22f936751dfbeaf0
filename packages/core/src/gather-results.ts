/** Results of a stream, which are small, → batches that are worth a delivery. */
import { mergeResults } from './merge-results.ts'
import type { TransformResult } from './transform.ts'

// What a rejection takes besides its line, about.
const rejectionBytes = 256
// Results without events weigh nothing, but there may be many.
const maxResults = 256

/**
 * Gathers results to batches of at most `maxBytes` of events and rejected lines; a result that is
 * larger by itself is a batch of its own. Reads on only when the last batch was taken.
 */
export async function* gatherResults(
  results: AsyncIterable<TransformResult>,
  maxBytes: number,
): AsyncGenerator<TransformResult, void, undefined> {
  let gathered: TransformResult[] = []
  let bytes = 0
  for await (const result of results) {
    const added = sizeOf(result)
    if (bytes > 0 && bytes + added > maxBytes) {
      yield mergeResults(gathered)
      gathered = []
      bytes = 0
    }
    // The transform may use the memory of an output again.
    gathered.push({ ...result, output: result.output.slice() })
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
