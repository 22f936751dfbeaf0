import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { SentLedger } from '@flowlogs/example-firehose'
import { expect, onTestFinished, test } from 'vitest'
import { compare } from './compare.ts'
import { readOpenSearch } from './opensearch.ts'
import { importSavedObjects } from './saved-objects.ts'
import { readSplunk } from './splunk.ts'
import { createSplunkStandIn } from './splunk-server.ts'
import { addUp, type Document, shapes } from './stored.ts'

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener))
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'examples-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

async function gather(documents: AsyncIterable<Document>): Promise<Document[]> {
  const all: Document[] = []
  for await (const document of documents) all.push(document)
  return all
}

function eventOf(uid: string, action: string, bytes: number): Document {
  return { metadata: { uid }, action, status_code: 'OK', traffic: { packets: 2, bytes } }
}

const events = [
  eventOf('a', 'Allowed', 100),
  eventOf('b', 'Allowed', 50),
  eventOf('b', 'Allowed', 50),
  eventOf('c', 'Denied', 7),
]

const outcomes = {
  ACCEPT: { lines: 2, packets: 4, bytes: 150 },
  REJECT: { lines: 1, packets: 2, bytes: 7 },
}

const counts = { in: 5, delivered: 5, errored: 0, dropped: 0, retried: 0, duplicated: 0 }
const sent: SentLedger = {
  ended: true,
  report: { records: counts, lines: counts, requests: 1, bytes: 1 },
  outcomes: { ...outcomes, NODATA: { lines: 2, packets: 0, bytes: 0 } },
}

test('documents are added up by outcome, each id once', async () => {
  const stored = { outcomes, documents: 4, duplicates: 1 }
  expect(await addUp(events, shapes.ocsf!)).toEqual(stored)
  await expect(addUp([{ action: 'Allowed' }], shapes.ocsf!)).rejects.toThrow('without an id')
})

test('what was sent and what is stored are equal, or the check says what differs', () => {
  const stored = { outcomes, documents: 4, duplicates: 1 }
  expect(compare(sent, stored).problems).toEqual([])
  expect(compare(sent, stored).table).toContain('left out: no flow')

  const one = { ...outcomes, REJECT: { lines: 1, packets: 2, bytes: 8 } }
  expect(compare(sent, { ...stored, outcomes: one }).problems).toEqual([
    'REJECT: 1 lines were sent, 1 events are stored',
  ])
  const { ACCEPT } = outcomes
  expect(compare(sent, { ...stored, outcomes: { ACCEPT } }).problems).toEqual([
    'REJECT: 1 lines were sent, 0 events are stored',
  ])
  const some = { ...outcomes, NODATA: { lines: 1, packets: 0, bytes: 0 } }
  expect(compare(sent, { ...stored, outcomes: some }).problems).toEqual([
    'NODATA: 2 lines were sent, 1 events are stored',
  ])
  const report = { ...sent.report, lines: { ...counts, errored: 3, dropped: 2 } }
  expect(compare({ ...sent, report }, stored).problems).toEqual([
    'Firehose gave up 3 lines; its error folder has them',
    'Firehose dropped 2 lines, since the answer was 413',
  ])
  const nothing = { ...sent, outcomes: {} }
  expect(compare(nothing, { ...stored, outcomes: {} }).problems).toEqual(['nothing was sent'])
})

test('OpenSearch is read to the end, page by page', async () => {
  const hits = events.map((_source) => ({ _source }))
  const pages = [hits.slice(0, 3), hits.slice(3), []]
  const calls: string[] = []
  const url = await serve(async (request, response) => {
    calls.push(`${request.method} ${request.url} ${await text(request)}`)
    const isSearch = request.method === 'POST' && request.url?.includes('_search')
    const page = isSearch ? { _scroll_id: 'next', hits: { hits: pages.shift() } } : {}
    response.end(JSON.stringify(page))
  })
  expect(await gather(readOpenSearch(`${url}/flows`))).toEqual(events)
  expect(calls).toEqual([
    'POST /flows/_refresh {}',
    'POST /flows/_search?scroll=1m {"size":5000,"sort":["_doc"]}',
    'POST /_search/scroll {"scroll":"1m","scroll_id":"next"}',
    'POST /_search/scroll {"scroll":"1m","scroll_id":"next"}',
    'DELETE /_search/scroll {"scroll_id":"next"}',
  ])
  const broken = await serve((_, response) => response.writeHead(503).end('starting'))
  await expect(gather(readOpenSearch(`${broken}/flows`))).rejects.toThrow('503 starting')
})

test("Splunk's stand-in keeps events, and its export gives them back", async () => {
  const folder = await temporaryFolder()
  const { collector, management } = createSplunkStandIn(join(folder, 'events'), 'token', 'word')
  const [hec, port] = [await listen(collector), await listen(management)]
  const send = async (body: string, authorization = 'Splunk token') => {
    const headers = { authorization, 'content-encoding': 'gzip' }
    const path = `${hec}/services/collector/event`
    const response = await fetch(path, { method: 'POST', headers, body: gzipSync(body) })
    return [response.status, await response.json()]
  }
  const envelopes = events.map((event) => `${JSON.stringify({ time: 1.5, event })}\n`)
  expect(await send(envelopes.slice(0, 3).join(''))).toEqual([200, { text: 'Success', code: 0 }])
  expect(await send(`${envelopes[3]}{"event":""}\n${envelopes[0]}`)).toEqual([
    400,
    { text: 'Event field cannot be blank', code: 13, 'invalid-event-number': 1 },
  ])
  expect(await send('{"time":1}\n')).toMatchObject([400, { code: 12 }])
  expect(await send('no')).toMatchObject([400, { code: 6 }])
  expect(await send('')).toMatchObject([400, { code: 5 }])
  expect(await send('{}', 'Splunk other')).toMatchObject([403, { code: 4 }])
  expect(await send('{}', 'Basic x')).toMatchObject([401, { code: 3 }])
  expect((await fetch(`${hec}/services/collector/health`)).status).toBe(200)
  expect(await gather(readSplunk(port, 'index=main', 'word'))).toEqual(events)
  await expect(gather(readSplunk(port, 'index=main', 'no'))).rejects.toThrow('401')
})

test('saved objects are imported as OpenSearch Dashboards documents it', async () => {
  const seen: unknown[] = []
  let reply: [number, object] = [200, { success: true, successCount: 1 }]
  const url = await serve(async (request, response) => {
    const { method, url: path, headers } = request
    const body = new Uint8Array(await new Response(request as never).arrayBuffer())
    const type = headers['content-type'] ?? ''
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    const part = form.get('file') as File
    seen.push([method, path, headers['osd-xsrf'], part.name, await part.text()])
    response.writeHead(reply[0]).end(JSON.stringify(reply[1]))
  })
  const bytes = Buffer.from('{"type":"dashboard"}\n')
  expect(await importSavedObjects(url, bytes)).toBeUndefined()
  expect(seen).toEqual([
    [
      'POST',
      '/api/saved_objects/_import?overwrite=true',
      'true',
      'dashboards.ndjson',
      '{"type":"dashboard"}\n',
    ],
  ])
  reply = [200, { success: false, errors: [{ id: 'a' }] }]
  expect(await importSavedObjects(url, bytes)).toContain('the import failed')
  reply = [503, { message: 'not ready' }]
  expect(await importSavedObjects(url, bytes)).toContain('OpenSearch Dashboards says 503')
})
