import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accept, type ReceivedRequest, sendJson, serveEndpoint } from './endpoint.test-support.ts'
import { createFirehose } from './firehose.ts'
import type { FirehoseOptions } from './options.ts'

const start = 1_700_000_000_123

/** A clock on which only waiting takes time. */
function createTestClock() {
  let time = start
  const waits: number[] = []
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds)
    time += milliseconds
  }
  return { now: () => time, wait, waits }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'firehose-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function create(url: string, options: Partial<FirehoseOptions> = {}) {
  const errorFolder = options.errorFolder ?? (await temporaryFolder())
  return createFirehose({ url, clock: createTestClock(), ...options, errorFolder })
}

function messages(requests: readonly ReceivedRequest[]): string[] {
  return requests.flatMap(({ records }) => records.map((data) => JSON.parse(`${data}`).message))
}

async function readErrorFolder(folder: string): Promise<{ rawData: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  )
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line))
}

const none = { in: 0, delivered: 0, errored: 0, dropped: 0, retried: 0, duplicated: 0 }

describe('a request', () => {
  test('has the headers and the body of the specification', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, {
      accessKey: 'key "1"',
      commonAttributes: { env: 'prod', 'team name': 'Zürich' },
    })
    await firehose.putBatch(['2 one', '2 two'])
    await firehose.close()

    const [{ method, headers, text } = expect.fail()] = requests
    const requestId = headers['x-amz-firehose-request-id'] as string
    expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(method).toBe('POST')
    expect(headers).toMatchObject({
      'x-amz-firehose-protocol-version': '1.0',
      'x-amz-firehose-source-arn':
        'arn:aws:firehose:us-east-1:123456789012:deliverystream/flow-logs',
      'x-amz-firehose-access-key': 'key "1"',
      'x-amz-firehose-common-attributes':
        '{"commonAttributes":{"env":"prod","team name":"Z\\u00fcrich"}}',
      'content-type': 'application/json',
      'content-length': String(text.length),
      'user-agent': 'Amazon Kinesis Data Firehose Agent/1.0',
    })
    expect(text).toBe(
      `{"requestId":"${requestId}","timestamp":${start},"records":[{"data":"eyJtZXNzYWdlIjoiMiBvbmUifQo="},{"data":"eyJtZXNzYWdlIjoiMiB0d28ifQo="}]}`,
    )
  })

  test('has no access key, attributes or encoding unless configured', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, { newline: false })
    await firehose.put('2 "quoted"')
    await firehose.close()
    const optional = ['access-key', 'common-attributes'].map((name) => `x-amz-firehose-${name}`)
    const names = Object.keys(requests[0]!.headers)
    expect([...optional, 'content-encoding'].filter((name) => names.includes(name))).toEqual([])
    expect(requests[0]!.records.map(String)).toEqual(['{"message":"2 \\"quoted\\""}'])
  })

  test('is compressed with contentEncoding GZIP', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, { contentEncoding: 'GZIP' })
    await firehose.putBatch(Array.from({ length: 100 }, (_, index) => `line ${index}`))
    const { bytes } = await firehose.close()
    expect(requests[0]!.headers['content-encoding']).toBe('gzip')
    expect(Number(requests[0]!.headers['content-length'])).toBe(bytes)
    expect(messages(requests).length).toBe(100)
    expect(bytes).toBeLessThan(requests[0]!.text.length / 3)
  })

  test('carries records of any bytes, also of none', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url)
    await firehose.putBatch([new Uint8Array(0), Buffer.from([0x1f, 0x8b, 0xff])])
    const report = await firehose.close()
    expect(requests[0]!.records).toEqual([Buffer.alloc(0), Buffer.from([0x1f, 0x8b, 0xff])])
    expect(report).toMatchObject({
      records: { ...none, in: 2, delivered: 2 },
      lines: none,
    })
  })

  test('may be answered by a function in place of a server', async () => {
    const firehose = await create('https://endpoint.example/', {
      fetch: async (url, init) => {
        const { requestId } = JSON.parse(await new Request(url, init).text())
        const body = JSON.stringify({ requestId, timestamp: 1 })
        const headers = { 'Content-Type': 'application/json', 'Content-Length': `${body.length}` }
        return new Response(body, { headers })
      },
    })
    await firehose.put('a line')
    expect((await firehose.close()).lines.delivered).toBe(1)
  })
})

