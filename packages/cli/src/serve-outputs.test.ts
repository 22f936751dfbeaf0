/** Every kind of output, from the configuration to the receiver, in a process that serves. */
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { FluentServer } from '@fluent-org/logger'
import { parquetReadObjects } from 'hyparquet'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder, deliver, eventOf, idOf, line, startServe } from './serve.test-support.ts'

const configOf = (url: string, more = '') => `
listen: { port: 0 }
endpoints: [{ path: /firehose, type: firehose, access_keys: [secret] }]
output: { url: '${url}' }
${more}`

const ports = [1, 2, 3, 4, 5, 6]

/** Two requests, one of them twice. */
async function deliverAll(url: string): Promise<void> {
  const requests = [ports.slice(0, 3), ports.slice(3), ports.slice(3)].map((each) =>
    each.map((port) => line(port)),
  )
  const replies = requests.map((lines, index) => deliver(url, `request-${index}`, lines))
  expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200])
}

test('a Fluent receiver: acknowledged events, each with its tag', async () => {
  const entries: [string, { srcport: number }][] = []
  const server = new FluentServer({ listenOptions: { port: 0, host: '127.0.0.1' } })
  server.on('entry', (tag, _time, record) => entries.push([tag, record]))
  await server.listen()
  onTestFinished(() => server.close())
  // The server does not tell its port.
  const { port } = (server as unknown as { server: Server }).server.address() as AddressInfo
  // Written so that it is no variable.
  const output = `forward://127.0.0.1:${port}?tag=vpc.$\${action}`
  const { url, stop } = await startServe(createFolder(), configOf(output, 'mapping: { to: json }'))
  await deliverAll(url)
  expect(await stop('SIGTERM')).toBe(0)
  const seen = entries.map(([tag, { srcport }]) => `${tag} ${srcport}`)
  expect(new Set(seen)).toEqual(new Set(ports.map((each) => `vpc.ACCEPT ${each}`)))
  expect(seen).toHaveLength(9)
})

test('a folder: files of events, complete when the process has ended', async () => {
  const folder = createFolder()
  const { url, stop } = await startServe(folder, configOf('dir:events?compression=zstd'))
  await deliverAll(url)
  expect(await stop('SIGTERM')).toBe(0)
  const [name = '', ...others] = readdirSync(join(folder, 'events'))
  expect([name.endsWith('.zst'), others]).toEqual([true, []])
  const events = zstdDecompressSync(readFileSync(join(folder, 'events', name)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each))
  const wanted = [...ports, 4, 5, 6].map((port) => eventOf(line(port)))
  expect(new Set(events)).toEqual(new Set(wanted))
  expect(events).toHaveLength(9)
})

test('Security Lake in a folder: what has gathered is written when the process ends', async () => {
  const folder = createFolder()
  const output = 'security-lake:lake?source=flowlogs&region=eu-west-1'
  const { url, stop } = await startServe(folder, configOf(output))
  await deliverAll(url)
  expect(await stop('SIGTERM')).toBe(0)
  const lake = join(folder, 'lake')
  const paths = readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.parquet'),
  )
  expect(new Set(paths.map((path) => path.replace(/[^/]+$/, '')))).toEqual(
    new Set(['ext/flowlogs/region=eu-west-1/accountId=123456789010/eventDay=20141214/']),
  )
  const ids = await Promise.all(paths.map((path) => readIds(join(lake, path))))
  expect(new Set(ids.flat())).toEqual(new Set(ports.map((port) => idOf(line(port)))))
})

async function readIds(path: string): Promise<string[]> {
  const { buffer } = new Uint8Array(readFileSync(path))
  const rows = await parquetReadObjects({
    file: buffer,
    columns: ['metadata'],
    compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
  })
  return rows.map(({ metadata }) => metadata.uid)
}
