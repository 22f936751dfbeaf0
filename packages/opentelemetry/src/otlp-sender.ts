import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { configurationError, type TransformResult } from '@flowlogs/core'
import { createOtlpRequests, type OtlpRequest, type OtlpRequestOptions } from './otlp-request.ts'
import { createRecordCounter, type TelemetryOptions } from './telemetry.ts'

/** Where requests go, and how often they are tried. */
export interface OtlpSenderOptions extends OtlpRequestOptions, TelemetryOptions {
  /** The whole address: `http://localhost:4318/v1/logs`. */
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>>
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none'
  /** Milliseconds that one attempt may take. Default 10,000. */
  readonly timeoutMillis?: number
  /** Attempts after the first. Default 5, as the SDK's exporter. */
  readonly retries?: number
  /** Default the global one. */
  readonly fetch?: typeof fetch
}

/** What became of a batch that the receiver has taken. */
export interface OtlpAccount {
  readonly requests: number
  readonly accepted: number
  /** Records that the receiver refused for good, in a partial success. */
  readonly rejected: number
  /** What the receiver said of them, or warned of. */
  readonly messages: readonly string[]
}

/** Sends the output of a transform with the OTLP mapping. */
export interface OtlpSender {
  /**
   * Resolves when the receiver has answered for every record; rejects when it did not take a request.
   * The output is read until then.
   */
  deliver(batch: Pick<TransformResult, 'output'>): Promise<OtlpAccount>
}

const compress = promisify(gzip)

/** The statuses after which OTLP allows another attempt (https://opentelemetry.io/docs/specs/otlp/#failures-1). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504])
const firstDelay = 1000
const maxDelay = 5000
// A receiver may ask for more time than the sender of the lines has.
const maxRetryAfter = 30_000

/** Builds a sender by OTLP/HTTP with JSON. Throws when an option is wrong. */
export function createOtlpSender(options: OtlpSenderOptions): OtlpSender {
  const { compression = 'none', timeoutMillis = 10_000, retries = 5 } = options
  const url = String(options.url)
  if (!URL.canParse(url)) throw configurationError(`url must be one, not "${url}"`)
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw configurationError(`retries must be an integer from 0, not ${retries}`)
  }
  const headers = {
    'content-type': 'application/json',
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
    ...options.headers,
  }
  const count = createRecordCounter(
    'flowlogs.otlp.records',
    'Flow log records sent by OTLP, by what became of them',
    options,
  )

  /** One attempt: the receiver's answer, or why there should be another one, and when at the earliest. */
  async function attempt(body: Uint8Array<ArrayBuffer>): Promise<PartialSuccess | Setback> {
    const send = options.fetch ?? fetch
    let response: Response
    let answer: string
    try {
      const signal = AbortSignal.timeout(timeoutMillis)
      response = await send(url, { method: 'POST', headers, body, signal })
      answer = await response.text()
    } catch (error) {
      return { reason: describe(error) }
    }
    if (response.ok) return partialSuccessOf(answer)
    const reason = `${response.status} ${answer.slice(0, 200)}`.trim()
    if (!retryable.has(response.status)) throw new Error(`the OTLP receiver answered ${reason}`)
    return { reason, retryAfter: retryAfterOf(response) }
  }

  async function send(request: OtlpRequest): Promise<PartialSuccess> {
    const body =
      compression === 'gzip'
        ? ((await compress(request.body)) as Uint8Array<ArrayBuffer>)
        : request.body
    for (let retry = 0; ; retry++) {
      const result = await attempt(body)
      if ('rejected' in result) return result
      if (retry === retries) {
        throw new Error(`no success after ${retry + 1} attempts: ${result.reason}`)
      }
      const delay = Math.min(maxDelay, firstDelay * 1.5 ** retry) * (0.8 + 0.4 * Math.random())
      await sleep(result.retryAfter ?? delay)
    }
  }

  async function sendAll(requests: Iterable<OtlpRequest>): Promise<OtlpAccount> {
    const account = { requests: 0, accepted: 0, rejected: 0, messages: [] as string[] }
    let failure: { readonly error: unknown } | undefined
    for (const request of requests) {
      try {
        // After a failure the others are only counted.
        if (failure) throw failure.error
        const { rejected, message } = await send(request)
        const accepted = request.records - rejected
        account.requests++
        account.accepted += accepted
        account.rejected += rejected
        if (message !== '') account.messages.push(message)
        count(accepted, { outcome: 'accepted' })
        count(rejected, { outcome: 'rejected' })
      } catch (error) {
        failure = { error }
        count(request.records, { outcome: 'failed' })
      }
    }
    if (failure) throw failure.error
    return account
  }

  // One for each delivery that is under way, whose requests share its buffer.
  const idle: ReturnType<typeof createOtlpRequests>[] = []

  return {
    async deliver({ output }) {
      const requestsOf = idle.pop() ?? createOtlpRequests(options)
      try {
        return await sendAll(requestsOf(output))
      } finally {
        idle.push(requestsOf)
      }
    },
  }
}

interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

interface Setback {
  readonly reason: string
  /** Milliseconds. */
  readonly retryAfter?: number | undefined
}

/** An empty answer, or one that is not JSON, is a full success: the status has said so. */
function partialSuccessOf(answer: string): PartialSuccess {
  try {
    const { partialSuccess } = JSON.parse(answer)
    const { rejectedLogRecords = 0, errorMessage = '' } = partialSuccess ?? {}
    return { rejected: Number(rejectedLogRecords) || 0, message: String(errorMessage) }
  } catch {
    return { rejected: 0, message: '' }
  }
}

/** `Retry-After` in seconds or as a date. */
function retryAfterOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(0, milliseconds), maxRetryAfter)
}

function describe(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } }
  return cause?.message ? `${message}: ${cause.message}` : String(message)
}
