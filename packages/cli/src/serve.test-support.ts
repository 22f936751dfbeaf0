/** A server in a process of its own, and those it talks with. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request,
  type Server,
} from 'node:http'
import { request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { createTransform, type Transform } from '@flowlogs/core'
import { createOcsfMapping } from '@flowlogs/ocsf'
import { onTestFinished } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

/** A line from this port. */
export const line = (port: number, destination = 22): string =>
  `2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 ${port} ${destination} 6 20 4249 1418530010 1418530070 ACCEPT OK`

const transform: Transform = createTransform({ mapping: createOcsfMapping(), index: true })

/** What a line becomes. */
export function eventOf(text: string): unknown {
  return JSON.parse(Buffer.from(transform(text).output).toString())
}

/** The id of what it becomes. */
export function idOf(text: string): string {
  return transform(text).events?.ids[0] ?? ''
}

/** A folder for one test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A `_bulk` server, and what it has seen. */
export interface BulkServer {
  readonly url: string
  readonly documents: ReadonlyMap<string, unknown>
  /** The ids of documents in the order of their creation. */
  readonly creations: readonly string[]
  /** `sent` counts documents, also those that were there. */
  readonly state: { isDown: boolean; requests: number; sent: number; milliseconds: number }
}

/** Starts one that answers after so many milliseconds. */
export async function startBulkServer(milliseconds = 0): Promise<BulkServer> {
  const state = { isDown: false, requests: 0, sent: 0, milliseconds }
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
  const port = await listen(server)
  return { url: `opensearch+http://127.0.0.1:${port}/ocsf`, documents, creations, state }
}

/** Listens until the test is over. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A process that serves. */
export interface Serving {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string
  readonly printed: { stdout: string; stderr: string }
  readonly pid: number
  /** Ends it, and resolves with the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts one with a configuration in the folder, and reads the address that it prints. */
export async function startServe(
  folder: string,
  yaml: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Serving> {
  const path = join(folder, 'flowlogs.yaml')
  writeFileSync(path, yaml)
  const child = spawn(process.execPath, [...command, 'serve', '--config', path], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  const closed = new Promise<number | null>((done) => child.on('close', done))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    printed.stdout += chunk
  })
  const url = await new Promise<string>((done, fail) => {
    child.stderr.on('data', (chunk) => {
      printed.stderr += chunk
      const [, found] = /listening on (https?:\/\/[^/\s]+)/.exec(printed.stderr) ?? []
      if (found !== undefined) done(found)
    })
    closed.then((code) => fail(new Error(`serve ended with ${code}: ${printed.stderr}`)))
  })
  return {
    url,
    printed,
    pid: child.pid ?? 0,
    stop(signal) {
      child.kill(signal)
      return closed
    },
  }
}

/** What came back. */
export interface Reply {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A request as Firehose sends it. */
export function deliver(
  url: string,
  requestId: string,
  lines: readonly string[],
  key = 'secret',
): Promise<Reply> {
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

/** Posts; the path is sent as it stands there. */
export function post(url: string, body: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> {
  const { hostname, port, protocol } = new URL(url)
  const path = url.slice(url.indexOf('/', protocol.length + 2))
  const send = protocol === 'https:' ? requestTls : request
  return new Promise((done, fail) => {
    const options = { hostname, port, path, method: 'POST', headers, rejectUnauthorized: false }
    const sent = send(options, async (reply) => {
      done({ status: reply.statusCode, headers: reply.headers, body: await text(reply) })
    })
    sent.on('error', fail)
    sent.end(body)
  })
}

/** Waits for what is to become true. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let times = 0; !isSo(); times++) {
    if (times > 1500) throw new Error('it took too long')
    await new Promise((done) => setTimeout(done, 20))
  }
}
