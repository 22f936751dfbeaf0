/** What Firehose sends to an HTTP endpoint, checked. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { isGzip } from './gunzip.ts'
import { isObject } from './open-envelope.ts'

/** A request that is answered with another status than 200. */
export interface FirehoseRefusal {
  readonly status: number
  readonly message: string
}

/** A well-formed request. */
export interface FirehoseRequest {
  /** The same when Firehose tries again, as far as it can. */
  readonly requestId: string
  /** What the stream's owner configured. */
  readonly commonAttributes: Readonly<Record<string, string>>
  /** Members of `records`, as they came. */
  readonly records: readonly unknown[]
}

const inflate = promisify(gunzip)

/** Reads a request, or says why it is refused. */
export async function readFirehoseRequest(
  request: Request,
  maxBodyBytes: number,
): Promise<FirehoseRequest | FirehoseRefusal> {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') {
    return { status: 415, message: 'the content type must be application/json' }
  }
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'gzip' && encoding !== 'identity') {
    return { status: 415, message: 'the content encoding must be gzip, or none' }
  }
  const commonAttributes = parseCommonAttributes(
    request.headers.get('x-amz-firehose-common-attributes'),
  )
  if (!commonAttributes) {
    return refuse('X-Amz-Firehose-Common-Attributes is not {"commonAttributes":{name:text}}')
  }
  const body = await readBody(request, maxBodyBytes)
  if (!(body instanceof Uint8Array)) return body
  return parseBody(body, request.headers.get('x-amz-firehose-request-id'), commonAttributes)
}

/** Whether a request was refused. */
export function isRefusal(read: FirehoseRequest | FirehoseRefusal): read is FirehoseRefusal {
  return 'status' in read
}

function refuse(message: string): FirehoseRefusal {
  return { status: 400, message }
}

// 413 would make Firehose drop the batch for good; with 400 it tries again and then backs it up.
function refuseSize(limit: number): FirehoseRefusal {
  return refuse(`the body is larger than ${limit} bytes`)
}

/** The body, inflated if it is gzip data; what a proxy did to the header does not matter. */
async function readBody(request: Request, limit: number): Promise<Uint8Array | FirehoseRefusal> {
  if (Number(request.headers.get('content-length')) > limit) return refuseSize(limit)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length
      if (length > limit) return refuseSize(limit)
      chunks.push(chunk)
    }
  } catch {
    return refuse('the body ended early')
  }
  const body = Buffer.concat(chunks)
  if (!isGzip(body)) return body
  try {
    return await inflate(body, { maxOutputLength: limit })
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
    return isTooLarge ? refuseSize(limit) : refuse('the body is not whole gzip data')
  }
}

function parseBody(
  body: Uint8Array,
  headerId: string | null,
  commonAttributes: Readonly<Record<string, string>>,
): FirehoseRequest | FirehoseRefusal {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return refuse('the body is not JSON')
  }
  if (!isObject(document)) return refuse('the body is not a JSON object')
  const { requestId = headerId, records } = document
  if (typeof requestId !== 'string' || requestId === '') {
    return refuse('there is no request id, neither in X-Amz-Firehose-Request-Id nor in the body')
  }
  if (headerId !== null && headerId !== requestId) {
    return refuse('the request ids in X-Amz-Firehose-Request-Id and in the body differ')
  }
  if (!Array.isArray(records)) return refuse('the body has no array "records"')
  return { requestId, commonAttributes, records }
}

function parseCommonAttributes(
  header: string | null,
): Readonly<Record<string, string>> | undefined {
  const attributes: Record<string, string> = Object.create(null)
  if (header === null || header === '') return attributes
  let document: unknown
  try {
    document = JSON.parse(header)
  } catch {
    return undefined
  }
  if (!isObject(document) || !isObject(document.commonAttributes)) return undefined
  for (const [name, value] of Object.entries(document.commonAttributes)) {
    if (typeof value !== 'string') return undefined
    attributes[name] = value
  }
  return attributes
}
