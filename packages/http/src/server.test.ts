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

test('a missing or wrong credential is refused, route by route', async () => {
  const auth = {
    bearer: ['new-token', 'old-token'],
    basic: [{ username: 'vector', password: 'pä:ss' }],
  }
  let calls = 0
  const handler = async () => {
    calls++
    return new Response('in')
  }
  const { url } = await start({
    auth,
    metrics: async () => 'up 1\n',
    routes: {
      '/closed': handler,
      '/own': { handler, auth: { bearer: ['own-token'] } },
      '/open': { handler, auth: 'none' },
    },
  })
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  const statusOf = async (path: string, authorization?: string) =>
    (await fetch(url + path, authorization === undefined ? {} : { headers: { authorization } }))
      .status

  const accepted = ['Bearer new-token', 'bearer  old-token', basic('vector:pä:ss')]
  for (const header of accepted)
    expect([header, await statusOf('/closed', header)]).toEqual([header, 200])
  expect(calls).toBe(3)
  const refused = [
    undefined,
    '',
    'new-token',
    'Bearer',
    'Bearer new-toke',
    'Bearer new-token2',
    'Bearer new-token x',
    'Basic new-token',
    'Digest new-token',
    'Bearer vector:pä:ss'.replace('ä', 'a'),
    basic('vector:pä:s'),
    basic('vector'),
    basic(':'),
    'Basic !',
    'Bearer own-token',
  ]
  for (const header of refused)
    expect([header, await statusOf('/closed', header)]).toEqual([header, 401])
  expect(calls).toBe(3)
  expect(await statusOf('/own', 'Bearer own-token')).toBe(200)
  expect(await statusOf('/own', 'Bearer new-token')).toBe(401)
  expect(await statusOf('/open')).toBe(200)
  expect(await statusOf('/metrics')).toBe(401)
  expect(await statusOf('/metrics', 'Bearer new-token')).toBe(200)

  const response = await fetch(`${url}/closed`)
  expect(response.headers.get('www-authenticate')).toBe(
    'Bearer realm="flowlogs", Basic realm="flowlogs", charset="UTF-8"',
  )
  expect(await response.text()).toBe('{"error":"unauthorized"}\n')
})

test('credentials that nobody could present are a wrong configuration', () => {
  const create = (auth: object) => () => createServer({ routes: { '/': echo }, auth })
  expect(create({})).toThrow('auth needs at least one bearer token or one user')
  expect(create({ bearer: [''] })).toThrow('a bearer token is letters, digits')
  expect(create({ bearer: ['a b'] })).toThrow('a bearer token is letters, digits')
  expect(create({ basic: [{ username: 'a:b', password: 'c' }] })).toThrow('has a colon')
  expect(create({ basic: [{ username: 'a', password: '' }] })).toThrow(
    'needs a name and a password',
  )
})

test('one line per request; headers at debug only, without secrets; nothing forges a line', async () => {
  const { port, url, lines, logged } = await start({ level: 'debug', routes: { '/in': echo } })
  const secrets = {
    authorization: 'Bearer hunter2',
    cookie: 'session=hunter2',
    'x-amz-firehose-access-key': 'hunter2',
    'proxy-authorization': 'hunter2',
    'x-api-key': 'hunter2',
  }
  await fetch(`${url}/in?token=hunter2`, {
    method: 'POST',
    body: 'hunter2',
    headers: { ...secrets, 'x-amz-firehose-request-id': 'r-1', 'user-agent': 'test' },
  })
  await sendRaw(
    port,
    'GET /%0a%1b[31m{"level":30} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
      'X-Request-Id: a\x9b2J\tb\r\n\r\n',
  )
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  expect(lines.join('')).not.toContain('hunter2')
  const [first, second] = logged()
  expect(first).toMatchObject({ path: '/in', status: 200, requestId: 'r-1', msg: 'request' })
  const headers = first?.headers as { [name: string]: string }
  expect(headers['user-agent']).toBe('test')
  for (const name of Object.keys(secrets))
    expect([name, headers[name]]).toEqual([name, '[redacted]'])
  expect(second).toMatchObject({ status: 404, requestId: 'a\ufffd2J\ufffdb' })
  expect(second?.path).toMatch(/^\/%0a%1b/)
  expect(lines.length).toBe(2)
})

test('headers are not logged at the usual level', async () => {
  const { url, logged } = await start({ routes: { '/in': echo } })
  await fetch(`${url}/in`, { method: 'POST', body: 'x' })
  expect(logged()).toEqual([
    {
      level: 30,
      method: 'POST',
      path: '/in',
      status: 200,
      remoteAddress: '127.0.0.1',
      msg: 'request',
    },
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
