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
  /** Objects by bucket and key. */
  readonly objects: Map<string, Uint8Array>
  close(): Promise<void>
}

/** Starts one on a port of its own. It takes everything. */
export async function startReceiver(): Promise<Receiver> {
  const bulks: Receiver['bulks'] = []
  const objects: Receiver['objects'] = new Map()
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request
    const [path = ''] = url.split('?')
    const body = await buffer(request)
    const key = decodeURIComponent(path.slice(1))
    if (method === 'POST') {
      const text = String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
      bulks.push({ path, body: text })
      const lines = text.split('\n').slice(0, -1)
      const items = lines.flatMap((line, index) =>
        index % 2 === 0 ? [{ create: { ...JSON.parse(line).create, status: 201 } }] : [],
      )
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
    objects,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
}
