/** Why Firehose takes a request for undelivered. */
export interface Failure {
  errorCode: `HttpEndpoint.${string}`
  errorMessage: string
  /** Status 413: the records are given up, without a retry and without a copy in the error folder. */
  permanent: boolean
}

const maximumResponseSize = 1_048_576
const maximumErrorMessage = 8_192

/**
 * Judges a response by the HTTP endpoint specification; `undefined` means delivered.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
export async function judgeResponse(
  response: Response,
  requestId: string,
): Promise<Failure | undefined> {
  const { status } = response
  const body = await readBody(response)
  if (status === 413) return { ...refused(status, body), permanent: true }
  if (body === undefined) {
    return failure('ResponseTooLarge', `The response is larger than ${maximumResponseSize} bytes.`)
  }
  // Redirects are not followed, and the specification knows no such answer.
  if (status < 200 || (status >= 300 && status < 400)) {
    return invalid(requestId, `has the status code ${status}`, status, body)
  }
  if (status !== 200) return refused(status, body)
  const breach = headerBreach(response.headers) ?? bodyBreach(body, requestId)
  return breach === undefined ? undefined : invalid(requestId, breach, status, body)
}

function headerBreach(headers: Headers): string | undefined {
  const type = headers.get('content-type')
  if (type === null) return 'has no Content-Type header'
  if (type.split(';')[0]!.trim().toLowerCase() !== 'application/json') {
    return `has the Content-Type '${type}' instead of 'application/json'`
  }
  if (headers.has('content-encoding')) return 'has a Content-Encoding header'
  if (!headers.has('content-length')) return 'has no Content-Length header'
  return undefined
}

const expectedNames = new Set(['requestId', 'timestamp', 'errorMessage'])

function bodyBreach(body: string, requestId: string): string | undefined {
  const document = parseObject(body)
  if (!document) return 'is not recognized as valid JSON'
  const unexpected = Object.keys(document).find((name) => !expectedNames.has(name))
  if (unexpected !== undefined) return `has the unexpected field '${unexpected}'`
  const { requestId: echoed, timestamp, errorMessage } = document
  if (typeof echoed !== 'string') return 'has no requestId'
  if (echoed !== requestId) return `has another requestId: '${echoed}'`
  if (typeof timestamp !== 'number') return 'has no timestamp that is a number'
  // Vector says null, and Firehose takes it.
  if (errorMessage === undefined || errorMessage === null) return undefined
  if (typeof errorMessage !== 'string') return 'has an errorMessage that is not a string'
  if (errorMessage.length > maximumErrorMessage) return 'has too long an errorMessage'
  return undefined
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(body)
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
    return isObject ? (document as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** `undefined` where headers and body together are too large. */
async function readBody({ headers, body }: Response): Promise<string | undefined> {
  let size = 0
  for (const [name, value] of headers) size += name.length + value.length + 4
  const chunks: Uint8Array[] = []
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maximumResponseSize) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function refused(status: number, body: string | undefined): Failure {
  const message = `The following response was received from the endpoint destination. ${status}: `
  return failure('DestinationException', message + excerpt(body ?? ''))
}

function invalid(requestId: string, breach: string, status: number, body: string): Failure {
  return failure(
    'InvalidResponseFromDestination',
    `The response received from the specified endpoint is invalid. Response for request ${requestId} ${breach}. Raw response received: ${status} ${excerpt(body)}`,
  )
}

function failure(code: string, errorMessage: string): Failure {
  return { errorCode: `HttpEndpoint.${code}`, errorMessage, permanent: false }
}

function excerpt(body: string): string {
  return body.length > maximumErrorMessage ? `${body.slice(0, maximumErrorMessage)}…` : body
}
