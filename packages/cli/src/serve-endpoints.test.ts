import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { certificates } from '@flowlogs/conformance'
import { createTransform, recordMapping } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import {
  createFolder,
  deliver,
  eventOf,
  idOf,
  line,
  listen,
  post,
  startServe,
} from './serve.test-support.ts'

const { localhost } = certificates

const toEvents = (text: string) =>
  text
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => JSON.parse(each))
const recordOf = (text: string) =>
  toEvents(Buffer.from(createTransform({ mapping: recordMapping })(text).output).toString())[0]

const transformTo = (output: string, more = '') => `
listen: { port: 0 }
endpoints:
  - { path: /transform, type: transform, access_keys: [token]${more} }
output: ${output}
`
const bearer = { authorization: 'Bearer token' }

describe('the HTTP transform', () => {
  test('events go back in the reply', async () => {
    const yaml = transformTo(
      "{ url: 'stdout:' }",
      ', respond: true, message: log.line, carry: [host], id: flow_id',
    )
    const { url, stop } = await startServe(createFolder(), yaml)
    const body = JSON.stringify({ log: { line: line(1) }, host: 'a' })
    const reply = await post(`${url}/transform`, body, bearer)
    expect({ status: reply.status, events: toEvents(reply.body) }).toEqual({
      status: 200,
      events: [{ ...(eventOf(line(1)) as object), host: 'a', flow_id: idOf(line(1)) }],
    })
    expect((await post(`${url}/transform`, body)).status).toBe(401)
    expect(await stop('SIGTERM')).toBe(0)
  })

  test('events go on to the next hop, whose answer is waited for, and what it refuses to the dead letter', async () => {
    const taken: unknown[] = []
    const authorizations = new Set<string | undefined>()
    const state = { isDown: true }
    const hop = createServer(async (incoming, outgoing) => {
      const events = toEvents(await text(incoming))
      authorizations.add(incoming.headers.authorization)
      if (state.isDown) return outgoing.writeHead(503).end()
      if (events.some((event) => event.src_endpoint.port === 2))
        return outgoing.writeHead(400).end('bad event')
      taken.push(...events)
      return outgoing.end()
    })
    const folder = createFolder()
    const yaml = transformTo(
      `{ url: 'http://127.0.0.1:${await listen(hop)}/', dead_letter: dead.ndjson }`,
    )
    const { url, stop } = await startServe(folder, yaml, { FLOWLOGS_RELAY_BEARER_TOKEN: 'hop' })
    const body = [1, 2, 3].map((port) => `${line(port)}\n`).join('')
    expect((await post(`${url}/transform`, body, bearer)).status).toBe(503)
    state.isDown = false
    expect((await post(`${url}/transform`, body, bearer)).status).toBe(200)
    expect(await stop('SIGTERM')).toBe(0)
    expect(taken).toEqual([eventOf(line(1)), eventOf(line(3))])
    expect([...authorizations]).toEqual(['Bearer hop'])
    const [dead, ...others] = toEvents(readFileSync(join(folder, 'dead.ndjson'), 'utf8'))
    expect(others).toEqual([])
    expect(dead).toMatchObject({ status: 400, message: 'bad event', event: eventOf(line(2)) })
  })
})

describe('outputs and filters', () => {
  test('filters drop lines, and the account says by which rule; the file keeps what it had', async () => {
    const folder = createFolder()
    writeFileSync(join(folder, 'events.ndjson'), '{"earlier":true}\n')
    writeFileSync(join(folder, 'keys'), 'old\nsecret\n')
    const { url, stop, printed } = await startServe(
      folder,
      `
listen: { port: 0 }
endpoints: [{ path: /firehose, type: firehose, access_keys_file: keys }]
mapping: { to: json }
filters:
  - name: dns inside
    drop:
      all:
        - { field: dstport, is: [53, 853] }
        - { field: dstaddr, in_network: 172.16.0.0/12 }
        - { not: { field: srcport, is: '7' } }
        - any: [{ field: interface-id, present: true }, { field: srcport, is: 8 }]
output: { url: 'file:events.ndjson' }
`,
    )
    await deliver(url, 'a', [line(1), line(2, 53), line(7, 53), line(3, 853)])
    const metrics = await fetch(`${url}/metrics`)
    expect(await metrics.text()).toMatch(
      /flowlogs_lines_total\{[^}]*flowlogs_column="filtered"[^}]*\} 2/,
    )
    expect(await stop('SIGTERM')).toBe(0)
    expect(toEvents(readFileSync(join(folder, 'events.ndjson'), 'utf8'))).toEqual([
      { earlier: true },
      recordOf(line(1)),
      recordOf(line(7, 53)),
    ])
    const invocation = toEvents(printed.stderr.split('\n').slice(1).join('\n')).find(
      ({ msg }) => msg === 'invocation',
    )
    expect(invocation.ledger).toMatchObject({
      lines: 4,
      emitted: 2,
      filtered: 2,
      filters: { 'dns inside': 2 },
    })
  })

  test('standard output has events and nothing else', async () => {
    const { url, stop, printed } = await startServe(
      createFolder(),
      transformTo("{ url: 'stdout:' }", ', format: v5-alphabetical'),
    )
    await post(
      `${url}/transform`,
      `srcaddr dstaddr start end\n10.0.0.1 10.0.0.2 1418530010 1418530070\n`,
      bearer,
    )
    expect(await stop('SIGINT')).toBe(0)
    expect(toEvents(printed.stdout)).toHaveLength(1)
  })
})

