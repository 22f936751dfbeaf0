/** The simplest sink over HTTP, and its receiver: NDJSON out, counts back. */
import { createSink, type SinkOptions, type Stored } from './create-sink.ts'
import { createExchange, type ExchangeOptions, toAgain } from './exchange.ts'
import type { Answer, ReceivedRequest } from './http-receiver.test-support.ts'
import { createMetrics } from './metrics.ts'
import { createRetry, type RetryOptions } from './retry.ts'
import type { IndexedOutput, Sink } from './sink.ts'
import type { SinkReceiver } from './sink-stage.test-support.ts'
import { eventCount } from './slice-batch.ts'

/** Where to, and how. */
export interface HttpSinkOptions extends SinkOptions {
  readonly url: string
  readonly retry?: RetryOptions
  readonly exchange?: ExchangeOptions
}

interface Reply {
  readonly accepted: number
  readonly duplicates: number
  readonly refused: readonly number[]
}

/** Builds a sink that posts each batch. */
export function createHttpSink(options: HttpSinkOptions): Sink {
  const metrics = createMetrics('http')
  const exchange = createExchange(options.url, options.exchange, metrics)
  const retry = createRetry(options.retry)

  function store(events: IndexedOutput, stop: AbortSignal): Promise<Stored> {
    let attempts = 0
    return retry(async (signal) => {
      attempts += 1
      const { output: body } = events
      const reply = await exchange.send({ method: 'POST', path: '/', body }, signal)
      const again = toAgain(reply)
      if (again || 'failure' in reply) return again ?? { again: 'no reply' }
      const counts = parseReply(reply.body)
      if (!counts) return { again: `not understood: ${reply.body}` }
      const { accepted, duplicates, refused } = counts
      const retried = (attempts - 1) * eventCount(events)
      const no = { reason: 'unwanted', message: 'not this one', status: 400 }
      return {
        done: {
          accepted,
          duplicates,
          retried,
          refused: refused.map((index) => ({ index, ...no })),
        },
      }
    }, stop)
  }

  return createSink({ name: 'http', store, close: exchange.close }, options, metrics)
}

function parseReply(body: string): Reply | undefined {
  try {
    const reply = JSON.parse(body)
    return Array.isArray(reply.refused) ? reply : undefined
  } catch {
    return undefined
  }
}

/** Builds a receiver that knows what it has. */
export function createSimpleReceiver(refuses: (document: string) => boolean): SinkReceiver {
  const known = new Set<string>()
  const stored: string[][] = []

  function answer({ text }: ReceivedRequest): Answer {
    const documents = text.split('\n').slice(0, -1)
    const refused = documents.flatMap((document, index) => (refuses(document) ? [index] : []))
    const wanted = documents.filter((document) => !refuses(document))
    const fresh = wanted.filter((document) => !known.has(document))
    for (const document of fresh) known.add(document)
    if (fresh.length > 0) stored.push(fresh)
    const duplicates = wanted.length - fresh.length
    return { body: { accepted: fresh.length, duplicates, refused } satisfies Reply }
  }

  return { answer, stored: () => stored }
}
