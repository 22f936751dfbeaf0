/** What receivers of a real OpenTelemetry Collector get of a process that serves. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describePeer, findCollector, startCollector } from '@flowlogs/conformance'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder, deliver, line, startServe } from './serve.test-support.ts'

describePeer('the OpenTelemetry Collector behind flowlogs serve', findCollector(), (program) => {
  test.each([
    ['otlp', "{ protocols: { http: { endpoint: 'HOST' } } }", 'otlp+http://HOST/v1/logs', 'otlp'],
    ['fluentforward', "{ endpoint: 'HOST' }", 'forward://HOST?tag=vpc.flow', 'json'],
    ['splunk_hec', "{ endpoint: 'HOST' }", 'splunk+http://HOST?index=main', 'json'],
  ])('%s', async (receiver, settings, output, to) => {
    const folder = createFolder()
    const host = `127.0.0.1:${await freePort()}`
    const file = join(folder, 'logs.json')
    const collector = await startCollector(
      program,
      [
        `receivers: { ${receiver}: ${settings.replace('HOST', host)} }`,
        `exporters: { file: { path: ${file}, flush_interval: 50ms } }`,
        'service:',
        '  telemetry: { metrics: { level: none } }',
        `  pipelines: { logs: { receivers: [${receiver}], exporters: [file] } }`,
      ].join('\n'),
    )
    onTestFinished(() => collector.stop())
    const { url, stop } = await startServe(
      folder,
      `
listen: { port: 0 }
endpoints: [{ path: /firehose, type: firehose, access_keys: [secret] }]
mapping: { to: ${to} }
output: { url: '${output.replace('HOST', host)}' }
`,
      { FLOWLOGS_SPLUNK_TOKEN: 'token' },
    )
    const ports = [54_321, 54_322, 54_323]
    const reply = await deliver(
      url,
      'a',
      ports.map((port) => line(port)),
    )
    expect(reply.status).toBe(200)
    expect(await stop('SIGTERM')).toBe(0)
    await collector.stop()
    const written = readFileSync(file, 'utf8')
    const records: string[] = written
      .split('\n')
      .filter(Boolean)
      .flatMap((text) => JSON.parse(text).resourceLogs)
      .flatMap(({ scopeLogs }) => scopeLogs)
      .flatMap(({ logRecords }) => logRecords)
      .map((record) => JSON.stringify(record))
    expect(records).toHaveLength(3)
    for (const [index, port] of ports.entries()) expect(records[index]).toContain(String(port))
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
