import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { createTransform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

const line = (port: number, destination = 22) =>
  `2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 ${port} ${destination} 6 20 4249 1418530010 1418530070 ACCEPT OK`

const transform = createTransform({ mapping: createOcsfMapping(), index: true })
const eventOf = (text: string) => JSON.parse(Buffer.from(transform(text).output).toString())
const idOf = (text: string) => transform(text).events?.ids[0]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A `_bulk` server: documents by id, and how often each was sent. */
async function startBulkServer(options: { readonly milliseconds?: number } = {}) {
  const state = { isDown: false, requests: 0, sent: 0, milliseconds: options.milliseconds ?? 0 }
  const documents = new Map<string, unknown>()
  const creations: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    state.requests++
    if (!incoming.url?.includes('_bulk')) return outgoing.end('{"version":{"number":"2.19.0"}}')
    await new Promise((done) => setTimeout(done, state.milliseconds))
    if (state.isDown) return outgoing.writeHead(503).end()
    const body = Buffer.concat(chunks)
    const plain = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const lines = plain.toString().split('\n').slice(0, -1)
    const items: unknown[] = []
    for (let at = 0; at < lines.length; at += 2) {
      const id: string = JSON.parse(lines[at]!).create._id
      state.sent++
      const isKnown = documents.has(id)
      if (!isKnown) {
        documents.set(id, JSON.parse(lines[at + 1]!))
        creations.push(id)
      }
      const error = { type: 'version_conflict_engine_exception', reason: 'exists' }
      items.push({ create: isKnown ? { _id: id, status: 409, error } : { _id: id, status: 201 } })
    }
    return outgoing.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        took: 1,
        errors: items.some((each) => JSON.stringify(each).includes('409')),
        items,
      }),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `opensearch+http://127.0.0.1:${port}/ocsf`, documents, creations, state }
}

/** A server in a process of its own, with the address that it printed. */
async function startServe(yaml: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(folder, 'flowlogs.yaml')
  writeFileSync(path, yaml)
  const child = spawn(process.execPath, [...command, 'serve', '--config', path], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    printed.stdout += chunk
  })
  const closed = new Promise<number | null>((done) => child.on('close', done))
  const url = await new Promise<string>((done, fail) => {
    child.stderr.on('data', (chunk) => {
      printed.stderr += chunk
      const [, found] = /listening on (https?:\/\/[^/\s]+)/.exec(printed.stderr) ?? []
      if (found !== undefined) done(found)
    })
    closed.then(() => fail(new Error(`serve ended: ${printed.stderr}`)))
  })
  return { child, url, closed, printed }
}

function stop(child: ChildProcess, signal: NodeJS.Signals, closed: Promise<number | null>) {
  child.kill(signal)
  return closed
}

/** A request as Firehose sends it. */
function deliver(url: string, requestId: string, lines: readonly string[], key = 'secret') {
  const records = lines.map((each) => ({ data: Buffer.from(`${each}\n`).toString('base64') }))
  return post(
    `${url}/firehose`,
    JSON.stringify({ requestId, timestamp: 1_578_090_901_599, records }),
    {
      'content-type': 'application/json',
      'x-amz-firehose-protocol-version': '1.0',
      'x-amz-firehose-request-id': requestId,
      'x-amz-firehose-source-arn':
        'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
      'x-amz-firehose-access-key': key,
    },
  )
}

function post(url: string, body: string, headers: Record<string, string>) {
  return new Promise<{ readonly status: number | undefined; readonly body: string }>(
    (done, fail) => {
      const sent = request(url, { method: 'POST', headers }, async (reply) => {
        done({ status: reply.statusCode, body: await text(reply) })
      })
      sent.on('error', fail)
      sent.end(body)
    },
  )
}

async function until(isSo: () => boolean): Promise<void> {
  for (let times = 0; !isSo(); times++) {
    if (times > 1500) throw new Error('it took too long')
    await new Promise((done) => setTimeout(done, 20))
  }
}

