import { gzipSync } from 'node:zlib'
import { emptyLedger, type Ledger, type Transform, type TransformResult } from '@flowlogs/core'
import { describe, expect, test } from 'vitest'
import {
  base64,
  bodyOf,
  control,
  createEndpoint,
  direct,
  event,
  failure,
  line,
  mebibyte,
  now,
  requestId,
  requestOf,
  serve,
  success,
  transform,
} from './firehose-endpoint.test-support.ts'
import { createFirehoseEndpoint } from './firehose-endpoint.ts'

// Which engine takes a line is core's affair.
const empty: Ledger = { ...emptyLedger(), lanes: expect.any(Object) }

describe('a batch that was stored', () => {
  test('is answered by the rules of the protocol, one by one', async () => {
    const send = await serve(createEndpoint())
    const { status, headers, text, body } = await send(bodyOf([{ data: direct }]))
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(headers['content-encoding']).toBeUndefined()
    expect(headers['transfer-encoding']).toBeUndefined()
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
    expect(headers.location).toBeUndefined()
    expect(Buffer.byteLength(text)).toBeLessThan(mebibyte)
    // The same id, a number for the time, and no other member.
    expect(body).toStrictEqual({ requestId, timestamp: now })
  })

  test('was delivered with its output and its account', async () => {
    const endpoint = createEndpoint()
    const send = await serve(endpoint)
    await send(bodyOf([{ data: direct }, { data: control }, { data: '' }]))
    expect(endpoint.delivered).toStrictEqual([
      {
        output: new Uint8Array(Buffer.from(event)),
        ledger: { ...empty, lines: 2, emitted: 1, control: 1 },
        rejections: [],
      },
    ])
  })

  test('is not answered before it is stored', async () => {
    const order: string[] = []
    const { handle } = createEndpoint({
      async deliver() {
        await new Promise((done) => setTimeout(done, 50))
        order.push('stored')
      },
    })
    await handle(requestOf(bodyOf([{ data: direct }])))
    order.push('answered')
    expect(order).toStrictEqual(['stored', 'answered'])
  })

  test('goes through the transform in one call, with an origin for each line', async () => {
    const calls: unknown[] = []
    const spy: Transform = Object.assign(
      (input: Uint8Array | string, origin?: Parameters<Transform>[1]) => {
        const originAt = origin as (index: number) => unknown
        calls.push({ input: Buffer.from(input).toString(), origins: [0, 1, 2, 3].map(originAt) })
        return transform(input, origin)
      },
      transform,
    )
    const payload = gzipSync(
      '{"messageType":"DATA_MESSAGE","owner":"210987654321","logGroup":"g","logStream":"s","logEvents":[{"id":"e","timestamp":5,"message":"c"}]}',
    )
    const commonAttributes = { account: '123456789012', region: 'eu-west-1', team: 'network' }
    const { handle } = createEndpoint({ transform: spy })
    await handle(
      requestOf(bodyOf([{ data: base64('a\nb\n') }, { data: base64(payload) }, { data: direct }]), {
        'x-amz-firehose-common-attributes': JSON.stringify({ commonAttributes }),
      }),
    )
    const shared = { account: '123456789012', region: 'eu-west-1', requestId }
    expect(calls).toStrictEqual([
      {
        input: `a\nb\nc\n${line}\n`,
        origins: [
          { ...shared, record: 0, line: 1 },
          { ...shared, record: 0, line: 2 },
          {
            ...shared,
            account: '210987654321',
            record: 1,
            logGroup: 'g',
            logStream: 's',
            eventId: 'e',
            timestamp: 5,
            line: 1,
          },
          { ...shared, record: 2, line: 1 },
        ],
      },
    ])
  })

  test('may be empty', async () => {
    const { handle, delivered } = createEndpoint()
    expect((await handle(requestOf(bodyOf([])))).status).toBe(200)
    expect(delivered.map(({ ledger }) => ledger)).toStrictEqual([emptyLedger()])
  })

  test('may be compressed, whatever the header says', async () => {
    const endpoint = createEndpoint({ replayCache: false })
    const send = await serve(endpoint)
    const body = bodyOf([{ data: direct }])
    const headers = { 'content-encoding': 'gzip' }
    expect((await send(gzipSync(body), { headers })).body).toStrictEqual(success)
    expect((await send(body, { headers })).body).toStrictEqual(success)
    expect((await send(gzipSync(body))).body).toStrictEqual(success)
    expect(endpoint.delivered.map(({ ledger }) => ledger.emitted)).toStrictEqual([1, 1, 1])
  })

  test('may have its request id in the header or in the body only', async () => {
    const { handle, delivered } = createEndpoint({ replayCache: false })
    const short = { data: base64('2 x') }
    const first = await handle(requestOf(JSON.stringify({ timestamp: 1, records: [short] })))
    const headers = { 'x-amz-firehose-request-id': undefined }
    const body = JSON.stringify({ records: [short], requestId })
    const second = await handle(requestOf(body, headers))
    expect([await first.json(), await second.json()]).toStrictEqual([success, success])
    const origins = delivered.map(({ rejections }) => rejections[0]?.origin)
    expect(origins).toStrictEqual([
      { requestId, record: 0, line: 1 },
      { requestId, record: 0, line: 1 },
    ])
  })

  test('of 64 MiB is accepted', async () => {
    const endpoint = createEndpoint()
    const send = await serve(endpoint)
    const record = { data: base64('x'.repeat(1_024_000)) }
    const body = bodyOf(Array.from({ length: 49 }, () => record))
    expect(body.length).toBeGreaterThan(63 * mebibyte)
    expect((await send(body)).status).toBe(200)
    const rejected = endpoint.delivered.map(({ ledger }) => ledger.rejections.line_too_long ?? 0)
    expect(rejected.reduce((sum, each) => sum + each)).toBe(49)
  })
})

