import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accept, type Respond, sendJson, serveEndpoint } from './endpoint.test-support.ts'
import { createFirehose } from './firehose.ts'
import type { FirehoseOptions } from './options.ts'

const now = 1_700_000_000_123
const frozen = { now: () => now, wait: async () => {} }

// The request id of the first request under seed 1.
const id = '18d53f8c-9986-3a0c-b724-53c9e562aa3b'
const invalid = 'HttpEndpoint.InvalidResponseFromDestination'
const refused = 'HttpEndpoint.DestinationException'

async function deliverOneLine(url: string, options: Partial<FirehoseOptions> = {}) {
  const errorFolder = await mkdtemp(join(tmpdir(), 'firehose-'))
  onTestFinished(() => rm(errorFolder, { recursive: true }))
  const firehose = createFirehose({ url, errorFolder, retrySeconds: 0, clock: frozen, ...options })
  await firehose.put('a line')
  const { records } = await firehose.close()
  const files = await readdir(errorFolder, { recursive: true, withFileTypes: true })
  const paths = files
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const lines = (await Promise.all(paths.map((path) => readFile(path, 'utf8'))))
    .join('')
    .split('\n')
  return {
    delivered: records.delivered,
    errored: records.errored,
    dropped: records.dropped,
    paths: paths.map((path) => path.slice(errorFolder.length + 1)),
    entries: lines.filter(Boolean).map((line) => JSON.parse(line)),
  }
}

describe('delivered', () => {
  const answers: Record<string, Respond> = {
    'the two fields': accept,
    'an errorMessage of null, as Vector has it': (response, { requestId }) =>
      sendJson(response, 200, { requestId, timestamp: 1, errorMessage: null }),
    'an errorMessage beside them': (response, { requestId }) =>
      sendJson(response, 200, { requestId, timestamp: 1, errorMessage: 'x'.repeat(8_192) }),
    'a parameter in the Content-Type': (response, { requestId }) => {
      response.setHeader('Content-Type', 'application/json; charset=utf-8')
      response.end(JSON.stringify({ requestId, timestamp: 1 }))
    },
  }

  test.each(Object.entries(answers))('%s', async (_name, respond) => {
    const { url } = await serveEndpoint(respond)
    expect(await deliverOneLine(url)).toEqual({
      delivered: 1,
      errored: 0,
      dropped: 0,
      paths: [],
      entries: [],
    })
  })
})

interface Rule {
  respond: Respond
  errorCode: string
  errorMessage: string
}

function breach(what: string, raw: string): Pick<Rule, 'errorCode' | 'errorMessage'> {
  const errorMessage = `The response received from the specified endpoint is invalid. Response for request ${id} ${what}. Raw response received: ${raw}`
  return { errorCode: invalid, errorMessage }
}

function refusal(raw: string): Pick<Rule, 'errorCode' | 'errorMessage'> {
  const errorMessage = `The following response was received from the endpoint destination. ${raw}`
  return { errorCode: refused, errorMessage }
}

const good = `{"requestId":"${id}","timestamp":1}`

