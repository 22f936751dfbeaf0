/** Stands in for OpenSearch, and for S3, as far as the functions use them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

/** What was sent, and what there is to be fetched. */
export interface Receiver {
  readonly url: string
  /** Bodies of `_bulk` requests by path, unpacked. */
  readonly bulks: { readonly path: string; readonly body: string }[]
  /** Ids of documents that are refused. */
  readonly refused: Set<string>
  /** Objects by bucket and key. */
  readonly objects: Map<string, Uint8Array>
  close(): Promise<void>
}

/** Starts one on a port of its own. */
export async function startReceiver(): Promise<Receiver> {
  const bulks: Receiver['bulks'] = []
  const refused: Receiver['refused'] = new Set()
  const objects: Receiver['objects'] = new Map()
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request
    const [path = ''] = url.split('?')
    const body = await buffer(request)
    const key = decodeURIComponent(path.slice(1))
    if (method === 'POST') {
      const text = String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
      bulks.push({ path, body: text })
      const actions = text.split('\n').filter((line) => line.startsWith('{"create"'))
      const items = actions.map((action) => {
        const { create } = JSON.parse(action)
        const error = { type: 'mapper_parsing_exception', reason: 'failed to parse' }
        return {
          create: refused.has(create._id)
            ? { ...create, status: 400, error }
            : { ...create, status: 201 },
        }
      })
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ items }))
    } else if (method === 'PUT') {
      objects.set(key, body)
      response.setHeader('etag', '"0"').end()
    } else {
      const object = objects.get(key)
      response.statusCode = object ? 200 : 404
      response.setHeader('etag', '"0"').end(object)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bulks,
    refused,
    objects,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
}
