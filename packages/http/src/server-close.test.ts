import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createGate, sendRaw, start } from './server.test-support.ts'
import { createServer } from './server.ts'

test('closing refuses new connections and lets a request under way finish', async () => {
  const arrived = createGate()
  const stored = createGate()
  const { url, port, server, logged } = await start({
    routes: {
      '/in': async (request) => {
        arrived.open()
        await stored.opened
        return new Response(await request.text())
      },
    },
  })
  const idle = sendRaw(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  const answer = fetch(`${url}/in`, { method: 'POST', body: 'delivery' })
  await arrived.opened

  let isClosed = false
  const closing = server.close().then(() => {
    isClosed = true
  })
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  expect(await idle).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(isClosed).toBe(false)

  stored.open()
  const response = await answer
  expect([response.status, response.headers.get('connection'), await response.text()]).toEqual([
    200,
    'close',
    'delivery',
  ])
  await closing
  await server.close()
  expect(logged().map(({ status }) => status)).toEqual([200])
})

test('closing waits for the handler of a client that has left', async () => {
  const arrived = createGate()
  const stored = createGate()
  const { port, server } = await start({
    routes: {
      '/in': async () => {
        arrived.open()
        await stored.opened
        return new Response('late')
      },
    },
  })
  const socket = connect(port, '127.0.0.1', () =>
    socket.write('GET /in HTTP/1.1\r\nHost: x\r\n\r\n'),
  )
  await arrived.opened
  socket.destroy()
  let isClosed = false
  const closing = server.close().then(() => {
    isClosed = true
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(isClosed).toBe(false)
  stored.open()
  await closing
})

test('closing cuts off what is not finished in time', async () => {
  const arrived = createGate()
  const never = createGate()
  const { url, server, logged } = await start({
    limits: { closeTimeout: 200 },
    routes: {
      '/in': async () => {
        arrived.open()
        await never.opened
        return new Response('late')
      },
    },
  })
  const answer = fetch(`${url}/in`).catch((error: Error) => error.message)
  await arrived.opened
  await server.close()
  expect(await answer).toBe('fetch failed')
  expect(logged()).toEqual([
    { level: 40, requests: 1, connections: 1, msg: 'closed with requests under way' },
  ])
  never.open()
})

test('closing does not wait for clients that have not sent a request', async () => {
  const { port, server, logged } = await start({ routes: {} })
  const silent = sendRaw(port, '')
  const slow = sendRaw(port, 'POST /in HTTP/1.1\r\nHost: x\r\n')
  await new Promise((resolve) => setTimeout(resolve, 100))
  await server.close()
  expect([await silent, await slow, logged()]).toEqual(['', '', []])
})

test('no new work is begun on a connection that a request under way keeps open', async () => {
  const arrived = createGate()
  const stored = createGate()
  let calls = 0
  const { port, server } = await start({
    routes: {
      '/in': async () => {
        calls++
        arrived.open()
        await stored.opened
        return new Response('stored')
      },
    },
  })
  let received = ''
  const request = 'POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'
  const socket = connect(port, '127.0.0.1', () => socket.write(request))
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk
  })
  const left = new Promise((resolve) => socket.on('close', resolve))
  await arrived.opened
  const closing = server.close()
  socket.write(request)
  await new Promise((resolve) => setTimeout(resolve, 100))
  stored.open()
  await left
  await closing
  expect(calls).toBe(1)
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/i)
})

test('a server that never listened closes, and then does not listen', async () => {
  const server = createServer({ routes: {}, port: 0 })
  await server.close()
  await expect(server.listen()).rejects.toThrow('the server is closed')
})
