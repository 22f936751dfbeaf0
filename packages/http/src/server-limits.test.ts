import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createGate, echo, sendRaw, start } from './server.test-support.ts'
import { createServer } from './server.ts'

test('slow clients are cut off while others are served', async () => {
  const limits = { headersTimeout: 300, requestTimeout: 600, keepAliveTimeout: 200 }
  const { url, port } = await start({ routes: { '/in': echo }, limits })
  const head = 'POST /in HTTP/1.1\r\nHost: x\r\n'
  const dripping = drip(port, head)
  const slow = Promise.all([
    sendRaw(port, ''),
    sendRaw(port, head),
    sendRaw(port, `${head}Content-Length: 10\r\n\r\nabc`),
    sendRaw(port, `${head}Content-Length: 1\r\n\r\na`),
    dripping,
  ])
  expect(await (await fetch(`${url}/in`, { method: 'POST', body: 'x' })).text()).toBe('x')
  const [silent, unfinished, withoutBody, idle, dripped] = await slow
  expect(silent).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(unfinished).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(withoutBody).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(idle).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\na$/)
  expect(dripped).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
})

test('headers that do not end are cut off long before the request has to be there', async () => {
  const { port } = await start({ routes: { '/in': echo }, limits: { headersTimeout: 300 } })
  const answer = await drip(port, 'POST /in HTTP/1.1\r\nHost: x\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
})

test('a request that is cut off after its answer has begun gets no second one', async () => {
  const { port, logged } = await start({
    limits: { headersTimeout: 300, requestTimeout: 300 },
    routes: {
      '/in': async () =>
        new Response(
          new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([97])) }),
        ),
    },
  })
  const answer = await sendRaw(
    port,
    'POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n1\r\na\r\n$/)
  expect(logged().map(({ msg, code }) => [msg, code])).toEqual([
    ['request', undefined],
    ['refused', 'ERR_HTTP_REQUEST_TIMEOUT'],
  ])
})

test('a connection on which nothing moves is closed', async () => {
  const gate = createGate()
  const { port } = await start({
    limits: { socketTimeout: 300 },
    routes: {
      '/stuck': async () => {
        await gate.opened
        return new Response('late')
      },
    },
  })
  expect(await sendRaw(port, 'GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
  gate.open()
})

test('headers beyond the limit are answered with 431 and logged', async () => {
  const { port, logged } = await start({ routes: { '/in': echo } })
  const ask = (bytes: number) =>
    sendRaw(
      port,
      `GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: ${'a'.repeat(bytes)}\r\n\r\n`,
    )
  expect(await ask(95 * 1024)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(await ask(97 * 1024)).toBe(
    'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  )
  expect(logged()[1]).toEqual({
    level: 30,
    code: 'HPE_HEADER_OVERFLOW',
    status: '431 Request Header Fields Too Large',
    msg: 'refused',
  })
})

test('what is no HTTP is answered with 400', async () => {
  const { port } = await start({ routes: { '/in': echo } })
  const requests = [
    'hello\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET /in HTTP/1.1\r\n\r\n',
    'GET /in HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n',
    'POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  ]
  for (const request of requests) {
    expect([request, (await sendRaw(port, request)).slice(0, 12)]).toEqual([
      request,
      'HTTP/1.1 400',
    ])
  }
})

test('a body beyond the limit of its route is answered with 413, announced or streamed', async () => {
  let read = 0
  const announced: unknown[] = []
  const { url } = await start({
    routes: {
      '/limited': {
        maxBodyBytes: 1000,
        handler: (request) => {
          announced.push(request.headers.get('content-length'))
          return echo(request)
        },
      },
      '/careless': {
        maxBodyBytes: 1000,
        handler: async (request) => {
          try {
            for await (const chunk of request.body!) read += chunk.length
          } catch {
            // The answer of the server counts.
          }
          return new Response('fine')
        },
      },
      '/free': echo,
    },
  })
  const post = async (path: string, bytes: number, isStreamed: boolean) => {
    const parts = Array.from({ length: bytes / 100 }, () => new Uint8Array(100).fill(97))
    const body = isStreamed ? ReadableStream.from(parts) : 'a'.repeat(bytes)
    const response = await fetch(url + path, { method: 'POST', body, duplex: 'half' })
    const text = await response.text()
    return [response.status, text.startsWith('{') ? text : text.length]
  }
  const refusal = [413, '{"error":"the body has more than 1000 bytes"}\n']
  for (const isStreamed of [false, true]) {
    expect(await post('/limited', 1000, isStreamed)).toEqual([200, 1000])
    expect(await post('/limited', 1100, isStreamed)).toEqual(refusal)
    expect(await post('/free', 1_000_000, isStreamed)).toEqual([200, 1_000_000])
  }
  // What announces too much does not reach the handler.
  expect(announced).toEqual(['1000', null, null])
  expect(await post('/careless', 100_000, true)).toEqual(refusal)
  expect(read).toBeLessThanOrEqual(1000)
})

test('64 MiB pass a route without a limit', async () => {
  const { url } = await start({
    routes: {
      '/in': async (request) => {
        let bytes = 0
        for await (const chunk of request.body!) bytes += chunk.length
        return new Response(String(bytes))
      },
    },
  })
  const body = new Uint8Array(64 * 1024 * 1024)
  const response = await fetch(`${url}/in`, { method: 'POST', body })
  expect(await response.text()).toBe('67108864')
})

test('200 requests are under way at once', async () => {
  let underWay = 0
  let most = 0
  const all = createGate()
  const { url } = await start({
    routes: {
      '/in': async (request) => {
        most = Math.max(most, ++underWay)
        if (underWay === 200) all.open()
        await all.opened
        underWay--
        return new Response(await request.text())
      },
    },
  })
  const numbers = Array.from({ length: 200 }, (_, index) => String(index))
  const answers = numbers.map(async (body) =>
    (await fetch(`${url}/in`, { method: 'POST', body })).text(),
  )
  expect(await Promise.all(answers)).toEqual(numbers)
  expect([most, underWay]).toEqual([200, 0])
})

test('connections beyond the limit are closed, and there is room again when one leaves', async () => {
  const { port } = await start({ routes: { '/in': echo }, limits: { maxConnections: 2 } })
  const request = 'GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  const held = await Promise.all([open(port), open(port)])
  expect(await sendRaw(port, request)).toBe('')
  held[0]?.destroy()
  await expect.poll(() => sendRaw(port, request)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  held[1]?.destroy()
})

test('limits that are none are a wrong configuration', () => {
  const create = (limits: object) => () => createServer({ routes: {}, limits })
  expect(create({ maxConnections: 0 })).toThrow('limits.maxConnections must be a positive integer')
  expect(create({ requestTimeout: Number.NaN })).toThrow('limits.requestTimeout must be')
  expect(create({ maxConections: 1 })).toThrow('there is no limit "maxConections"')
  expect(create({ headersTimeout: 2, requestTimeout: 1 })).toThrow('is longer than')
  expect(() => createServer({ routes: { '/': { handler: echo, maxBodyBytes: 0 } } })).toThrow(
    'maxBodyBytes must be a positive integer, not 0',
  )
})

/** Sends a header now and then, and never ends. */
function drip(port: number, head: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(head))
    const timer = setInterval(() => socket.write('X-A: b\r\n'), 50)
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(received)
    })
  })
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
  })
}
