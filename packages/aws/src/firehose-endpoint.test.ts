import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import {
  createTransform,
  isBalanced,
  type Ledger,
  recordMapping,
  type Transform,
  type TransformResult,
  emptyLedger as zeros,
} from '@flowlogs/core'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFirehoseEndpoint, type FirehoseEndpointOptions } from './firehose-endpoint.ts'

const line =
  '2 647604195155 eni-05fdd58317a3a58e4 10.30.2.238 10.30.1.217 8089 39016 6 22 10527 1643160732 1643160792 ACCEPT OK'
const direct =
  'eyJtZXNzYWdlIjoiMiA2NDc2MDQxOTUxNTUgZW5pLTA1ZmRkNTgzMTdhM2E1OGU0IDEwLjMwLjIuMjM4IDEwLjMwLjEuMjE3IDgwODkgMzkwMTYgNiAyMiAxMDUyNyAxNjQzMTYwNzMyIDE2NDMxNjA3OTIgQUNDRVBUIE9LIn0='
const control =
  'H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBTskTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFll7ig8zOKuAImNWzxVExfL8ipzewAAAA='

// Which engine takes a line is core's affair.
const emptyLedger: Ledger = { ...zeros(), lanes: expect.any(Object) }

const requestId = 'ed4acda5-034f-9f42-bba1-f29aea6d7d8f'
const now = 1578090903599
const transform = createTransform({ mapping: recordMapping })
const event = Buffer.from(transform(line).output).toString()

let options: FirehoseEndpointOptions
let delivered: TransformResult[]
let errors: string[]
let server: Server

// What a host does: node:http to web-standard requests and back.
beforeAll(async () => {
  server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    const body = method === 'GET' ? null : Readable.toWeb(incoming)
    const init = { method, headers: headers as Record<string, string>, body, duplex: 'half' }
    const handle = createFirehoseEndpoint(options)
    const response = await handle(new Request(`http://localhost${url}`, init as RequestInit))
    outgoing.writeHead(response.status, [...response.headers].flat())
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})

afterAll(() => {
  server.close()
})

beforeEach(() => {
  delivered = []
  errors = []
  options = {
    accessKeys: ['secret', 'next'],
    transform,
    deliver: async (batch) => delivered.push(batch),
    onError: (error, id) => errors.push(`${id} ${error}`),
  }
  vi.spyOn(Date, 'now').mockReturnValue(now)
})

