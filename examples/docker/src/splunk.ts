import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Document } from './stored.ts'

/**
 * Every event of a search, by Splunk's export endpoint; `url` is that of the management port. The
 * answer is a line of JSON for each event, whose `_raw` is what was sent.
 */
export async function* readSplunk(
  url: string,
  search: string,
  password: string,
): AsyncGenerator<Document> {
  const path = `${url}/services/search/jobs/export`
  const response = await fetch(path, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`admin:${password}`)}` },
    body: new URLSearchParams({
      search: `search ${search}`,
      output_mode: 'json',
      preview: 'false',
      earliest_time: '0',
    }),
  })
  if (!response.ok || !response.body) {
    throw new Error(`POST ${path}: ${response.status} ${(await response.text()).slice(0, 300)}`)
  }
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
    // Splunk ends with a line that has no result.
    const { result } = JSON.parse(line || '{}')
    if (result !== undefined) yield JSON.parse(result._raw)
  }
}