describe('buffering', () => {
  test('at most 10,000 records in a request', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url)
    await firehose.putBatch(Array.from({ length: 20_001 }, (_, index) => `${index}`))
    await firehose.close()
    expect(requests.map(({ records }) => records.length)).toEqual([10_000, 10_000, 1])
    expect(messages(requests)).toEqual(Array.from({ length: 20_001 }, (_, index) => `${index}`))
  })

  test('at most the configured bytes in a request, unless one record is larger', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, { buffering: { bytes: 100 } })
    await firehose.putBatch([40, 40, 40, 61, 100, 500, 10].map((size) => new Uint8Array(size)))
    await firehose.close()
    expect(requests.map(({ records }) => records.map(({ length }) => length))).toEqual([
      [40, 40],
      [40],
      [61],
      [100],
      [500],
      [10],
    ])
  })

  test('a request is sent when the buffer is old enough', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, { buffering: { seconds: 0.02 } })
    await firehose.put('a line')
    await expect.poll(() => requests.length).toBe(1)
    expect((await firehose.close()).requests).toBe(1)
  })

  test('flush sends what is there', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url)
    await firehose.flush()
    await firehose.put('one')
    await firehose.flush()
    expect(messages(requests)).toEqual(['one'])
    await firehose.put('two')
    await firehose.close()
    expect(messages(requests)).toEqual(['one', 'two'])
  })

  test('put waits while the endpoint is slow', async () => {
    const held: (() => void)[] = []
    const { url } = await serveEndpoint((response, request) =>
      held.push(() => accept(response, request)),
    )
    const firehose = await create(url, { buffering: { bytes: 1_000 } })
    let accepted = 0
    const producer = (async () => {
      for (let index = 0; index < 40; index++) {
        await firehose.put(new Uint8Array(500))
        accepted++
      }
    })()
    await expect.poll(() => held.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    // One request under way, one waiting: two records each, and the last put has not resolved.
    expect([accepted, firehose.report().records.in]).toEqual([3, 4])

    const release = setInterval(() => held.shift()?.(), 1)
    await producer
    const report = await firehose.close()
    clearInterval(release)
    expect(report.records).toEqual({ ...none, in: 40, delivered: 40 })
    expect(report.requests).toBe(20)
  })

  test('refuses records that are too large, and anything after close', async () => {
    const { url } = await serveEndpoint(accept)
    const firehose = await create(url)
    await firehose.put(new Uint8Array(1_024_000))
    await expect(firehose.put(new Uint8Array(1_024_001))).rejects.toThrow(
      'put: a record holds at most 1024000 bytes: 1024001',
    )
    expect((await firehose.close()).records).toEqual({ ...none, in: 1, delivered: 1 })
    await expect(firehose.put('a line')).rejects.toThrow('put: this Firehose is closed')
  })
})

describe('retries', () => {
  test('repeat the same request until it is delivered', async () => {
    let attempts = 0
    const { url, requests } = await serveEndpoint((response, request) =>
      ++attempts < 3 ? sendJson(response, 500, {}) : accept(response, request),
    )
    const failures: unknown[] = []
    const firehose = await create(url, {
      onFailure: ({ attempt, records, errorCode }) => failures.push([attempt, records, errorCode]),
    })
    await firehose.putBatch(['one', 'two'])
    expect(await firehose.close()).toEqual({
      records: { ...none, in: 2, delivered: 2, retried: 4 },
      lines: { ...none, in: 2, delivered: 2, retried: 4 },
      requests: 3,
      bytes: 3 * requests[0]!.text.length,
    })
    expect(new Set(requests.map(({ text }) => text)).size).toBe(1)
    expect(failures).toEqual([
      [1, 2, 'HttpEndpoint.DestinationException'],
      [2, 2, 'HttpEndpoint.DestinationException'],
    ])
  })

  test('back off exponentially with jitter, up to two minutes, until time is up', async () => {
    const { url } = await serveEndpoint((response) => sendJson(response, 503, {}))
    const clock = createTestClock()
    const errorFolder = await temporaryFolder()
    const firehose = await create(url, { clock, errorFolder, retrySeconds: 600 })
    await firehose.put('a line')
    const { records, requests } = await firehose.close()
    expect(records).toEqual({ ...none, in: 1, errored: 1, retried: clock.waits.length })
    expect(requests).toBe(clock.waits.length + 1)

    const last = clock.waits.pop()!
    const factors = clock.waits.map((wait, index) => wait / Math.min(120_000, 1_000 * 2 ** index))
    expect(factors.length).toBeGreaterThan(8)
    expect(factors.filter((factor) => factor < 0.85 || factor > 1.15)).toEqual([])
    expect(new Set(factors).size).toBe(factors.length)
    expect(clock.waits.reduce((sum, wait) => sum + wait, last)).toBeCloseTo(600_000, 3)
    expect(await readErrorFolder(errorFolder)).toMatchObject([
      { attemptsMade: requests, arrivalTimestamp: start, attemptEndingTimestamp: clock.now() },
    ])
  })
})

