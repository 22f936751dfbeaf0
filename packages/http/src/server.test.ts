import { expect, onTestFinished, test, vi } from 'vitest'
import { createGate, echo, sendRaw, start } from './server.test-support.ts'
import { createServer } from './server.ts'

test('a route gets a standard request and answers it; other paths are not found', async () => {
  const seen: unknown[] = []
  const { url } = await start({
    routes: {
      '/a/b': async (request) => {
        const copy = new Request(request)
        seen.push(request.method, request.url, copy.headers.get('x-y'))
        return new Response(await copy.text(), { status: 202, headers: { 'x-z': 'z' } })
      },
    },
  })

  const body = 'x'.repeat(3_000_000)
  const init = { method: 'POST', body, headers: { 'x-y': 'y' } }
  const response = await fetch(`${url}/a/b?c=d`, init)
  const { status, headers } = response
  expect([status, headers.get('x-z'), (await response.text()) === body]).toEqual([202, 'z', true])
  expect(seen).toEqual(['POST', `${url}/a/b?c=d`, 'y'])

  const unknown = await fetch(`${url}/a`)
  expect([unknown.status, unknown.headers.get('content-type'), await unknown.text()]).toEqual([
    404,
    'application/json',
    '{"error":"not found"}\n',
  ])
})

test('tricks with the path find a route by its name or nothing', async () => {
  const { port } = await start({ routes: { '/in': async () => new Response('in') } })
  const targets = {
    '/in': 200,
    '/in?x': 200,
    '/in/': 404,
    '/IN': 404,
    '//in': 404,
    '/in/../in': 200,
    '/in/%2e%2e/in': 200,
    '/in%2f': 404,
    '/in%00': 404,
    '/%69n': 200,
    '/..%2fin': 404,
    '/in;x': 404,
    '/in\\..\\in': 400,
    in: 400,
    '*': 400,
    '/__proto__': 404,
    '/constructor': 404,
    'http://elsewhere/in': 200,
    'http://elsewhere/../etc/passwd': 404,
  }
  const statuses: { [target: string]: number } = {}
  for (const target of Object.keys(targets)) {
    const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    statuses[target] = Number((await sendRaw(port, request)).split(' ')[1])
  }
  expect(statuses).toEqual(targets)
})

test('a path that is a pattern, or the own of the server, is a wrong configuration', () => {
  for (const path of ['in', '/in/', '/:in', '/*', '/in?', '/in//x', '', '/healthz', '/metrics']) {
    expect(() => createServer({ routes: { [path]: echo } })).toThrow(
      `"${path}" cannot be the path of a route`,
    )
  }
})

test('a handler that throws is answered with 500 and logged, and tells the client nothing', async () => {
  const { url, logged } = await start({
    routes: {
      '/fails': async () => {
        throw new TypeError('the password is hunter2\nforged line')
      },
    },
  })
  const response = await fetch(`${url}/fails`)
  expect([response.status, await response.text()]).toEqual([500, '{"error":"internal error"}\n'])
  expect(logged()).toEqual([
    {
      level: 40,
      method: 'GET',
      path: '/fails',
      status: 500,
      remoteAddress: '127.0.0.1',
      error: 'TypeError: the password is hunter2\ufffdforged line',
      msg: 'request',
    },
  ])
})

test('health is alive at once, ready when the check says so, and not logged', async () => {
  let state = 'starting'
  const { url, logged } = await start({
    routes: {},
    auth: { bearer: ['secret'] },
    ready: async () => {
      if (state !== 'up') throw new Error(`${state}: 10.0.0.1 refused`)
    },
  })
  const ask = async (path: string) => {
    const response = await fetch(url + path)
    return [response.status, await response.text()]
  }
  expect(await ask('/healthz')).toEqual([200, '{"status":"ok"}\n'])
  expect(await ask('/readyz')).toEqual([503, '{"status":"unavailable"}\n'])
  state = 'up'
  expect(await ask('/readyz')).toEqual([200, '{"status":"ok"}\n'])
  expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200)
  expect(logged().map(({ msg, error }) => [msg, error])).toEqual([
    ['not ready', 'Error: starting: 10.0.0.1 refused'],
    ['request', undefined],
  ])
})

test('a client that leaves aborts the signal of its request', async () => {
  const arrived = createGate()
  const aborted = createGate()
  const { url } = await start({
    routes: {
      '/slow': async (request) => {
        request.signal.addEventListener('abort', () => aborted.open())
        arrived.open()
        await aborted.opened
        return new Response('late')
      },
    },
  })
  const controller = new AbortController()
  const response = fetch(`${url}/slow`, { method: 'POST', body: 'x', signal: controller.signal })
  await arrived.opened
  controller.abort()
  await expect(response).rejects.toThrow('aborted')
  await aborted.opened
})

test('a response that fails half-way is cut off, and tells the client nothing', async () => {
  const failing = (chunks: number) => async () => {
    let count = 0
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (count++ === chunks) throw new Error('the password is hunter2')
        controller.enqueue(new Uint8Array(10))
      },
    })
    return new Response(body)
  }
  const printed = vi.spyOn(console, 'error')
  onTestFinished(() => printed.mockRestore())
  const { port, logged } = await start({
    routes: { '/first': failing(0), '/later': failing(3) },
  })
  const ask = (path: string) => sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const answers = [await ask('/first'), await ask('/later')]
  expect(answers.join('')).not.toContain('hunter2')
  expect(answers[1]).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answers[1]).not.toMatch(/\r\n0\r\n\r\n$/)
  const failures = logged().filter(({ msg }) => msg !== 'request')
  const failure = {
    level: 40,
    error: 'Error: the password is hunter2',
    msg: 'a response failed half-way',
  }
  expect(failures).toEqual([failure, failure])
  expect(printed.mock.calls).toEqual([])
})

test('a client that leaves during a response cancels it, and that is no failure', async () => {
  const cancelled = createGate()
  const { url, logged } = await start({
    routes: {
      '/endless': async () => {
        const body = new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 1))
            controller.enqueue(new Uint8Array(100_000))
          },
          cancel: cancelled.open,
        })
        return new Response(body)
      },
    },
  })
  const controller = new AbortController()
  const response = await fetch(`${url}/endless`, { signal: controller.signal })
  await response.body?.getReader().read()
  controller.abort()
  await cancelled.opened
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(logged().map(({ msg, status }) => [msg, status])).toEqual([['request', 200]])
})

test('methods are the business of the handler, but for those that the platform forbids', async () => {
  const { port } = await start({
    routes: { '/in': async ({ method }) => new Response(method) },
  })
  const ask = async (method: string) => {
    const text = `${method} /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    const [head = '', body] = (await sendRaw(port, text)).split('\r\n\r\n')
    return [head.split(' ')[1], body]
  }
  expect(await ask('PUT')).toEqual(['200', 'PUT'])
  expect(await ask('HEAD')).toEqual(['200', ''])
  expect((await ask('TRACE'))[0]).toBe('501')
  expect(await ask('CONNECT')).toEqual([undefined, undefined])
})

test('an address that is taken rejects, and a server listens once', async () => {
  const { port, server, url } = await start({ routes: {} })
  await expect(createServer({ routes: {}, port }).listen()).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  expect(await server.listen()).toEqual({ url })
})
