import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createCertificate } from './certificate.test-support.ts'
import { createExchange, type Exchange, type ExchangeOptions, toAgain } from './exchange.ts'
import { createHttpReceiver, type HttpReceiver } from './http-receiver.test-support.ts'
import type { MeasuredRequest } from './metrics.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function start(
  options: ExchangeOptions = {},
  receiving: Parameters<typeof createHttpReceiver>[0] = {},
): Promise<{ receiver: HttpReceiver; exchange: Exchange; measured: MeasuredRequest[] }> {
  const receiver = await createHttpReceiver(receiving)
  const measured: MeasuredRequest[] = []
  const metrics = {
    events() {},
    retried() {},
    queue() {},
    request: (request: MeasuredRequest) => void measured.push(request),
  }
  const exchange = createExchange(`${receiver.url}/some/path`, options, metrics)
  open.push(receiver, exchange)
  return { receiver, exchange, measured }
}

const get = { method: 'GET', path: '/' } as const

describe('a request', () => {
  test('arrives as it was sent, and the whole answer comes back', async () => {
    const { receiver, exchange, measured } = await start()
    receiver.next({ status: 418, headers: { 'X-Kind': 'teapot' }, body: { é: 1 }, pause: 10 })
    const body = gzipSync('{"a":1}\n')
    const reply = await exchange.send({
      method: 'POST',
      path: '/_bulk?x=1',
      headers: { 'content-encoding': 'gzip', authorization: 'Splunk secret' },
      body,
    })
    expect(reply).toStrictEqual({
      status: 418,
      headers: {
        'content-length': '8',
        'x-kind': 'teapot',
        date: expect.any(String),
        connection: 'keep-alive',
        'keep-alive': 'timeout=5',
      },
      body: '{"é":1}',
    })
    expect(receiver.requests).toMatchObject([
      {
        method: 'POST',
        path: '/_bulk?x=1',
        headers: { authorization: 'Splunk secret' },
        text: '{"a":1}\n',
      },
    ])
    expect(measured).toStrictEqual([
      { bytes: body.length, milliseconds: expect.any(Number), outcome: 418 },
    ])
  })

  test('may be answered before it was read', async () => {
    const { receiver, exchange } = await start()
    receiver.next({ status: 413, body: 'too large', unread: true })
    const body = new Uint8Array(16 * 1024 * 1024)
    const reply = await exchange.send({ method: 'POST', path: '/', body })
    expect(reply).toMatchObject({ status: 413, body: 'too large' })
    expect(await exchange.send(get)).toMatchObject({ status: 200 })
  })

  test('waits for its turn', async () => {
    const { receiver, exchange } = await start({ concurrency: 2 }, { always: { delay: 20 } })
    const replies = await Promise.all(Array.from({ length: 6 }, () => exchange.send(get)))
    expect(replies.map((reply) => 'status' in reply && reply.status)).toStrictEqual(
      Array(6).fill(200),
    )
    expect(receiver.load.most).toBe(2)
  })

  test('can be given up, whether it hangs or waits', async () => {
    const { receiver, exchange } = await start({ concurrency: 1 }, { always: 'hang' })
    // A code of its own must not make it a failure.
    const reason = Object.assign(new Error('enough'), { code: 'ECONNRESET' })
    const controller = new AbortController()
    const both = [1, 2].map(() => exchange.send(get, controller.signal))
    setTimeout(() => controller.abort(reason), 50)
    expect(await Promise.allSettled(both)).toStrictEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ])
    receiver.always({})
    expect(await exchange.send(get)).toMatchObject({ status: 200 })
  })

  test('that is none throws', async () => {
    const { exchange } = await start()
    await expect(exchange.send({ ...get, path: 'no slash' })).rejects.toThrow('path')
    await exchange.close()
    await expect(exchange.send(get)).rejects.toThrow('destroyed')
  })
})

