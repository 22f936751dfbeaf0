/** Events on to the next hop, by HTTP; its answer decides. */
import { setTimeout } from 'node:timers/promises'
import { configurationError, describeRejection, type TransformResult } from '@flowlogs/core'
import type { DeadLetterEntry } from './dead-letter.ts'
import type { Deliver } from './deliver.ts'
import { isRefusal, type Refusal, refusal } from './refusal.ts'

/** Where events go, and where those go that are refused. */
export interface RelayOptions {
  /** Takes events as NDJSON by POST, such as Vector's `http_server` source with acknowledgements. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Resolves when the entries are stored; when it rejects, the sender has to send again. */
  readonly deadLetter: (entries: readonly DeadLetterEntry[]) => Promise<unknown>
  /** Milliseconds that a batch may take; less than the sender waits. Default 45,000. */
  readonly timeout?: number
}

/**
 * Builds the delivery to the next hop. It resolves when every event is there or in the dead letter.
 * A batch that is refused for what is in it is halved until the bad events are found.
 */
export function createRelay(options: RelayOptions): Deliver {
  const { deadLetter, timeout = 45_000 } = options
  const url = checkUrl(options.url)
  const headers = { 'content-type': 'application/x-ndjson', ...options.headers }
  if (!Number.isSafeInteger(timeout) || timeout < 1) {
    throw configurationError(`timeout must be a positive integer, not ${timeout}`)
  }

  /** Rejects when there is no answer, or one that is about no event. */
  async function post(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await exchange(body, signal)
      if (!isRefusal(outcome)) return outcome
      const pause = pauses[attempt]
      // What the next hop says about when is for the sender.
      if (pause === undefined || outcome.headers !== again || signal.aborted) throw outcome
      await setTimeout(pause)
    }
  }

  async function exchange(
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<Answer | Refusal> {
    try {
      const init = { method: 'POST', headers, body, redirect: 'manual', signal } as const
      const response = await fetch(url, init)
      const { status } = response
      const answer = { status, text: await read(response) }
      if ((status >= 200 && status < 300) || isAboutEvents(status)) return answer
      const after = response.headers.get('retry-after') ?? ''
      const isNumber = /^\d{1,5}$/.test(after)
      return refusal(
        503,
        `the next hop answered ${status}`,
        isNumber ? { 'retry-after': after } : again,
      )
    } catch {
      const message = signal.aborted ? 'the next hop took too long' : 'the next hop did not answer'
      return refusal(503, message, again)
    }
  }

  return async (batch) => {
    const { events, output } = batch
    if (!events) throw configurationError('a relay needs a transform made with `index: true`')
    const { offsets } = events
    const signal = AbortSignal.timeout(timeout)
    const dead: DeadLetterEntry[] = []

    async function settle(from: number, to: number): Promise<void> {
      if (from === to) return
      const answer = await post(output.subarray(offsets[from], offsets[to]), signal)
      if (answer.status < 300) return
      if (to - from === 1) {
        dead.push(toDeadEvent(batch, from, answer))
        return
      }
      const middle = (from + to) >> 1
      await settle(from, middle)
      await settle(middle, to)
    }

    await settle(0, offsets.length)
    const entries = [...dead, ...batch.rejections.map(toDeadLine)]
    if (entries.length > 0) await deadLetter(entries)
    return { refused: dead.length }
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

const again = { 'retry-after': '1' }
// Milliseconds before a batch is sent again. Otherwise a next hop that flaps would have to take
// every batch of a request in a row; one that is down is for the sender to wait for.
const pauses = [50, 200]
/** What is wrong with the way, or for now: no event is to blame. */
const notAboutEvents: ReadonlySet<number> = new Set([
  401, 402, 403, 404, 405, 407, 408, 421, 425, 429,
])
const maxReplyBytes = 64 * 1024
const maxMessageLength = 500

function isAboutEvents(status: number): boolean {
  return status >= 400 && status < 500 && !notAboutEvents.has(status)
}

/** The beginning of the answer, read to its end so that the connection can be used again. */
async function read(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > maxReplyBytes) break
  }
  return Buffer.concat(chunks).toString().slice(0, maxMessageLength)
}

function toDeadEvent(
  { output, events }: TransformResult,
  index: number,
  { status, text }: Answer,
): DeadLetterEntry {
  const { offsets = [], ids, times, accounts } = events ?? {}
  const eventTime = times?.[index]
  const account = accounts?.[index]
  const end = (offsets[index + 1] ?? output.length) - 1
  return {
    sink: 'http',
    reason: 'refused',
    message: text,
    status,
    id: ids?.[index] ?? '',
    ...(eventTime !== undefined && { eventTime }),
    ...(account !== undefined && { account }),
    event: output.subarray(offsets[index], end),
  }
}

function toDeadLine(rejection: TransformResult['rejections'][number]): DeadLetterEntry {
  const message = describeRejection(rejection)
  return { sink: 'http', reason: rejection.code, message, rejection }
}

function checkUrl(url: string): string {
  // The URL itself stays out of the messages: it may carry a password.
  if (!URL.canParse(url)) throw configurationError('the URL of the next hop is not a URL')
  const { protocol, username, password } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw configurationError(`the next hop is to be at an http or https URL, not ${protocol}`)
  }
  if (username !== '' || password !== '') {
    throw configurationError('credentials of the next hop belong into its headers, not its URL')
  }
  return url
}
