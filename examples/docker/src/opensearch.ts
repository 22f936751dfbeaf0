import type { Document } from './stored.ts'

/** Every document of an index; `url` is that of the index. */
export async function* readOpenSearch(url: string): AsyncGenerator<Document> {
  const server = new URL(url).origin
  await call(`${url}/_refresh`, {})
  let page = await call(`${url}/_search?scroll=1m`, { size: 5_000, sort: ['_doc'] })
  while (page.hits.hits.length > 0) {
    for (const { _source } of page.hits.hits) yield _source
    page = await call(`${server}/_search/scroll`, { scroll: '1m', scroll_id: page._scroll_id })
  }
  await call(`${server}/_search/scroll`, { scroll_id: page._scroll_id }, 'DELETE')
}

async function call(url: string, body: object, method = 'POST'): Promise<Document> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 300)}`)
  return JSON.parse(text)
}
