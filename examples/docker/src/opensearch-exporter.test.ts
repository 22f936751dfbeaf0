import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { createTransform } from '@flowlogs/core'
import { createOtlpMapping, toOtlpRequests } from '@flowlogs/opentelemetry'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { createOpenSearchExporter } from './opensearch-exporter.ts'
import { shapes } from './stored.ts'

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a log record becomes a document, and is answered for when it is stored', async () => {
  const line =
    '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK'
  const transform = createTransform({ mapping: createOtlpMapping() })
  const [request] = toOtlpRequests(transform(line).output)
  const replies = [201, 429]
  const documents: string[] = []
  const opensearch = await listen(
    createServer(async (incoming, outgoing) => {
      documents.push((await text(incoming)).split('\n')[1] ?? '')
      const items = [{ create: { status: replies.shift() } }]
      outgoing.end(JSON.stringify({ items }))
    }),
  )
  const url = await listen(createOpenSearchExporter(opensearch, 'flow-logs'))
  const send = async () => {
    const body = new Uint8Array(request!.body)
    return (await fetch(`${url}/v1/logs`, { method: 'POST', body })).status
  }
  expect([await send(), await send(), await send()]).toEqual([200, 503, 503])
  const document = JSON.parse(documents[0] ?? '')
  expect(document).toMatchObject({
    '@timestamp': '2014-12-14T04:06:50.000Z',
    body: line,
    resource: { 'cloud.provider': 'aws', 'cloud.account.id': '123456789010' },
    severity: { text: 'INFO', number: 9 },
    attributes: { 'source.address': '172.31.16.139', 'destination.port': 22 },
  })
  expect(shapes.otel?.(document)).toEqual({
    id: 'b145101b855f52789957cecab7fd3533',
    outcome: 'ACCEPT',
    packets: 20,
    bytes: 4249,
  })
})

test('the configuration of the stand-in differs in its exporter only', () => {
  const read = (name: string) =>
    parse(readFileSync(resolve(import.meta.dirname, '../../opentelemetry', name), 'utf8'))
  const { exporters, ...real } = read('collector.yaml')
  const { exporters: other, ...standIn } = read('collector.stand-ins.yaml')
  expect(JSON.stringify(standIn).replace('"otlphttp"', '"opensearch"')).toBe(JSON.stringify(real))
  expect(exporters.opensearch.sending_queue).toEqual(other.otlphttp.sending_queue)
})