describe('receivers', () => {
  test.each([
    ['otlp+http://HOST/v1/logs', 'mapping: { to: otlp }', '{}'],
    ['splunk+http://HOST?index=main', 'mapping: { to: json }', '{"text":"Success","code":0}'],
  ])('%s gets the event', async (address, mapping, answer) => {
    const bodies: string[] = []
    const receiver = createServer(async (incoming, outgoing) => {
      const body = await buffer(incoming)
      const isGzip = incoming.headers['content-encoding'] === 'gzip'
      if (body.length > 0) bodies.push((isGzip ? gunzipSync(body) : body).toString())
      outgoing.setHeader('content-type', 'application/json').end(answer)
    })
    const url = address.replace('HOST', `127.0.0.1:${await listen(receiver)}`)
    const yaml = `${transformTo(`{ url: '${url}' }`)}\n${mapping}`
    const { url: place, stop } = await startServe(createFolder(), yaml, {
      FLOWLOGS_SPLUNK_TOKEN: 'hec',
    })
    expect((await post(`${place}/transform`, line(54_321), bearer)).status).toBe(200)
    expect(await stop('SIGTERM')).toBe(0)
    expect(bodies.filter((body) => body.includes('54321'))).toHaveLength(1)
  })
})

describe('TLS', () => {
  test('the certificate and the key of the files, and the variables that name them', async () => {
    const folder = createFolder()
    writeFileSync(join(folder, 'cert.pem'), localhost.cert)
    writeFileSync(join(folder, 'key.pem'), localhost.key)
    const yaml = transformTo("{ url: 'stdout:' }", ', respond: true').replace(
      'port: 0',
      "port: '${PORT:-0}', tls: { cert_file: '${CERTIFICATE}', key_file: key.pem }",
    )
    const { url, stop } = await startServe(folder, yaml, { CERTIFICATE: 'cert.pem' })
    expect(url).toMatch(/^https:/)
    const reply = await post(`${url}/transform`, line(1), bearer)
    expect(toEvents(reply.body)).toEqual([eventOf(line(1))])
    expect(await stop('SIGTERM')).toBe(0)
  })
})

describe('failures at the start', () => {
  const command = process.env.DIST
    ? [resolve(import.meta.dirname, '../dist/main.js')]
    : ['--conditions=@flowlogs/source', resolve(import.meta.dirname, 'main.ts')]
  function serve(yaml: string) {
    const cwd = createFolder()
    writeFileSync(join(cwd, 'flowlogs.yaml'), yaml)
    const { status, stderr } = spawnSync(
      process.execPath,
      [...command, 'serve', '--config', 'flowlogs.yaml'],
      {
        cwd,
        encoding: 'utf8',
        timeout: 30_000,
      },
    )
    return { status, stderr }
  }

  test('are one line', async () => {
    expect(serve('a: 1')).toEqual({
      status: 2,
      stderr:
        'flowlogs: flowlogs.yaml:1:1: endpoints is missing (and 2 more: see flowlogs check-config)\n',
    })
    const port = await listen(createServer())
    const taken = transformTo("{ url: 'stdout:' }").replace('port: 0', `port: ${port}`)
    expect(serve(taken)).toEqual({
      status: 1,
      stderr: `flowlogs: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    })
    const tls = transformTo("{ url: 'stdout:' }").replace(
      'port: 0',
      'port: 0, tls: { cert_file: flowlogs.yaml, key_file: flowlogs.yaml }',
    )
    const { status, stderr } = serve(tls)
    expect({
      status,
      lines: stderr.split('\n').length,
      isTls: stderr.startsWith('flowlogs: tls: '),
    }).toEqual({ status: 2, lines: 2, isTls: true })
  })
})
