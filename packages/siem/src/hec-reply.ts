/** What a reply of Splunk's HTTP Event Collector means for the events that it was sent. */
import { type DeliveryError, deliveryError } from './delivery-error.ts'
import { type HttpAnswer, type HttpReply, toAgain } from './exchange.ts'
import { hecCodes } from './hec-codes.ts'
import { type Again, isRetryable } from './retry.ts'

/**
 * What became of a request. Splunk takes events in their order and stops at the first that it does
 * not take: `taken` is how many it has taken.
 */
export type HecOutcome =
  /** All were taken. With indexer acknowledgement there is a number to ask for. */
  | { readonly kind: 'taken'; readonly ackId?: number }
  /** The others are to be sent later. */
  | { readonly kind: 'again'; readonly taken: number; readonly why: Again }
  /** The next one will never be taken; the others may be sent at once. */
  | { readonly kind: 'refused'; readonly taken: number; readonly reason: HecReason }
  /** One will never be taken, and which is not known, or they are too many at once. */
  | { readonly kind: 'unclear' }
  /** Nothing will be taken until a person has changed something. */
  | { readonly kind: 'stopped'; readonly error: DeliveryError }

/** Why an event is refused, for its dead letter. */
interface HecReason {
  readonly reason: string
  readonly message: string
  readonly status: number
}

/** The reply to a request of `count` events. */
export function toHecOutcome(reply: HttpReply, count: number): HecOutcome {
  if ('failure' in reply) return { kind: 'again', taken: 0, why: toAgain(reply)! }
  const said = parseHecBody(reply.body)
  const message = describeReply(reply, said)
  const meaning = meaningOf(reply, said)
  switch (meaning) {
    case 'taken':
      return { kind: 'taken', ...(said.ackId !== undefined && { ackId: said.ackId }) }
    case 'event': {
      const taken = count === 1 ? 0 : takenOf(said, count)
      if (taken === undefined) return { kind: 'unclear' }
      const reason = hecCodes[said.code ?? -1]?.text ?? `status ${reply.status}`
      return { kind: 'refused', taken, reason: { reason, message, status: reply.status } }
    }
    case 'token':
    case 'setting':
      return { kind: 'stopped', error: toError(reply, said) }
    default:
      return {
        kind: 'again',
        taken: takenOf(said, count) ?? 0,
        why: { ...toAgain(reply), again: message },
      }
  }
}

/** The error of a reply after which nothing more is to be sent, or undefined if it is none. */
export function toStop(reply: HttpReply): DeliveryError | undefined {
  if ('failure' in reply) return undefined
  const said = parseHecBody(reply.body)
  const meaning = meaningOf(reply, said)
  return meaning === 'token' || meaning === 'setting' ? toError(reply, said) : undefined
}

/** What a reply of the health endpoint says, unless all is well. */
export function toTrouble(reply: HttpReply): string | undefined {
  if ('failure' in reply) return `${reply.failure}: ${reply.message}`
  const said = parseHecBody(reply.body)
  const meaning = reply.status === 200 ? hecCodes[said.code ?? -1]?.means : undefined
  return meaning === 'healthy' || meaning === 'taken' ? undefined : describeReply(reply, said)
}

interface HecBody {
  readonly text?: string
  readonly code?: number
  readonly ackId?: number
  readonly invalidEventNumber?: number
}

function parseHecBody(body: string): HecBody {
  const { text, code, ackId, 'invalid-event-number': invalid } = parseObject(body)
  return {
    ...(typeof text === 'string' && { text }),
    ...(isNumber(code) && { code }),
    ...(isNumber(ackId) && { ackId }),
    ...(isNumber(invalid) && { invalidEventNumber: invalid }),
  }
}

/** The object that a body is, or one without members. */
export function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  return {}
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

type Meaning = 'taken' | 'later' | 'event' | 'token' | 'setting' | 'healthy'

function meaningOf({ status }: HttpAnswer, { code }: HecBody): Meaning {
  const meaning = hecCodes[code ?? -1]?.means
  if (meaning && (meaning !== 'taken' || status === 200)) return meaning
  // A success without its document may be anyone's.
  if (status < 300 || isRetryable(status)) return 'later'
  if (status === 401 || status === 403) return 'token'
  return status === 400 || status === 413 ? 'event' : 'setting'
}

function takenOf({ code, invalidEventNumber }: HecBody, count: number): number | undefined {
  const first = hecCodes[code ?? -1]?.first
  if (invalidEventNumber === undefined || first === undefined) return undefined
  const taken = invalidEventNumber - first
  return taken >= 0 && taken < count ? taken : undefined
}

function describeReply({ status, body }: HttpAnswer, { text, code }: HecBody): string {
  const words = (text ?? body).slice(0, 200)
  return `Splunk says ${status}: ${words}${code === undefined ? '' : ` (code ${code})`}`
}

function toError(reply: HttpAnswer, said: HecBody): DeliveryError {
  const known = hecCodes[said.code ?? -1]
  const isToken = meaningOf(reply, said) === 'token'
  const advice =
    known?.advice ??
    (isToken
      ? 'does the token belong to this Splunk?'
      : 'is the URL that of an HTTP Event Collector, such as https://splunk.example.com:8088?')
  const code = isToken ? 'unauthorized' : 'refused'
  return deliveryError(code, `${describeReply(reply, said)}: ${advice}`)
}