test('at least once: a delivered request may come again', async () => {
  const { url, requests } = await serveEndpoint(accept)
  const firehose = await create(url, { duplicateRate: 1, buffering: { bytes: 1 } })
  await firehose.putBatch(['one', 'two'])
  const report = await firehose.close()
  expect(messages(requests)).toEqual(['one', 'one', 'two', 'two'])
  expect(requests[0]!.text).toBe(requests[1]!.text)
  expect(report.records).toEqual({ ...none, in: 2, delivered: 2, duplicated: 2 })
})

test('the same seed and the same answers give the same requests', async () => {
  const run = async () => {
    let count = 0
    const { url, requests } = await serveEndpoint((response, request) =>
      ++count % 3 === 0 ? sendJson(response, 500, {}) : accept(response, request),
    )
    const firehose = await create(url, { buffering: { bytes: 200 }, duplicateRate: 0.3, seed: 7 })
    await firehose.putBatch(Array.from({ length: 60 }, (_, index) => `line ${index}`))
    await firehose.close()
    return requests.map(({ text }) => text)
  }
  const first = await run()
  expect(first.length).toBeGreaterThan(8)
  expect(await run()).toEqual(first)
})

test('every line is delivered, in the error folder, or dropped', async () => {
  let count = 0
  const dropped: ReceivedRequest[] = []
  const delivered: ReceivedRequest[] = []
  const { url } = await serveEndpoint((response, request) => {
    const turn = count++ % 7
    if (turn < 3) delivered.push(request)
    if (turn === 3) dropped.push(request)
    if (turn < 3) accept(response, request)
    else sendJson(response, turn === 3 ? 413 : 500, {})
  })
  const errorFolder = await temporaryFolder()
  const firehose = await create(url, {
    errorFolder,
    buffering: { bytes: 500 },
    retrySeconds: 0,
    concurrency: 3,
  })
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`)
  await firehose.putBatch(lines)
  const { records, lines: counts } = await firehose.close()

  const errored = (await readErrorFolder(errorFolder)).map(
    ({ rawData }) => JSON.parse(`${Buffer.from(rawData, 'base64')}`).message,
  )
  expect(records).toEqual(counts)
  expect(records).toMatchObject({
    in: 1_000,
    delivered: messages(delivered).length,
    dropped: messages(dropped).length,
    errored: errored.length,
  })
  expect([...messages(delivered), ...messages(dropped), ...errored].sort()).toEqual(lines.sort())
})

test('an error folder that cannot be written is told to the caller', async () => {
  const { url } = await serveEndpoint((response) => sendJson(response, 500, {}))
  const errorFolder = join(await temporaryFolder(), 'file')
  await writeFile(errorFolder, '')
  const firehose = await create(url, { errorFolder, retrySeconds: 0 })
  await firehose.put('a line')
  await expect(firehose.close()).rejects.toThrow('ENOTDIR')
})

test.each([
  [{ url: 'ftp://x' }, 'url: not an http or https address: ftp://x'],
  [{ errorFolder: '' }, 'errorFolder: a folder is needed'],
  [{ accessKey: 'x'.repeat(4_097) }, 'accessKey: at most 4096 bytes are allowed'],
  [{ accessKey: 'a\nb' }, 'accessKey or sourceArn: not allowed in a header'],
  [{ commonAttributes: { '': 'x' } }, "commonAttributes: a name has 1 to 256 characters: ''"],
  [
    { commonAttributes: { x: 'x'.repeat(1_025) } },
    "commonAttributes: a value has at most 1024 characters: 'x'",
  ],
  [
    { commonAttributes: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`${n}`, ''])) },
    'commonAttributes: at most 50 are allowed: 51',
  ],
  [{ buffering: { bytes: 0 } }, 'buffering.bytes: must be between 1 and 67108864: 0'],
  [{ retrySeconds: 7_201 }, 'retrySeconds: must be between 0 and 7200: 7201'],
  [{ requestTimeout: 181 }, 'requestTimeout: must be between 0.001 and 180: 181'],
  [{ duplicateRate: 2 }, 'duplicateRate: must be between 0 and 1: 2'],
] satisfies [Partial<FirehoseOptions>, string][])('refuses %j', (options, message) => {
  expect(() => createFirehose({ url: 'http://x/', errorFolder: 'x', ...options })).toThrow(message)
})

describe('CloudWatch Logs as the source', () => {
  const lineOf = (eni: string, second: number) =>
    `2 123456789012 ${eni} 10.0.0.1 10.0.0.2 1 2 6 1 40 ${second} ${second + 1} ACCEPT OK`

  test('groups lines by log stream, and begins with a control message', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, {
      source: 'cloudwatch',
      cloudwatch: { eventsPerPayload: 2, controlRate: 0 },
    })
    const lines = [lineOf('eni-a', 1_600_000_000), lineOf('eni-b', 1_600_000_001)]
    await firehose.putBatch([...lines, lineOf('eni-a', 1_600_000_002), 'not a flow log line'])
    const report = await firehose.close()

    const payloads = requests.flatMap(({ records }) =>
      records.map((data) => JSON.parse(`${gunzipSync(data)}`)),
    )
    const event = (count: number, timestamp: number, message: string) => ({
      id: `3830${timestamp}${String(count).padStart(39, '0')}`,
      timestamp,
      message,
    })
    const document = {
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: '/aws/vpc/flowlogs',
      subscriptionFilters: ['toFirehose'],
    }
    expect(payloads).toEqual([
      {
        messageType: 'CONTROL_MESSAGE',
        owner: 'CloudwatchLogs',
        logGroup: '',
        logStream: '',
        subscriptionFilters: [],
        logEvents: [
          {
            id: '',
            timestamp: start,
            message: 'CWL CONTROL MESSAGE: Checking health of destination Firehose.',
          },
        ],
      },
      {
        ...document,
        logStream: 'eni-a-all',
        logEvents: [
          event(0, 1_600_000_000_000, lines[0]!),
          event(2, 1_600_000_002_000, lineOf('eni-a', 1_600_000_002)),
        ],
      },
      {
        ...document,
        logStream: 'eni-b-all',
        logEvents: [event(1, 1_600_000_001_000, lines[1]!)],
      },
      { ...document, logStream: 'flow-all', logEvents: [event(3, start, 'not a flow log line')] },
    ])
    expect(payloads[1].logEvents[0].id.length).toBe(56)
    expect(report).toMatchObject({
      records: { ...none, in: 4, delivered: 4 },
      lines: { ...none, in: 4, delivered: 4 },
    })
  })

  test('keeps records within the limit, whatever the lines', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, {
      source: 'cloudwatch',
      cloudwatch: { eventsPerPayload: 10_000, controlRate: 1 },
    })
    const long = 'x'.repeat(250_000)
    await firehose.putBatch(Array(9).fill(long))
    await expect(firehose.put('x'.repeat(262_144))).rejects.toThrow(
      'put: an event holds at most 262144 bytes: 262246',
    )
    const { lines, records } = await firehose.close()
    expect(lines).toEqual({ ...none, in: 9, delivered: 9 })
    // Three payloads of four, four and one events, each after a control message.
    expect(records).toEqual({ ...none, in: 6, delivered: 6 })
    const sizes = requests.flatMap((request) =>
      request.records.map((data) => gunzipSync(data).length),
    )
    expect(Math.max(...sizes)).toBeLessThan(1_024_000)
  })

  test('sends what is collected when the buffer is old enough', async () => {
    const { url, requests } = await serveEndpoint(accept)
    const firehose = await create(url, { source: 'cloudwatch', buffering: { seconds: 0.02 } })
    await firehose.put(lineOf('eni-a', 1_600_000_000))
    await expect.poll(() => requests.length).toBe(1)
    expect((await firehose.close()).lines).toEqual({ ...none, in: 1, delivered: 1 })
  })
})
