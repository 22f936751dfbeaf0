import { Agent } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  base64,
  bodyOf,
  createEndpoint,
  direct,
  failure,
  mebibyte,
  requestId,
  requestOf,
  type Sent,
  serve,
  success,
} from './firehose-endpoint.test-support.ts'

/** The status and the reply of a new endpoint, which is to deliver nothing. */
async function refuse(body: string | Uint8Array, sent: Sent = {}) {
  const endpoint = createEndpoint({ maxRecords: 3 })
  const send = await serve(endpoint)
  const reply = await send(body, sent)
  expect(endpoint.delivered).toStrictEqual([])
  expect(reply.headers['content-length']).toBe(String(Buffer.byteLength(reply.text)))
  return { status: reply.status, allow: reply.headers.allow, body: reply.body }
}

function refused(status: number, message: string, allow?: string) {
  return { status, allow, body: failure(message) }
}

describe('a request that is refused', () => {
  test.each(['wrong', '', undefined, 'secret, next'])('access key %j: 401', async (key) => {
    const reply = await refuse(bodyOf([]), { headers: { 'x-amz-firehose-access-key': key } })
    expect(reply).toStrictEqual(refused(401, 'the access key is missing or wrong'))
  })

  test.each(['GET', 'PUT'])('%s: 405', async (method) => {
    const reply = await refuse('', { method })
    expect(reply).toStrictEqual(refused(405, 'the method must be POST', 'POST'))
  })

  test.each(['text/plain', undefined, 'application/jsonp'])('type %j: 415', async (type) => {
    const reply = await refuse(bodyOf([]), { headers: { 'content-type': type } })
    expect(reply).toStrictEqual(refused(415, 'the content type must be application/json'))
  })

  test('another content encoding: 415', async () => {
    const reply = await refuse(bodyOf([]), { headers: { 'content-encoding': 'br' } })
    expect(reply).toStrictEqual(refused(415, 'the content encoding must be gzip, or none'))
  })

  test.each([
    ['{"requestId":', 'the body is not JSON: it ends early'],
    ['', 'the body is not JSON: it ends early'],
    ['{"records":[],}', 'the body is not JSON at byte 14'],
    [Buffer.from('{"\xff":1}', 'latin1'), 'the body is not JSON at byte 1'],
    ['[]', 'the body is not a JSON object'],
    ['{}', 'the body has no array "records"'],
    ['{"records":{}}', 'the body has no array "records"'],
    ['{"records":[],"records":[]}', 'the body has "records" twice'],
    ['{"records":[],"requestId":7}', 'the request id in the body is not text'],
    [bodyOf([1, 2, 3, 4]), 'the body has more than 3 records'],
    [
      '{"requestId":"another","records":[]}',
      'the request ids in X-Amz-Firehose-Request-Id and in the body differ',
    ],
    [gzipSync(bodyOf([])).subarray(0, -1), 'the body is not whole gzip data'],
    [Uint8Array.of(0x1f, 0x8b, 1, 2, 3), 'the body is not whole gzip data'],
  ] as const)('body %j: 400', async (sent, message) => {
    expect(await refuse(sent)).toStrictEqual(refused(400, message))
  })

  test.each(['{"records":[]}', '{"records":[],"requestId":""}'])(
    'no request id at all, %s: 400',
    async (sent) => {
      const reply = await refuse(sent, { headers: { 'x-amz-firehose-request-id': undefined } })
      const message = 'there is no request id, neither in X-Amz-Firehose-Request-Id nor in the body'
      expect(reply).toStrictEqual({ status: 400, allow: undefined, body: failure(message, '') })
    },
  )

  test('a request id that is too long: 400', async () => {
    const long = 'x'.repeat(257)
    const message = 'the request id is longer than 256 characters'
    const inHeader = await refuse('{}', { headers: { 'x-amz-firehose-request-id': long } })
    expect(inHeader).toMatchObject({ status: 400, body: failure(message, long) })
    const headers = { 'x-amz-firehose-request-id': undefined }
    const inBody = await refuse(bodyOf([], long), { headers })
    expect(inBody).toMatchObject({ status: 400, body: failure(message, '') })
  })

  test.each(['nonsense', '[]', '{"commonAttributes":[]}', '{"commonAttributes":{"a":1}}'])(
    'common attributes %s: 400',
    async (attributes) => {
      const headers = { 'x-amz-firehose-common-attributes': attributes }
      const message = 'X-Amz-Firehose-Common-Attributes is not {"commonAttributes":{name:text}}'
      expect(await refuse(bodyOf([]), { headers })).toStrictEqual(refused(400, message))
    },
  )

  test('a body beyond the limit, announced, unannounced or compressed: 400', async () => {
    const endpoint = createEndpoint({ maxBodyBytes: 1000 })
    const send = await serve(endpoint)
    const large = bodyOf([{ data: base64('x'.repeat(1000)) }])
    const replies = [
      await send(large),
      await send([Buffer.from(large)]),
      await send(gzipSync(large), { headers: { 'content-encoding': 'gzip' } }),
    ]
    const expected = { status: 400, body: failure('the body is larger than 1000 bytes') }
    for (const { status, body } of replies) expect({ status, body }).toStrictEqual(expected)
    expect(endpoint.delivered).toStrictEqual([])
  })
})

