/** Flow logs in by HTTP, events out: back in the response, or onwards. */
import {
  addLedger,
  configurationError,
  describeRejection,
  emptyLedger,
  type Ledger,
  type Rejection,
  type Transform,
} from '@flowlogs/core'
import { createAdmission, type Pending } from './admission.ts'
import type { Deliver } from './deliver.ts'
import { readBody } from './read-body.ts'
import { createEventReaders, type EventPaths } from './read-event.ts'
import { busy, isRefusal, type Refusal, refusal } from './refusal.ts'
import { transformBody } from './transform-body.ts'
import { createTurns } from './turns.ts'

/** What comes in, what it becomes, and where that goes. */
export interface HttpTransformOptions extends EventPaths {
  readonly transform: Transform
  /**
   * `'respond'` answers with the events. Otherwise each batch is delivered, and the answer is held
   * until all of them are: see `createRelay`. That needs a transform made with `index: true`.
   */
  readonly output: 'respond' | Deliver
  /**
   * The name of a member that gets the deterministic id of each event, for mappings that do not
   * write it. That needs a transform made with `index: true`, too.
   */
  readonly id?: string
  /** Bytes of a body, as it is sent and inflated. Default 100 MiB. */
  readonly maxBodyBytes?: number
  /**
   * Bytes of all requests under way; beyond, requests are answered with 503. A request that is
   * alone may be larger. Default 512 MiB.
   */
  readonly maxPendingBytes?: number
  /** Bytes of events that are delivered at once, about. Default 4 MiB. */
  readonly batchBytes?: number
  /** Told of every request but health checks, when it is answered. */
  readonly report?: (report: HttpTransformReport) => void
}

/** What became of one request. */
export interface HttpTransformReport {
  readonly status: number
  /** The account of the batches that were delivered, or that the response holds. */
  readonly ledger: Ledger
  /** Inflated. */
  readonly bytesIn: number
  readonly bytesOut: number
  readonly milliseconds: number
  /** Why it was not answered with 200. */
  readonly error?: unknown
}

/** One request under way. */
interface Exchange {
  readonly request: Request
  readonly pending: Pending
  readonly ledger: Ledger
  bytesIn: number
  bytesOut: number
}

const mebibyte = 1024 * 1024
// How much larger events are than their lines, about.
const growth = 8
// A client that goes on after that is cut off.
const maxDrainedBytes = 256 * mebibyte

/**
 * Builds the handler: lines of text, JSON lines or JSON arrays of events in, compressed or not. A
 * bad line is a rejection and never fails its request; 503 asks to send again, which ids make
 * harmless. `GET` and `HEAD` are health checks.
 */
export function createHttpTransform(
  options: HttpTransformOptions,
): (request: Request) => Promise<Response> {
  const { transform, output, id, report } = options
  const maxBodyBytes = limit('maxBodyBytes', options.maxBodyBytes ?? 100 * mebibyte)
  const maxPendingBytes = limit('maxPendingBytes', options.maxPendingBytes ?? 512 * mebibyte)
  const batchBytes = limit('batchBytes', options.batchBytes ?? 4 * mebibyte)
  const createReader = createEventReaders(options)
  const admission = createAdmission(maxPendingBytes)
  const inTurns = createTurns()
  if ((output !== 'respond' || id !== undefined) && transform('').events === undefined) {
    throw configurationError('ids and delivery need a transform made with `index: true`')
  }

  async function receive(exchange: Exchange): Promise<Response> {
    const { request, pending, ledger } = exchange
    if (request.method !== 'POST' && request.method !== 'PUT') {
      throw refusal(405, 'the method must be POST', { allow: 'GET, HEAD, POST, PUT' })
    }
    const body = await readBody(request, { maxBodyBytes, hold: pending.hold })
    exchange.bytesIn = body.length
    // What a batch may take has its room before it is made.
    const room = Math.min(batchBytes, body.length * growth)
    const batches = transformBody(body, { transform, read: createReader(), batchBytes, id })
    const hold = (bytes: number) => {
      if (!pending.hold(body.length + bytes)) throw busy()
    }
    hold(room)
    if (output === 'respond') {
      const withRejections = new URL(request.url).searchParams.get('rejects') === '1'
      const parts: Uint8Array<ArrayBuffer>[] = []
      for await (const batch of inTurns(batches)) {
        addLedger(ledger, batch.ledger)
        const added = withRejections ? [batch.output, toLines(batch.rejections)] : [batch.output]
        parts.push(...added)
        for (const { length } of added) exchange.bytesOut += length
        hold(exchange.bytesOut + room)
      }
      return new Response(new Blob(parts), { headers: headersOf(ledger, 'application/x-ndjson') })
    }
    for await (const batch of inTurns(batches)) {
      const { length } = batch.output
      hold(Math.max(length, room))
      try {
        await output(batch)
      } catch (error) {
        if (isRefusal(error)) throw error
        const headers = { 'retry-after': '1' }
        throw Object.assign(refusal(503, 'the events were not stored', headers), { cause: error })
      }
      addLedger(ledger, batch.ledger)
      exchange.bytesOut += length
    }
    return new Response(`${JSON.stringify(ledger)}\n`, {
      headers: headersOf(ledger, 'application/json'),
    })
  }

  return async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return healthReply(request)
    const started = performance.now()
    const pending = admission.enter()
    const ledger = emptyLedger()
    const exchange: Exchange = { request, pending, ledger, bytesIn: 0, bytesOut: 0 }
    let response: Response
    let failure: unknown
    try {
      response = await receive(exchange)
    } catch (error) {
      failure = error
      response = refuse(isRefusal(error) ? error : refusal(500, 'something went wrong here'))
    } finally {
      pending.leave()
    }
    if (failure !== undefined) await drain(request.body)
    const { bytesIn, bytesOut } = exchange
    const milliseconds = performance.now() - started
    const error = failure === undefined ? {} : { error: failure }
    report?.({ status: response.status, ledger, bytesIn, bytesOut, milliseconds, ...error })
    return response
  }
}

function healthReply({ method }: Request): Response {
  const headers = { 'content-type': 'text/plain', 'content-length': '3' }
  return new Response(method === 'HEAD' ? null : 'ok\n', { headers })
}

function headersOf({ lines, emitted, rejected }: Ledger, type: string): Record<string, string> {
  return {
    'content-type': type,
    'x-flowlogs-lines': String(lines),
    'x-flowlogs-emitted': String(emitted),
    'x-flowlogs-rejected': String(rejected),
  }
}

function toLines(rejections: readonly Rejection[]): Uint8Array<ArrayBuffer> {
  const lines = rejections.map((rejection) => {
    const message = describeRejection(rejection)
    return `${JSON.stringify({ rejection: { ...rejection, message } })}\n`
  })
  return new TextEncoder().encode(lines.join(''))
}

function refuse({ status, message, headers }: Refusal): Response {
  return new Response(`${JSON.stringify({ error: message })}\n`, {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
  })
}

/** Reads on, since a host that answers before the end of a request may cut the connection first. */
async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body === null || body.locked) return
  try {
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxDrainedBytes) return
    }
  } catch {
    // Whoever sends it has gone.
  }
}

function limit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw configurationError(`${name} must be a positive integer, not ${value}`)
}
