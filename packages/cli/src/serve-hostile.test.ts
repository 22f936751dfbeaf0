/** Requests that mean harm. */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  createFolder,
  deliver,
  eventOf,
  line,
  listen,
  post,
  type Reply,
  startServe,
} from './serve.test-support.ts'

const configOf = (output: string) => `
listen: { port: 0 }
endpoints:
  - { path: /transform, type: transform, access_keys: [token] }
  - { path: /firehose, type: firehose, access_keys: [secret] }
output: ${output}
`
const bearer = { authorization: 'Bearer token' }
const toEvents = (text: string) =>
  text
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => JSON.parse(each))
const statusesOf = async (replies: readonly Promise<Reply>[]) =>
  (await Promise.all(replies)).map(({ status }) => status)

describe('a hostile request', () => {
  test('is refused, and neither reaches a file nor another line of the log', async () => {
    const folder = createFolder()
    const { url, stop, printed } = await startServe(
      folder,
      configOf("{ url: 'file:events.ndjson' }"),
    )
    const statuses = async (requests: readonly Promise<{ status: number | undefined }>[]) =>
      (await Promise.all(requests)).map(({ status }) => status)
    expect(
      await statuses([
        post(`${url}/../flowlogs.yaml`, ''),
        post(`${url}/transform/../../etc/passwd`, '', bearer),
        post(`${url}/transform/%2e%2e/keys`, '', bearer),
        post(`${url}/transform`, line(1), { authorization: 'Bearer wrong' }),
        post(`${url}/transform`, line(1), { ...bearer, 'x-big': 'a'.repeat(200_000) }),
        post(`${url}/__proto__`, line(1), bearer),
      ]),
    ).toEqual([404, 404, 404, 401, 431, 404])
    const polluting = `{"__proto__":{"message":"${line(2)}"},"constructor":{"prototype":{"a":1}}}`
    expect((await post(`${url}/transform`, polluting, bearer)).status).toBe(200)
    const injecting = { ...bearer, 'x-request-id': 'a","level":60,"b":"c' }
    expect((await post(`${url}/transform`, line(3), injecting)).status).toBe(200)
    expect(await stop('SIGTERM')).toBe(0)
    expect(toEvents(readFileSync(join(folder, 'events.ndjson'), 'utf8'))).toEqual([
      eventOf(line(3)),
    ])
    expect(readdirSync(folder).sort()).toEqual(['events.ndjson', 'flowlogs.yaml'])
    const [, ...log] = printed.stderr.trim().split('\n')
    expect(log.map((each) => JSON.parse(each).level).filter((level) => level > 40)).toEqual([])
    expect(printed.stderr).not.toContain('token')
  })

  test('without a key, or with the one of another endpoint, is refused', async () => {
    const { url, stop } = await startServe(
      createFolder(),
      configOf("{ url: 'file:events.ndjson' }"),
    )
    const replies = [
      post(`${url}/transform`, line(1)),
      post(`${url}/transform`, line(1), { authorization: '' }),
      post(`${url}/transform`, line(1), { authorization: 'Bearer secret' }),
      post(`${url}/transform?access_token=token`, line(1)),
      post(`${url}/firehose`, '{"requestId":"a","timestamp":1,"records":[]}'),
      deliver(url, 'a', [line(1)], ''),
      deliver(url, 'a', [line(1)], 'token'),
    ]
    expect(await statusesOf(replies)).toEqual([401, 401, 401, 401, 401, 401, 401])
    expect(await stop('SIGTERM')).toBe(0)
  })

  test('cannot say where events go, and neither can the next hop', async () => {
    const visits: string[] = []
    const elsewhere = await listen(
      createServer((incoming, outgoing) => {
        visits.push(`${incoming.method} ${incoming.url}`)
        outgoing.end()
      }),
    )
    const target = `127.0.0.1:${elsewhere}`
    const taken: unknown[] = []
    const state = { redirects: false }
    const hop = createServer(async (incoming, outgoing) => {
      const events = toEvents(await text(incoming))
      if (state.redirects) {
        return outgoing.writeHead(307, { location: `http://${target}/stolen` }).end()
      }
      taken.push(...events)
      return outgoing.end()
    })
    const { url, stop } = await startServe(
      createFolder(),
      configOf(`{ url: 'http://127.0.0.1:${await listen(hop)}/', dead_letter: dead.ndjson }`),
    )
    const hints = {
      ...bearer,
      host: target,
      forwarded: `host=${target}`,
      'x-forwarded-host': target,
      'x-original-url': `http://${target}/`,
    }
    const body = JSON.stringify({
      message: line(1),
      output: { url: `http://${target}/` },
      url: `http://${target}/`,
    })
    const query = `?url=http://${target}/&output.url=http://${target}/`
    expect((await post(`${url}/transform${query}`, body, hints)).status).toBe(200)
    // As a proxy would be asked.
    expect(await askAsProxy(url, `http://${target}/transform`, line(2))).toBe(200)
    expect(await askAsProxy(url, `http://${target}/stolen`, line(3))).toBe(404)
    state.redirects = true
    expect((await post(`${url}/transform`, line(4), bearer)).status).toBe(503)
    expect(await stop('SIGTERM')).toBe(0)
    expect(taken).toEqual([eventOf(line(1)), eventOf(line(2))])
    expect(visits).toEqual([])
  })

  test('of zeros is not inflated', async () => {
    const { url, stop } = await startServe(
      createFolder(),
      configOf("{ url: 'file:events.ndjson' }"),
    )
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024))
    const gzip = { 'content-encoding': 'gzip' }
    const firehose = {
      'content-type': 'application/json',
      'x-amz-firehose-protocol-version': '1.0',
      'x-amz-firehose-request-id': 'a',
      'x-amz-firehose-access-key': 'secret',
    }
    const send = async (path: string, headers: Record<string, string>) =>
      (await fetch(url + path, { method: 'POST', body: bomb, headers: { ...gzip, ...headers } }))
        .status
    expect(await send('/transform', bearer)).toBe(413)
    // Not 413, on which Firehose would drop what it has.
    expect(await send('/firehose', firehose)).toBe(400)
    expect(await stop('SIGTERM')).toBe(0)
  })
})

function askAsProxy(url: string, target: string, body: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((done, fail) => {
    const options = { hostname, port, path: target, method: 'POST', headers: bearer }
    const sent = request(options, (reply) => done(reply.resume().statusCode))
    sent.on('error', fail)
    sent.end(body)
  })
}
