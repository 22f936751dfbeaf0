/** The events of the corpus as a batch. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { casesFolder, loadCases } from '@flowlogs/conformance'
import { toBatch } from './merge-batches.ts'
import type { Batch } from './sink.ts'

/** The goldens of a schema version, byte for byte, one for each id. */
export function corpusBatch(version: string): Required<Batch> {
  const documents = new Map<string, string>()
  for (const { name } of loadCases()) {
    const text = readFileSync(join(casesFolder, name, `ocsf-${version}.json`), 'utf8')
    const { metadata } = JSON.parse(text)
    // No string has a line break in it.
    if (metadata) documents.set(metadata.uid, text.trimEnd().replaceAll(/\n\s*/g, ''))
  }
  return documentBatch([...documents.values()], [...documents.keys()])
}

/** A batch of documents, whose ids are their numbers unless given. */
export function documentBatch(
  documents: readonly string[],
  ids: readonly string[] = documents.map((_, index) => String(index)),
): Required<Batch> {
  const lines = documents.map((text) => Buffer.from(`${text}\n`))
  let end = 0
  return toBatch({
    output: new Uint8Array(Buffer.concat(lines)),
    events: {
      offsets: lines.map(({ length }) => {
        end += length
        return end - length
      }),
      ids: [...ids],
      times: documents.map(timeOf),
      accounts: documents.map(() => undefined),
    },
  })
}

function timeOf(document: string): number | undefined {
  const [, time] = /"time": ?(\d+)/.exec(document) ?? []
  return time === undefined ? undefined : Number(time)
}