const config = (output: string, more = '') => `
listen: { port: 0 }
endpoints:
  - { path: /firehose, type: firehose, access_keys: ['\${KEY}'] }
output: ${output}
${more}`
const secret = { KEY: 'secret' }
const ports = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => line(from + at))

describe('Firehose → OpenSearch', () => {
  test('events are stored once, whatever comes again, and the process ends with 0', async () => {
    const bulk = await startBulkServer()
    const { child, url, closed, printed } = await startServe(
      config(`{ url: '${bulk.url}' }`),
      secret,
    )
    const reply = await deliver(url, 'a', [line(1), line(2)])
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body)).toEqual({ requestId: 'a', timestamp: expect.any(Number) })
    await deliver(url, 'a', [line(1), line(2)])
    await deliver(url, 'b', [line(2), line(3)])
    expect((await deliver(url, 'c', [line(4)], 'wrong')).status).toBe(401)
    expect(await stop(child, 'SIGTERM', closed)).toBe(0)
    expect([...bulk.documents.values()]).toEqual([1, 2, 3].map((port) => eventOf(line(port))))
    expect(bulk.creations).toHaveLength(3)
    expect(printed.stderr.split('\n')[0]).toBe(`flowlogs: listening on ${url}/firehose`)
    expect(printed.stderr).not.toContain('secret')
    expect(printed.stdout).toBe('')
  })

  test.each([
    ['with a spool', ''],
    ['without', ', spool: false'],
  ])(
    'SIGTERM in the middle of deliveries loses nothing that was acknowledged, %s',
    async (_, spool) => {
      const bulk = await startBulkServer({ milliseconds: 300 })
      const { child, url, closed } = await startServe(
        config(`{ url: '${bulk.url}'${spool} }`),
        secret,
      )
      const replies = Array.from({ length: 8 }, (_, at) =>
        deliver(url, `r${at}`, ports(1000 * (at + 1), 50)).catch(() => undefined),
      )
      await until(() => bulk.state.requests > 0)
      expect(await stop(child, 'SIGTERM', closed)).toBe(0)
      const statuses = (await Promise.all(replies)).map((reply) => reply?.status)
      const acknowledged = statuses.flatMap((status, at) =>
        status === 200 ? ports(1000 * (at + 1), 50).map(idOf) : [],
      )
      expect(acknowledged.length).toBeGreaterThan(0)
      expect(acknowledged.filter((id) => !bulk.documents.has(id!))).toEqual([])
    },
  )

  test('kill -9 loses nothing that was acknowledged: the next process delivers it', async () => {
    const bulk = await startBulkServer()
    bulk.state.isDown = true
    const yaml = config(`{ url: '${bulk.url}' }`)
    const first = await startServe(yaml, secret)
    const lines = Array.from({ length: 10 }, (_, at) => ports(1000 * (at + 1), 50))
    const replies = await Promise.all(lines.map((each, at) => deliver(first.url, `r${at}`, each)))
    expect(replies.map(({ status }) => status)).toEqual(lines.map(() => 200))
    expect(bulk.documents.size).toBe(0)
    // It dies while a request is under way that will be stored.
    bulk.state.milliseconds = 300
    bulk.state.isDown = false
    const before = bulk.state.requests
    await until(() => bulk.state.requests > before)
    await stop(first.child, 'SIGKILL', first.closed)
    await until(() => bulk.documents.size > 0)
    const stored = bulk.documents.size
    const second = await startServe(yaml, secret)
    // Firehose may not have seen a reply, and sends again.
    await deliver(second.url, 'r0', lines[0]!)
    expect(await stop(second.child, 'SIGTERM', second.closed)).toBe(0)
    expect([...bulk.documents.keys()].sort()).toEqual(lines.flat().map(idOf).sort())
    expect(bulk.creations).toHaveLength(500)
    expect(bulk.state.sent).toBeGreaterThanOrEqual(500 + stored)
  })
})
