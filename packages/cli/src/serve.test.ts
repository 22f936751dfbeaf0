import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  createFolder,
  deliver,
  eventOf,
  idOf,
  line,
  listen,
  startBulkServer,
  startServe,
  until,
} from './serve.test-support.ts'

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
    const { url, stop, printed } = await startServe(
      createFolder(),
      config(`{ url: '${bulk.url}' }`),
      secret,
    )
    const reply = await deliver(url, 'a', [line(1), line(2)])
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body)).toEqual({ requestId: 'a', timestamp: expect.any(Number) })
    await deliver(url, 'a', [line(1), line(2)])
    await deliver(url, 'b', [line(2), line(3)])
    expect((await deliver(url, 'c', [line(4)], 'wrong')).status).toBe(401)
    expect(await stop('SIGTERM')).toBe(0)
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
      const bulk = await startBulkServer(300)
      const { url, stop } = await startServe(
        createFolder(),
        config(`{ url: '${bulk.url}'${spool} }`),
        secret,
      )
      const replies = Array.from({ length: 8 }, (_, at) =>
        deliver(url, `r${at}`, ports(1000 * (at + 1), 50)).catch(() => undefined),
      )
      await until(() => bulk.state.requests > 0)
      expect(await stop('SIGTERM')).toBe(0)
      const statuses = (await Promise.all(replies)).map((reply) => reply?.status)
      const acknowledged = statuses.flatMap((status, at) =>
        status === 200 ? ports(1000 * (at + 1), 50).map(idOf) : [],
      )
      expect(acknowledged.length).toBeGreaterThan(0)
      expect(acknowledged.filter((id) => !bulk.documents.has(id))).toEqual([])
    },
  )

  test('kill -9 loses nothing that was acknowledged: the next process delivers it', async () => {
    const bulk = await startBulkServer()
    bulk.state.isDown = true
    const yaml = config(`{ url: '${bulk.url}' }`)
    const folder = createFolder()
    const first = await startServe(folder, yaml, secret)
    const lines = Array.from({ length: 10 }, (_, at) => ports(1000 * (at + 1), 50))
    const replies = await Promise.all(lines.map((each, at) => deliver(first.url, `r${at}`, each)))
    expect(replies.map(({ status }) => status)).toEqual(lines.map(() => 200))
    expect(bulk.documents.size).toBe(0)
    // It dies while a request is under way that will be stored.
    bulk.state.milliseconds = 300
    bulk.state.isDown = false
    const before = bulk.state.requests
    await until(() => bulk.state.requests > before)
    await first.stop('SIGKILL')
    await until(() => bulk.documents.size > 0)
    const stored = bulk.documents.size
    const second = await startServe(folder, yaml, secret)
    // Firehose may not have seen a reply, and sends again.
    await deliver(second.url, 'r0', lines[0]!)
    expect(await second.stop('SIGTERM')).toBe(0)
    expect([...bulk.documents.keys()].sort()).toEqual(lines.flat().map(idOf).sort())
    expect(bulk.creations).toHaveLength(500)
    expect(bulk.state.sent).toBeGreaterThanOrEqual(500 + stored)
  })

  test('what a receiver that is down did not take stays in the spool for the next process', async () => {
    const bulk = await startBulkServer()
    bulk.state.isDown = true
    const yaml = config(`{ url: '${bulk.url}' }`, 'limits: { shutdown_seconds: 1 }')
    const folder = createFolder()
    const first = await startServe(folder, yaml, secret)
    expect((await deliver(first.url, 'a', [line(1)])).status).toBe(200)
    expect(await first.stop('SIGTERM')).toBe(0)
    expect(bulk.documents.size).toBe(0)
    const port = await listen(createServer())
    const taken = startServe(folder, yaml.replace('port: 0', `port: ${port}`), secret)
    await expect(taken).rejects.toThrow('serve ended with 1')
    bulk.state.isDown = false
    const second = await startServe(folder, yaml, secret)
    await until(() => bulk.documents.size > 0)
    expect(await second.stop('SIGTERM')).toBe(0)
    expect([...bulk.documents.values()]).toEqual([eventOf(line(1))])
  })
})
