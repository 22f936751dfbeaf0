/** From Firehose to an OTLP receiver: what is acknowledged was exported, and what was not comes again. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { createTransform, recordMapping } from '@flowlogs/core'
import { createFirehose, type FailedAttempt, generateTraffic } from '@flowlogs/example-firehose'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createService, type Service } from './service.ts'

// The endpoint logs each request.
beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))

interface ExportRequest {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly attributes: readonly { readonly key: string; readonly value: object }[]
      }[]
    }[]
  }[]
}

/** A receiver that refuses some exports for good; keeps the ids of the records that it took. */
async function startReceiver(refuses: (request: number) => boolean) {
  const uids: unknown[] = []
  let requests = 0
  const server = createServer(async (incoming, outgoing) => {
    const { resourceLogs } = (await json(incoming)) as ExportRequest
    if (refuses(requests++)) return outgoing.writeHead(400).end()
    const records = resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords),
    )
    for (const { attributes } of records) {
      const uid = attributes.find(({ key }) => key === 'log.record.uid')
      uids.push(Object.values(uid?.value ?? {})[0])
    }
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1/logs`, uids, requests: () => requests }
}

function start(exporter: Parameters<typeof createService>[0]['exporter']): Service {
  const service = createService({ exporter, accessKeys: ['secret'] })
  onTestFinished(service.close)
  return service
}

function deliver({ handle }: Service, retrySeconds: number) {
  const errorFolder = mkdtempSync(join(tmpdir(), 'flowlogs-opentelemetry-'))
  onTestFinished(() => rmSync(errorFolder, { recursive: true, force: true }))
  const failures: FailedAttempt[] = []
  const firehose = createFirehose({
    url: 'http://localhost/firehose',
    accessKey: 'secret',
    errorFolder,
    buffering: { bytes: 256 * 1024 },
    baseDelay: 0.01,
    retrySeconds,
    fetch: (url, init) => handle(new Request(url, init)),
    onFailure: (attempt) => void failures.push(attempt),
  })
  return { firehose, failures }
}

/** An hour of lines, and the ids of their records. */
function createTraffic() {
  const traffic = generateTraffic({ duration: 3_600, incidents: false })
  const lines = [...traffic]
  const { events } = createTransform({ mapping: recordMapping, index: true })(lines.join('\n'))
  return { lines, ids: new Set(events?.ids) }
}

test('what an exporter could not deliver comes again, and nothing is lost', async () => {
  const { lines, ids } = createTraffic()
  const receiver = await startReceiver((request) => request % 4 === 1 && request < 20)
  const { firehose, failures } = deliver(start(new OTLPLogExporter({ url: receiver.url })), 300)
  await firehose.putBatch(lines)
  const report = await firehose.close()
  expect(report.lines).toMatchObject({
    in: lines.length,
    delivered: lines.length,
    errored: 0,
    dropped: 0,
  })
  expect(failures.length).toBeGreaterThan(2)
  const statusOf = ({ errorMessage }: FailedAttempt) =>
    /destination\. (\d+): /.exec(errorMessage)?.[1]
  expect(new Set(failures.map(statusOf))).toEqual(new Set(['503']))
  expect(ids.size).toBe(lines.length)
  expect(new Set(receiver.uids)).toEqual(ids)
})

test('nothing is acknowledged while exports fail', async () => {
  const { lines } = createTraffic()
  const receiver = await startReceiver(() => true)
  const { firehose } = deliver(start(new OTLPLogExporter({ url: receiver.url })), 0)
  await firehose.putBatch(lines)
  const report = await firehose.close()
  expect(report.lines).toMatchObject({ in: lines.length, delivered: 0, errored: lines.length })
  expect(receiver.uids).toEqual([])
  expect(receiver.requests()).toBeGreaterThan(0)
})

test('the answer waits for the export', async () => {
  const exports: (() => void)[] = []
  const { handle } = start({
    export: (_records, done) => void exports.push(() => done({ code: 0 })),
    shutdown: async () => {},
    forceFlush: async () => {},
  })
  const line =
    '2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1763700000 1763700060 ACCEPT OK'
  const data = Buffer.from(JSON.stringify({ message: line })).toString('base64')
  let status: number | undefined
  const response = handle(
    new Request('http://localhost/firehose', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-amz-firehose-access-key': 'secret' },
      body: JSON.stringify({ requestId: 'r', timestamp: 1_763_700_061_000, records: [{ data }] }),
    }),
  ).then((answer) => {
    status = answer.status
  })
  await expect.poll(() => exports.length, { timeout: 10_000 }).toBe(1)
  await new Promise((done) => setTimeout(done, 200))
  expect(status).toBeUndefined()
  exports[0]?.()
  await response
  expect(status).toBe(200)
})
