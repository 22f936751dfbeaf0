import { gzipSync } from 'node:zlib'
import type { FirehoseRecord } from './record.ts'
import { type Failure, judgeResponse } from './response.ts'

/** One HTTP request, ready to be sent as often as it takes. */
export interface FirehoseRequest {
  requestId: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer>
}

export interface Addressing {
  sourceArn: string
  accessKey?: string | undefined
  commonAttributes?: Readonly<Record<string, string>> | undefined
  contentEncoding?: 'GZIP' | undefined
}

/** The shape of `fetch` that the stand-in needs. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export function createRequest(
  requestId: string,
  timestamp: number,
  records: readonly FirehoseRecord[],
  addressing: Addressing,
): FirehoseRequest {
  const list = records.map(({ data }) => `{"data":"${data}"}`).join(',')
  const body = Buffer.from(
    `{"requestId":"${requestId}","timestamp":${timestamp},"records":[${list}]}`,
  )
  return {
    requestId,
    headers: createHeaders(requestId, addressing),
    body: addressing.contentEncoding === 'GZIP' ? gzipSync(body) : body,
  }
}

export function createHeaders(
  requestId: string,
  { sourceArn, accessKey, commonAttributes, contentEncoding }: Addressing,
): Record<string, string> {
  return {
    'X-Amz-Firehose-Protocol-Version': '1.0',
    'X-Amz-Firehose-Request-Id': requestId,
    'X-Amz-Firehose-Source-Arn': sourceArn,
    ...(accessKey !== undefined && { 'X-Amz-Firehose-Access-Key': accessKey }),
    ...(commonAttributes && {
      'X-Amz-Firehose-Common-Attributes': asciiJson({ commonAttributes }),
    }),
    'Content-Type': 'application/json',
    ...(contentEncoding === 'GZIP' && { 'Content-Encoding': 'gzip' }),
    'User-Agent': 'Amazon Kinesis Data Firehose Agent/1.0',
    // Otherwise fetch would offer encodings that the specification forbids in an answer.
    'Accept-Encoding': 'identity',
  }
}

/** Sends the request once; `undefined` means delivered. */
export async function sendRequest(
  request: FirehoseRequest,
  url: string,
  timeoutSeconds: number,
  fetch: Fetch,
): Promise<Failure | undefined> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutSeconds * 1_000)
  let connected = false
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      redirect: 'manual',
      signal: timeout.signal,
    })
    connected = true
    return await judgeResponse(response, request.requestId)
  } catch (error) {
    if (timeout.signal.aborted) {
      const errorMessage = `The endpoint took longer than ${timeoutSeconds} seconds to respond.`
      return { errorCode: 'HttpEndpoint.RequestTimeout', errorMessage, permanent: false }
    }
    return connectionFailure(error, connected)
  } finally {
    clearTimeout(timer)
  }
}

const resetCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

function connectionFailure(error: unknown, connected: boolean): Failure {
  const cause = (error instanceof Error && error.cause) || error
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '')
  const message = cause instanceof Error ? cause.message : String(cause)
  const name = /CERT|SSL|TLS/.test(code)
    ? 'SSLHandshakeFailure'
    : connected || resetCodes.has(code)
      ? 'ConnectionReset'
      : 'ConnectionFailed'
  const errorMessage = `The connection to the endpoint failed: ${message || code}`
  return { errorCode: `HttpEndpoint.${name}`, errorMessage, permanent: false }
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
