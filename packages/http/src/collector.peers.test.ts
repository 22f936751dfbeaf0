/** A real OpenTelemetry Collector, before the transform and behind it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describePeer, findCollector, startCollector } from '@flowlogs/conformance'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import {
  eventsOf,
  hostRelay,
  identifiedEventsOf,
  lineOf,
  transform,
} from './http-transform.test-support.ts'
import { createHttpTransform } from './http-transform.ts'
import { createServer as createFlowlogsServer } from './server.ts'

const lines = [1, 2, 3].map(lineOf)

describePeer('the OpenTelemetry Collector by HTTP', findCollector(), (program) => {
  test('sends log records whose bodies are lines, in each of its encodings, and again after a 503', async () => {
    const compressions = ['none', 'gzip', 'zstd', 'snappy', 'deflate', 'zlib']
    const handle = createHttpTransform({
      transform,
      output: 'respond',
      message: 'resourceLogs.scopeLogs.logRecords.body.stringValue',
    })
    const answers = new Map<string, [number, string | null, string][]>(
      compressions.map((name) => [name, []]),
    )
    const { url } = await serve(
      Object.fromEntries(
        compressions.map((name) => [
          `/${name}`,
          async (request: Request) => {
            const seen = answers.get(name) ?? []
            const isFirst = seen.length === 0
            const response = isFirst
              ? new Response(null, { status: 503, headers: { 'retry-after': '1' } })
              : await handle(request)
            const encoding = request.headers.get('content-encoding')
            seen.push([response.status, encoding, await response.clone().text()])
            return response
          },
        ]),
      ),
    )
    const port = await freePort()
    const exporters = compressions.map(
      (name) =>
        `  otlphttp/${name}: { logs_endpoint: '${url}/${name}', encoding: json, compression: ${name}, sending_queue: { enabled: false }, retry_on_failure: { initial_interval: 100ms } }`,
    )
    await collect(program, [
      `receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${port}' } } } }`,
      'exporters:',
      ...exporters,
      'service:',
      '  telemetry: { metrics: { level: none } }',
      `  pipelines: { logs: { receivers: [otlp], exporters: [${compressions.map((name) => `otlphttp/${name}`)}] } }`,
    ])
    const logRecords = lines.map((line) => ({ body: { stringValue: line } }))
    const reply = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    })
    // The Collector answers when all of its exporters are through.
    expect(reply.status).toBe(200)
    expect(Object.fromEntries(answers)).toStrictEqual(
      Object.fromEntries(
        compressions.map((name) => {
          const encoding = name === 'none' ? null : name
          return [
            name,
            [
              [503, encoding, ''],
              [200, encoding, eventsOf(...lines)],
            ],
          ]
        }),
      ),
    )
  })

  test('takes events as the next hop: lines at the raw endpoint of its HEC receiver', async () => {
    const port = await freePort()
    const folder = mkdtempSync(join(tmpdir(), 'flowlogs-hop-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'logs.json')
    const stop = await collect(program, [
      `receivers: { splunk_hec: { endpoint: '127.0.0.1:${port}' } }`,
      `exporters: { file: { path: ${file}, flush_interval: 50ms } }`,
      'service:',
      '  telemetry: { metrics: { level: none } }',
      '  pipelines: { logs: { receivers: [splunk_hec], exporters: [file] } }',
    ])
    const url = `http://127.0.0.1:${port}/services/collector/raw`
    const { send, dead } = await hostRelay({ url })
    expect((await send(lines.join('\n'))).status).toBe(200)
    await stop()
    expect(dead).toStrictEqual([])
    const written = readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .flatMap((text) => JSON.parse(text).resourceLogs)
      .flatMap(({ scopeLogs }) => scopeLogs)
      .flatMap(({ logRecords }) => logRecords)
      .map(({ body }) => `${body.stringValue}\n`)
    expect(written.join('')).toBe(identifiedEventsOf(...lines))
  })
})

async function collect(program: string, config: readonly string[]): Promise<() => Promise<void>> {
  const collector = await startCollector(program, config.join('\n'))
  onTestFinished(() => collector.stop())
  return collector.stop
}

async function serve(
  routes: Readonly<Record<string, (request: Request) => Promise<Response>>>,
): Promise<{ readonly url: string }> {
  const server = createFlowlogsServer({ port: 0, routes, log: pino({ enabled: false }) })
  onTestFinished(() => server.close())
  return server.listen()
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