describe('a batch that was not stored', () => {
  test('is answered with 503 and the reason', async () => {
    const deliver = () => Promise.reject(new Error('the disk is full'))
    const send = await serve(createEndpoint({ deliver }))
    const { status, body } = await send(bodyOf([{ data: direct }]))
    expect({ status, body }).toStrictEqual({ status: 503, body: failure('the disk is full') })
  })

  test('may have been refused by a function that is not asynchronous', async () => {
    const { handle } = createEndpoint({
      deliver() {
        throw new TypeError('no such index')
      },
    })
    const response = await handle(requestOf(bodyOf([{ data: direct }])))
    const expected = [503, failure('TypeError: no such index')]
    expect([response.status, await response.json()]).toStrictEqual(expected)
  })

  test('is no 413, even if what stores it says so', async () => {
    const error = Object.assign(new Error('entity too large'), { status: 413, statusCode: 413 })
    const { handle } = createEndpoint({ deliver: () => Promise.reject(error) })
    expect((await handle(requestOf(bodyOf([{ data: direct }])))).status).toBe(503)
  })

  test('has a reason of at most 8192 characters', async () => {
    const { handle } = createEndpoint({ deliver: () => Promise.reject('x'.repeat(10_000)) })
    const response = await handle(requestOf(bodyOf([{ data: direct }])))
    expect(await response.json()).toStrictEqual(failure('x'.repeat(8192)))
  })

  test('is answered with 500 when the transform fails', async () => {
    const broken = Object.assign(() => {
      throw new Error('a defect')
    }, transform)
    const { handle } = createEndpoint({ transform: broken })
    const response = await handle(requestOf(bodyOf([{ data: direct }])))
    expect([response.status, await response.json()]).toStrictEqual([500, failure('a defect')])
  })

  test('is answered with 500 when somebody else has read the body', async () => {
    const { handle } = createEndpoint()
    const request = requestOf(bodyOf([{ data: direct }]))
    await request.text()
    expect((await handle(request)).status).toBe(500)
  })
})

