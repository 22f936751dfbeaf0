/** What a server that runs is asked by others: is it ready, who may know, and how long will it take to end. */
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  createFolder,
  deliver,
  line,
  listen,
  post,
  startBulkServer,
  startServe,
  until,
} from './serve.test-support.ts'

const configOf = (output: string, more = '') => `
listen: { port: 0 }
endpoints:
  - { path: /firehose, type: firehose, access_keys: [secret] }
  - { path: /transform, type: transform, access_keys: none }
output: ${output}
${more}`

const statusOf = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status

describe('/readyz', () => {
  test('is about room in the spool, and not about the receiver behind it', async () => {
    const bulk = await startBulkServer()
    bulk.state.isDown = true
    const { url, stop, printed } = await startServe(
      createFolder(),
      configOf(`{ url: '${bulk.url}', spool: { max_bytes: 4000 } }`),
    )
    expect(await statusOf(`${url}/readyz`)).toBe(200)
    expect((await deliver(url, 'a', [line(1), line(2)])).status).toBe(200)
    expect(await statusOf(`${url}/readyz`)).toBe(200)
    const waiting = deliver(url, 'b', [line(3), line(4)])
    await expect.poll(() => statusOf(`${url}/readyz`)).toBe(503)
    expect(await statusOf(`${url}/healthz`)).toBe(200)
    bulk.state.isDown = false
    expect((await waiting).status).toBe(200)
    await expect.poll(() => statusOf(`${url}/readyz`)).toBe(200)
    expect(await stop('SIGTERM')).toBe(0)
    expect(bulk.documents.size).toBe(4)
    expect(printed.stderr).toMatch(/"error":"Error: the spool is full: \d+ bytes wait"/)
  })

  test.each([
    ['OpenSearch without a spool', "{ url: 'opensearch+http://HOST/ocsf', spool: false }", ''],
    ['Splunk without a spool', "{ url: 'splunk+http://HOST', spool: false }", ''],
    ['a next hop', "{ url: 'http://HOST/', dead_letter: dead.ndjson }", ''],
    ['an OTLP receiver', "{ url: 'otlp+http://HOST/v1/logs' }", 'mapping: { to: otlp }'],
  ])('is about the receiver: %s', async (_, output, more) => {
    const state = { status: 200 }
    const methods = new Set<string | undefined>()
    const receiver = createServer((incoming, outgoing) => {
      methods.add(incoming.method)
      outgoing.writeHead(state.status).end('{"text":"HEC is healthy","code":17}')
    })
    const port = await listen(receiver)
    const { url, stop } = await startServe(
      createFolder(),
      configOf(output.replace('HOST', `127.0.0.1:${port}`), more),
      { FLOWLOGS_SPLUNK_TOKEN: 'hec' },
    )
    expect(await statusOf(`${url}/readyz`)).toBe(200)
    state.status = 503
    expect(await statusOf(`${url}/readyz`)).toBe(503)
    receiver.closeAllConnections()
    await new Promise((done) => receiver.close(done))
    expect(await statusOf(`${url}/readyz`)).toBe(503)
    expect(await stop('SIGTERM')).toBe(0)
    // Nothing is stored by asking.
    expect([...methods].filter((method) => method !== 'HEAD' && method !== 'GET')).toEqual([])
  })

  test('of a file is 200', async () => {
    const { url, stop } = await startServe(createFolder(), configOf("{ url: 'file:events' }"))
    expect(await statusOf(`${url}/readyz`)).toBe(200)
    expect(await stop('SIGTERM')).toBe(0)
  })
})

test('/metrics may ask for a key, and nothing else does then', async () => {
  const yaml = configOf("{ url: 'stdout:' }", 'metrics: { access_keys: [old, new] }')
  const { url, stop } = await startServe(createFolder(), yaml)
  const ask = (token?: string) =>
    statusOf(`${url}/metrics`, token === undefined ? {} : { authorization: `Bearer ${token}` })
  expect([await ask(), await ask('wrong'), await ask('old'), await ask('new')]).toEqual([
    401, 401, 200, 200,
  ])
  expect(await statusOf(`${url}/healthz`)).toBe(200)
  expect((await post(`${url}/transform`, line(1))).status).toBe(200)
  expect(await stop('SIGTERM')).toBe(0)
})

describe('limits', () => {
  test('of the configuration hold', async () => {
    const limits = `limits:
  max_body_bytes: 1000
  max_connections: 3
  max_header_bytes: 4096
  header_seconds: 1
  request_seconds: 2
  keep_alive_seconds: 1
  idle_seconds: 30`
    const { url, stop } = await startServe(createFolder(), configOf("{ url: 'stdout:' }", limits))
    const { port } = new URL(url)
    const head = 'POST /transform HTTP/1.1\r\nHost: x\r\n'
    expect((await post(`${url}/transform`, 'a'.repeat(1001))).status).toBe(413)
    expect((await post(`${url}/transform`, line(1), { 'x-big': 'a'.repeat(5000) })).status).toBe(
      431,
    )
    expect(await sendRaw(port, head)).toMatch(/^HTTP\/1\.1 408 /)
    expect(await sendRaw(port, `${head}Content-Length: 10\r\n\r\nabc`)).toMatch(/^HTTP\/1\.1 408 /)
    expect(await sendRaw(port, `${head}Content-Length: 0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
    const held = [1, 2, 3].map(() => connect(Number(port), '127.0.0.1'))
    await Promise.all(held.map((socket) => new Promise((done) => socket.once('connect', done))))
    expect(await sendRaw(port, head)).toBe('')
    for (const socket of held) socket.destroy()
    expect(await stop('SIGTERM')).toBe(0)
  })
})

describe('the end comes in time', () => {
  const hanging = async () => {
    const seen = { requests: 0 }
    const port = await listen(
      createServer((incoming) => {
        if (incoming.method === 'POST') seen.requests++
      }),
    )
    return { seen, host: `127.0.0.1:${port}` }
  }

  // Each of the receivers would be waited for much longer than the test may take.
  test.each([
    ['OpenSearch behind a spool', "{ url: 'opensearch+http://HOST/ocsf' }", '', 200],
    ['OpenSearch', "{ url: 'opensearch+http://HOST/ocsf', spool: false }", '', undefined],
    ['Splunk behind a spool', "{ url: 'splunk+http://HOST?acknowledgement=true' }", '', 200],
    ['a next hop', "{ url: 'http://HOST/', dead_letter: dead.ndjson }", '', undefined],
    ['an OTLP receiver', "{ url: 'otlp+http://HOST/v1/logs' }", 'mapping: { to: otlp }', undefined],
    ['a Fluent receiver', "{ url: 'forward://HOST?tag=a' }", 'mapping: { to: json }', undefined],
  ])(
    'though the receiver says nothing: %s',
    { timeout: 20_000 },
    async (name, output, more, status) => {
      const { seen, host } = await hanging()
      const { url, stop } = await startServe(
        createFolder(),
        configOf(output.replace('HOST', host), `${more}\nlimits: { shutdown_seconds: 1 }`),
        { FLOWLOGS_SPLUNK_TOKEN: 'hec' },
      )
      const reply = deliver(url, 'a', [line(1)]).catch(() => undefined)
      if (name.includes('Fluent')) await new Promise((done) => setTimeout(done, 500))
      else await until(() => seen.requests > 0)
      expect(await stop('SIGTERM')).toBe(0)
      expect((await reply)?.status).toBe(status)
    },
  )
})

function sendRaw(port: string, text: string): Promise<string> {
  return new Promise((done) => {
    let received = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => done(received))
  })
}