describe('no answer is a value', () => {
  test.each([
    ['hang', 'UND_ERR_HEADERS_TIMEOUT'],
    ['hang unread', 'UND_ERR_HEADERS_TIMEOUT'],
    ['reset', 'ECONNRESET'],
    ['reset unread', /^(ECONNRESET|EPIPE)$/],
    ['reset in body', /^(ECONNRESET|UND_ERR_SOCKET)$/],
    ['malformed', 'HTTPParserError'],
    [{ body: 'slow', pause: 60_000 }, 'UND_ERR_BODY_TIMEOUT'],
    [{ body: 'x'.repeat(2_000) }, 'UND_ERR_RES_EXCEEDED_MAX_SIZE'],
  ] as const)('%j', { timeout: 10_000 }, async (answer, failure) => {
    const patience = String(failure).includes('TIMEOUT') ? 100 : 8_000
    const timeouts = { headers: patience, body: patience }
    const { receiver, exchange, measured } = await start({ timeouts, maxReplyBytes: 1_000 })
    receiver.next(answer)
    // More than what the system buffers for a socket.
    const body = new Uint8Array(16 * 1024 * 1024)
    const reply = await exchange.send({ method: 'POST', path: '/', body })
    expect(reply).toStrictEqual({
      failure: typeof failure === 'string' ? failure : expect.stringMatching(failure),
      message: expect.any(String),
    })
    expect(measured).toMatchObject([{ outcome: 'failure' in reply && reply.failure }])
    expect(await exchange.send(get)).toMatchObject({ status: 200 })
  })

  test('when nobody listens, until somebody does', async () => {
    const { receiver, exchange } = await start()
    await receiver.refuse()
    expect(await exchange.send(get)).toMatchObject({ failure: 'ECONNREFUSED' })
    await receiver.accept()
    expect(await exchange.send(get)).toMatchObject({ status: 200 })
  })
})

describe('TLS', () => {
  test('works with a certificate that is trusted', async () => {
    const tls = createCertificate()
    const { exchange } = await start({ tls: { ca: tls.cert } }, { tls })
    expect(await exchange.send(get)).toMatchObject({ status: 200 })
  })

  test.each([
    ['not trusted', createCertificate(), false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['of another host', createCertificate('example.org'), true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'over',
      createCertificate('localhost', new Date(Date.now() - 60_000)),
      true,
      'CERT_HAS_EXPIRED',
    ],
  ])('fails with a certificate that is %s', async (_, tls, isTrusted, failure) => {
    const { exchange } = await start({ tls: isTrusted ? { ca: tls.cert } : {} }, { tls })
    expect(await exchange.send(get)).toMatchObject({ failure })
  })

  test('fails where none is spoken', async () => {
    const { receiver } = await start()
    const exchange = createExchange(receiver.url.replace('http:', 'https:'))
    open.push(exchange)
    expect(await exchange.send(get)).toStrictEqual({
      failure: expect.stringMatching(/^(ERR_SSL_|EPROTO|ECONNRESET)/),
      message: expect.any(String),
    })
  })
})

test('a host that keeps failing gets one request at a time until one succeeds', async () => {
  const circuitBreaker = { failures: 3, cooldown: 50 }
  const { receiver, exchange } = await start(
    { circuitBreaker, concurrency: 8 },
    { always: { status: 429 } },
  )
  for (let count = 0; count < 3; count++) await exchange.send(get)
  receiver.next({ status: 503, delay: 20 }, { delay: 20 })
  receiver.always({})
  const replies = await Promise.all([exchange.send(get), exchange.send(get)])
  expect(replies).toMatchObject([{ status: 503 }, { status: 200 }])
  expect(receiver.load.most).toBe(1)
})

test('what has to be sent again is told from what is final', () => {
  const answer = (status: number, headers = {}) => toAgain({ status, headers, body: '' })
  expect(answer(200)).toBeUndefined()
  expect(answer(400)).toBeUndefined()
  expect(answer(501)).toBeUndefined()
  expect(toAgain({ failure: 'ECONNRESET', message: 'read ECONNRESET' })).toStrictEqual({
    again: 'ECONNRESET: read ECONNRESET',
  })
  expect(answer(503)).toStrictEqual({ again: 'status 503' })
  expect(answer(429, { 'retry-after': '7' })).toStrictEqual({ again: 'status 429', after: 7_000 })
})

test.each([
  ['secret@@://', 'the URL of the receiver is not a URL'],
  ['ftp://user:secret@host', 'the receiver is to be at an http or https URL, not ftp:'],
])('%s is refused without being repeated', (url, message) => {
  expect(() => createExchange(url)).toThrow(message)
})
