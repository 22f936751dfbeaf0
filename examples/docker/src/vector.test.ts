import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { gzipSync, zstdDecompressSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { createVectorStandIn } from './vector.ts'

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const serve = (listener: RequestListener) => listen(createServer(listener))

/** The stand-in between a transform and an OpenSearch of the test. */
async function start({ transform, statuses }: { transform: number; statuses: number[][] }) {
  const transformed: string[] = []
  const stored: string[] = []
  const uri = await serve(async (request, response) => {
    transformed.push(zstdDecompressSync(await buffer(request)).toString())
    response.writeHead(transform).end()
  })
  const server = await serve(async (request, response) => {
    stored.push(await text(request))
    const items = statuses.shift()?.map((status) => ({ index: { status } }))
    response.writeHead(items ? 200 : 503).end(JSON.stringify({ items }))
  })
  const batch = { timeout_secs: 0.02 }
  const { firehose, fromFlowlogs } = createVectorStandIn({
    sources: { firehose: { access_keys: ['key'] } },
    sinks: {
      to_flowlogs: { uri, batch },
      store: {
        endpoints: [new URL(server).origin],
        id_key: 'id',
        bulk: { action: 'index', index: 'flows' },
        batch,
      },
    },
  })
  const [from, back] = [await listen(firehose), await listen(fromFlowlogs)]
  return {
    transformed,
    stored,
    async deliver(key = 'key') {
      const logEvents = [{ id: '1', timestamp: 1, message: 'a line' }]
      const data = gzipSync(JSON.stringify({ owner: '1', logEvents })).toString('base64')
      const headers = {
        'x-amz-firehose-access-key': key,
        'x-amz-firehose-protocol-version': '1.0',
        'content-encoding': 'gzip',
      }
      const body = gzipSync(JSON.stringify({ requestId: 'r', timestamp: 1, records: [{ data }] }))
      const response = await fetch(from, { method: 'POST', headers, body })
      return [response.status, await response.json()]
    },
    async store(...uids: string[]) {
      const body = uids.map((uid) => `${JSON.stringify({ metadata: { uid } })}\n`).join('')
      return (await fetch(back, { method: 'POST', body })).status
    },
  }
}

test('Firehose has its answer when the transform has the lines', async () => {
  const vector = await start({ transform: 200, statuses: [] })
  expect(await vector.deliver()).toEqual([
    200,
    { requestId: 'r', timestamp: 1, errorMessage: null },
  ])
  expect(vector.transformed).toEqual([
    '{"logEvents":[{"id":"1","timestamp":1,"message":"a line"}]}\n',
  ])
  expect(await vector.deliver('other')).toMatchObject([401, { errorMessage: 'Invalid access key' }])
  const refused = await start({ transform: 400, statuses: [] })
  expect(await refused.deliver()).toMatchObject([406, { errorMessage: 'Delivery failed' }])
})

test('the transform has its answer when OpenSearch has the events', async () => {
  const vector = await start({ transform: 200, statuses: [[201, 429], [200], [400]] })
  expect(await vector.store('a', 'b')).toBe(200)
  const operation = (uid: string) =>
    `{"index":{"_index":"flows","_id":"${uid}"}}\n{"metadata":{"uid":"${uid}"}}\n`
  expect(vector.stored).toEqual([operation('a') + operation('b'), operation('b')])
  expect(await vector.store('c')).toBe(400)
})
