import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { writeBulk } from './bulk.ts'

test('documents are handed over as operations, and each has its status', async () => {
  const bodies: string[] = []
  let reply: [number, object] = [
    200,
    { errors: true, items: [{ create: { status: 201 } }, { index: { status: 429 } }] },
  ]
  const server = createServer(async (request, response) => {
    bodies.push(`${request.method} ${request.url} ${await text(request)}`)
    response.writeHead(reply[0]).end(JSON.stringify(reply[1]))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const statuses = await writeBulk(url, [
    { action: 'create', index: 'flows', id: 'a', document: { n: 1 } },
    { action: 'index', index: 'flows', document: { n: 2 } },
  ])
  expect(statuses).toEqual([201, 429])
  expect(bodies).toEqual([
    'POST /_bulk {"create":{"_index":"flows","_id":"a"}}\n{"n":1}\n{"index":{"_index":"flows"}}\n{"n":2}\n',
  ])
  reply = [503, { error: 'no master' }]
  await expect(writeBulk(url, [])).rejects.toThrow('_bulk: 503 {"error":"no master"}')
})
