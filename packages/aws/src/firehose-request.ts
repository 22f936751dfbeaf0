/** What the headers of a Firehose request say, checked. */
import type { Origin } from '@flowlogs/core'
import { isObject } from './open-envelope.ts'
import { refusal } from './refusal.ts'

/** The headers of a request. */
export interface FirehoseRequest {
  /** The same when Firehose tries again, as far as it can. */
  readonly requestId: string | undefined
  /** What the common attributes tell of every line. */
  readonly origin: Origin
  /** Bytes of the body, if that is announced. */
  readonly contentLength: number
}

// Firehose's have 36 characters, and every reply repeats it.
const maxRequestIdLength = 256

/** Names that people give to an attribute of a stream, by what it says. */
const attributeNames = {
  account: ['account', 'accountId', 'account_id'],
  region: ['region', 'awsRegion', 'aws_region'],
} as const

/**
 * Reads the headers; throws a refusal when Firehose does not send such a request. The ARN of the
 * stream tells nothing of the lines: its account and region are often those of a central stream.
 */
export function readFirehoseRequest(headers: Headers): FirehoseRequest {
  const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') {
    throw refusal(415, 'the content type must be application/json')
  }
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw refusal(415, 'the content encoding must be gzip, or none')
  }
  return {
    requestId: checkRequestId(headers.get('x-amz-firehose-request-id')),
    origin: readOrigin(headers.get('x-amz-firehose-common-attributes')),
    contentLength: Number(headers.get('content-length') ?? 0) || 0,
  }
}

/** A request id as it came, undefined when it is empty; throws a refusal when it is too long. */
export function checkRequestId(requestId: string | null | undefined): string | undefined {
  if (requestId && requestId.length > maxRequestIdLength) {
    throw refusal(400, `the request id is longer than ${maxRequestIdLength} characters`)
  }
  return requestId || undefined
}

function readOrigin(header: string | null): Origin {
  if (header === null || header === '') return {}
  const attributes = parseCommonAttributes(header)
  if (!attributes) {
    throw refusal(400, 'X-Amz-Firehose-Common-Attributes is not {"commonAttributes":{name:text}}')
  }
  const find = (names: readonly string[]) =>
    names.map((name) => attributes.get(name)).find((value) => value !== undefined && value !== '')
  const account = find(attributeNames.account)
  const region = find(attributeNames.region)
  return { ...(account && { account }), ...(region && { region }) }
}

function parseCommonAttributes(header: string): ReadonlyMap<string, string> | undefined {
  let document: unknown
  try {
    document = JSON.parse(header)
  } catch {
    return undefined
  }
  if (!isObject(document) || !isObject(document.commonAttributes)) return undefined
  const attributes = Object.entries(document.commonAttributes)
  const texts = attributes.filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return texts.length === attributes.length ? new Map(texts) : undefined
}