describe('the log', () => {
  const bytes = { bytesIn: expect.any(Number), milliseconds: expect.any(Number) }

  test('has one entry for each request', async () => {
    const { handle, invocations } = createEndpoint({
      deliver: async ({ ledger }) => {
        if (ledger.rejected > 0) throw new Error('the disk is full')
      },
    })
    const body = bodyOf([{ data: direct }])
    await handle(requestOf(body))
    await handle(
      requestOf(bodyOf([{ data: base64('2 x') }], 'r-2'), { 'x-amz-firehose-request-id': 'r-2' }),
    )
    await handle(requestOf(body, { 'x-amz-firehose-access-key': 'wrong' }))
    const shared = { ...bytes, handler: 'firehose-endpoint', requestId }
    const nothing = { outcome: 'failed', ledger: emptyLedger(), bytesOut: 0 }
    expect(invocations).toStrictEqual([
      {
        ...shared,
        outcome: 'ok',
        ledger: { ...empty, lines: 1, emitted: 1 },
        bytesIn: body.length,
        bytesOut: event.length,
      },
      { ...shared, ...nothing, requestId: 'r-2', error: 'the disk is full' },
      { ...shared, ...nothing, error: 'the access key is missing or wrong' },
    ])
  })

  test('may fail', async () => {
    const { handle } = createEndpoint({
      log() {
        throw new Error('the log is full')
      },
    })
    expect((await handle(requestOf(bodyOf([{ data: direct }])))).status).toBe(200)
  })
})

describe('the health of the endpoint', () => {
  test('is told to GET and HEAD without a key, and to nobody else', async () => {
    const endpoint = createEndpoint()
    const send = await serve(endpoint)
    const headers = { 'x-amz-firehose-access-key': undefined }
    const get = await send('', { method: 'GET', path: '/healthz?x=1', headers })
    expect([get.status, get.text]).toStrictEqual([200, 'ok'])
    const head = await send('', { method: 'HEAD', path: '/healthz', headers })
    expect([head.status, head.text]).toStrictEqual([200, ''])
    expect([endpoint.delivered, endpoint.invocations]).toStrictEqual([[], []])

    const post = await send(bodyOf([]), { path: '/healthz', headers })
    expect(post.status).toBe(401)
    const elsewhere = await send('', { method: 'GET', path: '/health', headers })
    expect(elsewhere.status).toBe(405)
  })

  test('has a path of its own', async () => {
    const { handle } = createEndpoint({ healthPath: '/-/ready' })
    expect((await handle(new Request('http://localhost/-/ready'))).status).toBe(200)
    expect((await handle(new Request('http://localhost/healthz'))).status).toBe(405)
  })
})

test.each([
  [{ accessKeys: [] }, "accessKeys needs at least one key, or 'none' to let anybody deliver"],
  [{ maxBodyBytes: 0 }, 'maxBodyBytes must be a positive integer, not 0'],
  [{ maxRecords: -1 }, 'maxRecords must be a positive integer, not -1'],
  [{ maxInflatedBytes: 1.5 }, 'maxInflatedBytes must be a positive integer, not 1.5'],
  [{ maxBatchBytes: Number.NaN }, 'maxBatchBytes must be a positive integer, not NaN'],
  [{ maxPendingBytes: Infinity }, 'maxPendingBytes must be a positive integer, not Infinity'],
  [
    { replayCache: { entries: 0, milliseconds: 1 } },
    'replayCache.entries must be a positive integer, not 0',
  ],
  [
    { replayCache: { entries: 1, milliseconds: 0.5 } },
    'replayCache.milliseconds must be a positive integer, not 0.5',
  ],
  [{ healthPath: 'healthz' }, 'healthPath must begin with "/", not "healthz"'],
])('%j is a mistake', (mistake, message) => {
  const deliver = async (_: TransformResult) => {}
  const options = { accessKeys: ['secret'], transform, deliver, ...mistake }
  expect(() => createFirehoseEndpoint(options)).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', message }),
  )
})
