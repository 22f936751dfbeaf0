/** What Firehose accepts as a reply. */
import type { Refusal } from './refusal.ts'

/** What is replied to. */
export interface Replied {
  readonly requestId: string
  /** Unix milliseconds. */
  readonly timestamp: number
  /** Why the status is not 200. */
  readonly failure: Refusal | undefined
}

// Firehose allows 8192 characters.
const maxErrorMessage = 8192

/**
 * Builds a reply of https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html.
 * Firehose takes one with any other member, or a timestamp in quotes, for a failure.
 */
export function firehoseReply({ requestId, timestamp, failure }: Replied): Response {
  const errorMessage = failure?.message.slice(0, maxErrorMessage)
  const body = Buffer.from(JSON.stringify({ requestId, timestamp, errorMessage }))
  return new Response(body, {
    status: failure?.status ?? 200,
    headers: {
      'content-type': 'application/json',
      'content-length': String(body.length),
      ...failure?.headers,
    },
  })
}
