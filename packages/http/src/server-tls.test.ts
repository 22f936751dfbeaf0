import { request } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { certificates } from '@flowlogs/conformance'
import { expect, test } from 'vitest'
import { echo, sendRaw, start } from './server.test-support.ts'
import { createServer } from './server.ts'

const { authority, localhost } = certificates

test('requests come over TLS 1.2 or later', async () => {
  const { url, port } = await start({ routes: { '/in': echo }, tls: localhost })
  expect(url).toBe(`https://127.0.0.1:${port}`)
  expect(await post(`${url}/in`, 'x'.repeat(1_000_000))).toEqual([200, 1_000_000])
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const
  const refused = new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ca: authority, ciphers: 'DEFAULT@SECLEVEL=0' }
    connectTls({ ...options, ...old }, () => resolve('connected')).on('error', reject)
  })
  await expect(refused).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
})

test('plain HTTP and a handshake that never ends are cut off', async () => {
  const limits = { headersTimeout: 300 }
  const { url, port } = await start({ routes: { '/in': echo }, tls: localhost, limits })
  const plain = await sendRaw(port, 'GET /in HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(plain).not.toContain('200')
  expect(await sendRaw(port, '')).toBe('')
  expect(await post(`${url}/in`, 'x')).toEqual([200, 1])
})

test('closing does not wait for a handshake', async () => {
  const { port, server } = await start({
    routes: {},
    tls: localhost,
    limits: { closeTimeout: 200 },
  })
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.on('connect', resolve))
  const left = new Promise((resolve) => socket.on('close', resolve))
  socket.on('error', () => undefined)
  await server.close()
  await left
})

test('closing drops a client whose handshake ends too late', async () => {
  const { port, server, logged } = await start({
    routes: {},
    tls: localhost,
    limits: { closeTimeout: 5000 },
  })
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.on('connect', resolve))
  await new Promise((resolve) => setTimeout(resolve, 50))
  const closing = server.close()
  const client = connectTls({ socket, ca: authority, servername: 'localhost' })
  client.on('error', () => undefined)
  await closing
  expect(logged()).toEqual([])
})

test('a key that is none, or another certificate’s, is a wrong configuration', () => {
  const create = (tls: { key: string; cert: string }) => () => createServer({ routes: {}, tls })
  expect(create({ ...localhost, key: 'x' })).toThrow(/^tls: /)
  expect(create({ ...localhost, cert: authority })).toThrow(/^tls: .*mismatch/)
})

function post(url: string, body: string): Promise<readonly [number | undefined, number]> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', ca: authority, agent: false } as const
    const outgoing = request(url, options, (response) => {
      let bytes = 0
      response.on('data', (chunk: Uint8Array) => {
        bytes += chunk.length
      })
      response.on('end', () => resolve([response.statusCode, bytes]))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