interface Reply {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

const usual = {
  'x-amz-firehose-protocol-version': '1.0',
  'x-amz-firehose-request-id': requestId,
  'x-amz-firehose-source-arn': 'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
  'x-amz-firehose-access-key': 'secret',
  'content-type': 'application/json',
  'user-agent': 'Amazon Kinesis Data Firehose Agent/1.0',
}

/** Sends a request; a header of undefined is left out. */
function send(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | undefined>> = {},
  method = 'POST',
): Promise<Reply> {
  const sent = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined)
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { port, method, headers: Object.fromEntries(sent) as Record<string, string> },
      async (incoming) => {
        const chunks: Uint8Array[] = []
        for await (const chunk of incoming) chunks.push(chunk)
        const text = Buffer.concat(chunks).toString()
        expect(incoming.headers['content-length']).toBe(String(Buffer.byteLength(text)))
        const { status, body } = { status: incoming.statusCode, body: JSON.parse(text) }
        resolve({ status, headers: incoming.headers, body })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function bodyOf(records: readonly unknown[]): string {
  return JSON.stringify({ requestId, timestamp: 1578090901599, records })
}

function failure(errorMessage: string, id = requestId) {
  return { requestId: id, timestamp: now, errorMessage }
}

describe('a batch that was stored', () => {
  test('is answered with 200 and what the protocol asks for, nothing else', async () => {
    const { status, headers, body } = await send(bodyOf([{ data: direct }]))
    const { date, connection, 'keep-alive': keepAlive, ...rest } = headers
    expect({ status, headers: rest, body }).toStrictEqual({
      status: 200,
      headers: { 'content-type': 'application/json', 'content-length': expect.any(String) },
      body: { requestId, timestamp: now },
    })
    expect(errors).toStrictEqual([])
  })

  test('was delivered with its output and its account', async () => {
    await send(bodyOf([{ data: direct }, { data: control }, { data: '' }]))
    expect(delivered).toStrictEqual([
      {
        output: new Uint8Array(Buffer.from(event)),
        ledger: { ...emptyLedger, lines: 2, emitted: 1, control: 1 },
        rejections: [],
      },
    ])
  })

  test('is not answered before it is stored', async () => {
    const order: string[] = []
    options = {
      ...options,
      async deliver() {
        await new Promise((done) => setTimeout(done, 50))
        order.push('stored')
      },
    }
    await send(bodyOf([{ data: direct }]))
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
      { stream: transform.stream },
    )
    options = { ...options, transform: spy }
    const payload = gzipSync(
      '{"messageType":"DATA_MESSAGE","owner":"210987654321","logGroup":"g","logStream":"s","logEvents":[{"id":"e","timestamp":5,"message":"c"}]}',
    )
    const attributes = { account: '123456789012', region: 'eu-west-1', team: 'network' }
    await send(bodyOf([{ data: base64('a\nb\n') }, { data: base64(payload) }, { data: direct }]), {
      'x-amz-firehose-common-attributes': JSON.stringify({ commonAttributes: attributes }),
    })
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

  test('is told to onResult, whose failure changes nothing', async () => {
    const results: unknown[] = []
    options = {
      ...options,
      onResult(batch, id) {
        results.push(batch, id)
        throw new Error('the log is full')
      },
    }
    expect((await send(bodyOf([{ data: direct }]))).status).toBe(200)
    expect(results).toStrictEqual([delivered[0], requestId])
  })

  test('may be empty', async () => {
    expect((await send(bodyOf([]))).status).toBe(200)
    expect(delivered[0]?.ledger).toStrictEqual(zeros())
  })

  test('may be compressed, whatever the header says', async () => {
    const body = bodyOf([{ data: direct }])
    const gzip = { 'content-encoding': 'gzip' }
    expect((await send(gzipSync(body), gzip)).status).toBe(200)
    expect((await send(body, gzip)).status).toBe(200)
    expect((await send(gzipSync(body))).status).toBe(200)
    expect(delivered.map(({ ledger }) => ledger.emitted)).toStrictEqual([1, 1, 1])
  })

  test('may have its request id in the header or in the body only', async () => {
    const nameless = JSON.stringify({ timestamp: 1, records: [] })
    const expected = { requestId, timestamp: now }
    expect((await send(nameless)).body).toStrictEqual(expected)
    const headerless = { 'x-amz-firehose-request-id': undefined }
    expect((await send(bodyOf([]), headerless)).body).toStrictEqual(expected)
  })

  test('of 64 MiB is accepted', async () => {
    const record = { data: base64('x'.repeat(1_024_000)) }
    const records = Array.from({ length: 49 }, () => record)
    const body = bodyOf(records)
    expect(body.length).toBeGreaterThan(63 * 1024 * 1024)
    expect((await send(body)).status).toBe(200)
    expect(delivered[0]?.ledger.rejections).toStrictEqual({ line_too_long: 49 })
  })
})

describe('bad records in a good request', () => {
  test('are rejections, and the request is answered with 200', async () => {
    const bomb = base64(gzipSync(Buffer.alloc(2 * 1024 * 1024)))
    const short = base64(gzipSync(line).subarray(0, -4))
    options = { ...options, maxInflatedBytes: 4 * 1024 * 1024 }
    const { status, body } = await send(
      bodyOf([
        { data: '!!!!' },
        { data: 'YWJj=' },
        { data: bomb },
        { data: short },
        { data: { messageType: 'DATA_MESSAGE' } },
        null,
        { data: base64('2 x') },
        { data: direct },
      ]),
    )
    expect({ status, body }).toStrictEqual({ status: 200, body: { requestId, timestamp: now } })
    expect(delivered).toStrictEqual([
      {
        output: new Uint8Array(Buffer.from(event)),
        ledger: {
          ...emptyLedger,
          lines: 8,
          emitted: 1,
          rejected: 7,
          rejections: {
            too_few_values: 1,
            bad_base64: 2,
            too_large: 1,
            bad_gzip: 1,
            unknown_shape: 2,
          },
        },
        rejections: [
          {
            code: 'too_few_values',
            field: 'interface_id',
            line: '2 x',
            origin: { requestId, record: 6, line: 1 },
          },
          { code: 'bad_base64', line: '!!!!', origin: { requestId, record: 0 } },
          { code: 'bad_base64', line: 'YWJj=', origin: { requestId, record: 1 } },
          { code: 'too_large', line: bomb, origin: { requestId, record: 2 } },
          { code: 'bad_gzip', line: short, origin: { requestId, record: 3 } },
          {
            code: 'unknown_shape',
            line: '{"data":{"messageType":"DATA_MESSAGE"}}',
            origin: { requestId, record: 4 },
          },
          { code: 'unknown_shape', line: 'null', origin: { requestId, record: 5 } },
        ],
      },
    ])
  })

  test('cannot inflate without end, however many they are', async () => {
    const bomb = base64(gzipSync(Buffer.alloc(1024 * 1024)))
    options = { ...options, maxInflatedBytes: 1024 * 1024 }
    const records = Array.from({ length: 20 }, () => ({ data: bomb }))
    expect((await send(bodyOf([...records, { data: direct }]))).status).toBe(200)
    expect(delivered[0]?.ledger).toStrictEqual({
      ...emptyLedger,
      lines: 21,
      emitted: 1,
      rejected: 20,
      rejections: { too_large: 20 },
    })
  })
})

describe('a request that is refused', () => {
  afterEach(() => {
    expect(delivered).toStrictEqual([])
    expect(errors.length).toBeGreaterThan(0)
  })

  test.each(['wrong', '', undefined, 'secret, next'])('access key %j: 401', async (key) => {
    const { status, body } = await send(bodyOf([]), { 'x-amz-firehose-access-key': key })
    const expected = failure('the access key is missing or wrong')
    expect({ status, body }).toStrictEqual({ status: 401, body: expected })
  })

  test.each(['GET', 'PUT'])('%s: 405', async (method) => {
    const { status, headers, body } = await send('', {}, method)
    const expected = { status: 405, allow: 'POST', body: failure('the method must be POST') }
    expect({ status, allow: headers.allow, body }).toStrictEqual(expected)
  })

  test.each(['text/plain', undefined, 'application/jsonp'])(
    'content type %j: 415',
    async (type) => {
      const { status, body } = await send(bodyOf([]), { 'content-type': type })
      const expected = failure('the content type must be application/json')
      expect({ status, body }).toStrictEqual({ status: 415, body: expected })
    },
  )

  test('another content encoding: 415', async () => {
    const { status, body } = await send(bodyOf([]), { 'content-encoding': 'br' })
    const expected = failure('the content encoding must be gzip, or none')
    expect({ status, body }).toStrictEqual({ status: 415, body: expected })
  })

  test.each([
    ['{"requestId":', 'the body is not JSON'],
    ['', 'the body is not JSON'],
    [Uint8Array.of(0x22, 0xff, 0x22), 'the body is not JSON'],
    ['[]', 'the body is not a JSON object'],
    ['{}', 'the body has no array "records"'],
    [
      '{"requestId":7,"records":[]}',
      'there is no request id, neither in X-Amz-Firehose-Request-Id nor in the body',
    ],
    [
      '{"requestId":"another","records":[]}',
      'the request ids in X-Amz-Firehose-Request-Id and in the body differ',
    ],
    [gzipSync(bodyOf([])).subarray(0, -1), 'the body is not whole gzip data'],
  ] as const)('body %j: 400', async (sent, message) => {
    const { status, body } = await send(sent)
    expect({ status, body }).toStrictEqual({ status: 400, body: failure(message) })
  })

  test('no request id at all: 400', async () => {
    const headers = { 'x-amz-firehose-request-id': undefined }
    const { status, body } = await send('{"records":[]}', headers)
    const message = 'there is no request id, neither in X-Amz-Firehose-Request-Id nor in the body'
    expect({ status, body }).toStrictEqual({ status: 400, body: failure(message, '') })
  })

  test.each(['nonsense', '[]', '{"commonAttributes":[]}', '{"commonAttributes":{"a":1}}'])(
    'common attributes %s: 400',
    async (attributes) => {
      const headers = { 'x-amz-firehose-common-attributes': attributes }
      const { status, body } = await send(bodyOf([]), headers)
      const message = 'X-Amz-Firehose-Common-Attributes is not {"commonAttributes":{name:text}}'
      expect({ status, body }).toStrictEqual({ status: 400, body: failure(message) })
    },
  )

  test('a body beyond the limit, announced, unannounced or compressed: 400, never 413', async () => {
    options = { ...options, maxBodyBytes: 1000 }
    const large = bodyOf([{ data: base64('x'.repeat(1000)) }])
    const expected = { status: 400, body: failure('the body is larger than 1000 bytes') }
    const announced = { 'content-length': String(large.length) }
    for (const { status, body } of [
      await send(large, announced),
      await send(large, { 'transfer-encoding': 'chunked' }),
      await send(gzipSync(large), { 'content-encoding': 'gzip' }),
    ]) {
      expect({ status, body }).toStrictEqual(expected)
    }
  })
})

describe('a batch that was not stored', () => {
  test('is answered with 503 and the reason', async () => {
    options = { ...options, deliver: () => Promise.reject(new Error('the disk is full')) }
    const { status, body } = await send(bodyOf([{ data: direct }]))
    expect({ status, body }).toStrictEqual({ status: 503, body: failure('the disk is full') })
    expect(errors).toStrictEqual([`${requestId} Error: the disk is full`])
  })

  test('has a reason of at most 8192 characters', async () => {
    options = { ...options, deliver: () => Promise.reject('x'.repeat(10_000)) }
    const { status, body } = await send(bodyOf([{ data: direct }]))
    expect({ status, body }).toStrictEqual({ status: 503, body: failure('x'.repeat(8192)) })
  })

  test('is answered with 500 when the transform fails', async () => {
    const broken = Object.assign(
      () => {
        throw new Error('a defect')
      },
      { stream: transform.stream },
    )
    options = { ...options, transform: broken }
    const { status, body } = await send(bodyOf([{ data: direct }]))
    expect({ status, body }).toStrictEqual({ status: 500, body: failure('a defect') })
  })
})

test.each([
  [{ accessKeys: [] }, "accessKeys needs at least one key, or 'none' to let anybody deliver"],
  [{ maxBodyBytes: 0 }, 'maxBodyBytes must be a positive integer, not 0'],
  [{ maxInflatedBytes: 1.5 }, 'maxInflatedBytes must be a positive integer, not 1.5'],
])('%j is a mistake', (mistake, message) => {
  expect(() => createFirehoseEndpoint({ ...options, ...mistake })).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', message }),
  )
})

test('any batching and wrapping of the same lines gives the same records and the same account', async () => {
  const lines = fc.constantFrom(
    line,
    line.replace('ACCEPT', 'REJECT'),
    `${line} `,
    '2 x',
    '',
    '- # no',
  )
  const wraps = fc.constantFrom(...Object.values(wrappings))
  const groups = fc.array(fc.tuple(fc.array(lines, { minLength: 1, maxLength: 6 }), wraps))
  const requests = fc.array(groups, { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(requests, async (batches) => {
      const results: TransformResult[] = []
      const handle = createFirehoseEndpoint({
        accessKeys: 'none',
        transform,
        deliver: async (batch) => results.push(batch),
      })
      for (const batch of batches) {
        const records = batch.map(([group, wrap]) => ({ data: base64(wrap(group)) }))
        const headers = { 'content-type': 'application/json' }
        const init = { method: 'POST', headers, body: bodyOf(records) }
        expect((await handle(new Request('http://localhost', init))).status).toBe(200)
      }
      expect(results.every(({ ledger }) => isBalanced(ledger))).toBe(true)
      const expected = batches.map((batch) =>
        transform(batch.flatMap(([group]) => group.map((each) => `${each}\n`)).join('')),
      )
      expect(results.map(withoutOrigin)).toStrictEqual(expected.map(withoutOrigin))
    }),
    { numRuns: 200 },
  )
})

type Wrap = (lines: readonly string[]) => string | Uint8Array

const wrappings: Readonly<Record<string, Wrap>> = {
  text: (lines) => lines.map((each) => `${each}\n`).join(''),
  messages: (lines) => lines.map((message) => JSON.stringify({ message })).join(''),
  messagesByLine: (lines) => lines.map((message) => `${JSON.stringify({ message })}\n`).join(''),
  oneMessage: (lines) => JSON.stringify({ message: wrappings.text?.(lines) }),
  payload: (lines) =>
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logEvents: lines.map((message, id) => ({ id: String(id), timestamp: 1, message })),
    }),
  compressedPayload: (lines) => gzipSync(wrappings.payload?.(lines) ?? ''),
  compressedText: (lines) => gzipSync(gzipSync(wrappings.text?.(lines) ?? '')),
  members: (lines) => Buffer.concat(lines.map((message) => gzipSync(JSON.stringify({ message })))),
}

function withoutOrigin({ output, ledger, rejections }: TransformResult) {
  return {
    output: Buffer.from(output).toString(),
    ledger,
    rejections: rejections.map(({ origin, ...rest }) => rest),
  }
}

function base64(data: string | Uint8Array): string {
  return Buffer.from(data as Uint8Array).toString('base64')
}