const rules: Record<string, Rule> = {
  ...Object.fromEntries(
    [201, 202, 400, 401, 403, 404, 429, 500, 503].map((status) => [
      `status ${status}`,
      {
        respond: (response, { requestId }) =>
          sendJson(response, status, { requestId, timestamp: 1 }),
        ...refusal(`${status}: ${good}`),
      } satisfies Rule,
    ]),
  ),
  'status 204': {
    respond: (response) => response.writeHead(204).end(),
    ...refusal('204: '),
  },
  'a redirect': {
    respond: (response) =>
      response.writeHead(307, { Location: '/elsewhere', 'Content-Length': 0 }).end(),
    ...breach('has the status code 307', '307 '),
  },
  'no Content-Type': {
    respond: (response) => response.writeHead(200, { 'Content-Length': good.length }).end(good),
    ...breach('has no Content-Type header', `200 ${good}`),
  },
  'another Content-Type': {
    respond: (response) => response.setHeader('Content-Type', 'text/plain').end(good),
    ...breach("has the Content-Type 'text/plain' instead of 'application/json'", `200 ${good}`),
  },
  'a Content-Encoding': {
    respond: (response) =>
      response
        .setHeader('Content-Type', 'application/json')
        .setHeader('Content-Encoding', 'gzip')
        .end(gzipSync(good)),
    ...breach('has a Content-Encoding header', `200 ${good}`),
  },
  'no Content-Length': {
    respond: (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.write(good)
      response.end()
    },
    ...breach('has no Content-Length header', `200 ${good}`),
  },
  'no body': {
    respond: (response) =>
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 0 }).end(),
    ...breach('is not recognized as valid JSON', '200 '),
  },
  'no JSON': {
    respond: (response) => response.setHeader('Content-Type', 'application/json').end('OK'),
    ...breach('is not recognized as valid JSON', '200 OK'),
  },
  'no object': {
    respond: (response) => sendJson(response, 200, [id, 1]),
    ...breach('is not recognized as valid JSON', `200 ["${id}",1]`),
  },
  'no requestId': {
    respond: (response) => sendJson(response, 200, { timestamp: 1 }),
    ...breach('has no requestId', '200 {"timestamp":1}'),
  },
  'another requestId': {
    respond: (response) => sendJson(response, 200, { requestId: 'x', timestamp: 1 }),
    ...breach("has another requestId: 'x'", '200 {"requestId":"x","timestamp":1}'),
  },
  'no timestamp': {
    respond: (response, { requestId }) => sendJson(response, 200, { requestId }),
    ...breach('has no timestamp that is a number', `200 {"requestId":"${id}"}`),
  },
  'a timestamp in quotes': {
    respond: (response, { requestId }) => sendJson(response, 200, { requestId, timestamp: '1' }),
    ...breach('has no timestamp that is a number', `200 {"requestId":"${id}","timestamp":"1"}`),
  },
  'one more field': {
    respond: (response, { requestId }) =>
      sendJson(response, 200, { requestId, timestamp: 1, ok: true }),
    ...breach("has the unexpected field 'ok'", `200 {"requestId":"${id}","timestamp":1,"ok":true}`),
  },
  'an errorMessage that is no string': {
    respond: (response, { requestId }) =>
      sendJson(response, 200, { requestId, timestamp: 1, errorMessage: 5 }),
    ...breach(
      'has an errorMessage that is not a string',
      `200 {"requestId":"${id}","timestamp":1,"errorMessage":5}`,
    ),
  },
  'more than 1 MiB': {
    respond: (response, { requestId }) =>
      sendJson(response, 200, { requestId, timestamp: 1, errorMessage: 'x'.repeat(1_048_576) }),
    errorCode: 'HttpEndpoint.ResponseTooLarge',
    errorMessage: 'The response is larger than 1048576 bytes.',
  },
  'no answer': {
    respond: () => {},
    errorCode: 'HttpEndpoint.RequestTimeout',
    errorMessage: 'The endpoint took longer than 0.2 seconds to respond.',
  },
  'half an answer': {
    respond: (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 })
      response.write('{')
    },
    errorCode: 'HttpEndpoint.RequestTimeout',
    errorMessage: 'The endpoint took longer than 0.2 seconds to respond.',
  },
  'a connection closed at once': {
    respond: (response) => response.destroy(),
    errorCode: 'HttpEndpoint.ConnectionReset',
    errorMessage: 'The connection to the endpoint failed: other side closed',
  },
}

test.each(Object.entries(rules))('undelivered: %s', async (_name, rule) => {
  const { url, requests } = await serveEndpoint(rule.respond)
  const { errorCode, errorMessage } = rule
  expect(await deliverOneLine(url, { requestTimeout: 0.2 })).toEqual({
    delivered: 0,
    errored: 1,
    dropped: 0,
    paths: [`http-endpoint-failed/2023/11/14/22/flow-logs-1-2023-11-14-22-13-20-${id}`],
    entries: [
      {
        attemptsMade: 1,
        arrivalTimestamp: now,
        errorCode,
        errorMessage,
        attemptEndingTimestamp: now,
        rawData: Buffer.from('{"message":"a line"}\n').toString('base64'),
        subsequenceNumber: 0,
        dataId: '49607357361271740811418664280693000000000000000000000000.0',
      },
    ],
  })
  expect(requests.length).toBe(1)
})

test('undelivered: nobody listens', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const { entries } = await deliverOneLine(`http://127.0.0.1:${port}/`)
  expect(entries.map(({ errorCode }) => errorCode)).toEqual(['HttpEndpoint.ConnectionFailed'])
})

test('413 loses the records: no retry, nothing in the error folder', async () => {
  const { url, requests } = await serveEndpoint((response, { requestId }) =>
    sendJson(response, 413, { requestId, timestamp: 1, errorMessage: 'too large' }),
  )
  expect(await deliverOneLine(url, { retrySeconds: 300 })).toEqual({
    delivered: 0,
    errored: 0,
    dropped: 1,
    paths: [],
    entries: [],
  })
  expect(requests.length).toBe(1)
})