describe('a large request that is refused early', () => {
  const upload = Buffer.alloc(60 * mebibyte, ' ')
  const chunks = Array.from({ length: 60 }, () => upload.subarray(0, mebibyte))

  test.each([
    ['a wrong key', { 'x-amz-firehose-access-key': 'wrong' }, 401],
    ['a wrong type', { 'content-type': 'text/plain' }, 415],
    ['no document', {}, 400],
  ])('%s: the reply is read, and the connection goes on', async (_, headers, status) => {
    const endpoint = createEndpoint()
    const send = await serve(endpoint)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    for (const body of [upload, chunks, upload]) {
      const reply = await send(body, { headers, agent })
      expect([reply.status, reply.headers.connection]).toStrictEqual([status, 'keep-alive'])
    }
    const sockets = Object.values(agent.freeSockets).flat()
    const port = sockets[0]?.localPort
    expect((await send(bodyOf([{ data: direct }]), { agent })).body).toStrictEqual(success)
    // The same connection all the time.
    expect(Object.values(agent.freeSockets).flat()[0]?.localPort).toBe(port)
    expect(endpoint.invocations.map(({ bytesIn }) => bytesIn)).toStrictEqual([
      upload.length,
      upload.length,
      upload.length,
      bodyOf([{ data: direct }]).length,
    ])
  })

  test('100 MB: 400, announced or not', async () => {
    const endpoint = createEndpoint()
    const send = await serve(endpoint)
    const expected = {
      status: 400,
      body: failure(`the body is larger than ${64 * mebibyte} bytes`),
    }
    const document = bodyOf([{ data: direct }])
    const spaces = Array.from({ length: 100 }, () => upload.subarray(0, 1_000_000))
    for (const sent of [Buffer.alloc(100_000_000), [Buffer.from(document), ...spaces]]) {
      const { status, body } = await send(sent)
      expect({ status, body }).toStrictEqual(expected)
    }
    expect(endpoint.delivered).toStrictEqual([])
  })
})

describe('requests that are too many at once', () => {
  test('are answered with 503 until there is room', async () => {
    const stored: (() => void)[] = []
    const { handle, invocations } = createEndpoint({
      maxPendingBytes: 1000,
      deliver: () => new Promise<void>((resolve) => stored.push(resolve)),
    })
    const body = bodyOf([{ data: base64('x'.repeat(450)) }])
    const send = (id: string, length: string | undefined) =>
      handle(
        requestOf(body.replace(requestId, id), {
          'x-amz-firehose-request-id': id,
          'content-length': length,
        }),
      )
    const announced = String(body.length)
    expect(body.length).toBeGreaterThan(500)
    const first = send('a', announced)
    const refusedReplies = [await send('b', announced), await send('c', undefined)]
    for (const reply of refusedReplies) expect(reply.status).toBe(503)
    expect(await refusedReplies[0]?.json()).toStrictEqual(
      failure('too many requests are under way', 'b'),
    )
    stored.shift()?.()
    expect((await first).status).toBe(200)

    const again = send('b', announced)
    while (stored.length === 0) await new Promise(setImmediate)
    stored.shift()?.()
    expect((await again).status).toBe(200)
    expect(invocations.map(({ outcome }) => outcome)).toStrictEqual([
      ...['failed', 'failed'],
      ...['ok', 'ok'],
    ])
  })

  test('are not begun when their length says that there is no room', async () => {
    let lines = 0
    let store = () => {}
    const { handle } = createEndpoint({
      maxPendingBytes: 1000,
      maxBatchBytes: 1,
      deliver({ ledger }) {
        lines += ledger.lines
        return new Promise<void>((resolve) => {
          store = resolve
        })
      },
    })
    const first = handle(requestOf(bodyOf([{ data: direct }]), { 'content-length': '500' }))
    const body = bodyOf([{ data: direct }], 'b')
    const headers = { 'x-amz-firehose-request-id': 'b', 'content-length': '501' }
    expect((await handle(requestOf(body, headers))).status).toBe(503)
    while (lines === 0) await new Promise(setImmediate)
    store()
    expect([(await first).status, lines]).toStrictEqual([200, 1])
  })

  test('do not keep out one that is larger than the room for all', async () => {
    const { handle } = createEndpoint({ maxPendingBytes: 1 })
    const body = bodyOf([{ data: direct }])
    const announced = requestOf(body, { 'content-length': String(body.length) })
    expect((await handle(announced)).status).toBe(200)
    const other = { 'x-amz-firehose-request-id': 'b' }
    expect((await handle(requestOf(body.replace(requestId, 'b'), other))).status).toBe(200)
  })
})
